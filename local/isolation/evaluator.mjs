// Asks @cloud-copilot/iam-simulate. Lines of JSON in, lines of JSON out, in the same order.
//
// The first line holds the policy documents by name. Each further line is one question, which
// names its policies: { principal, action, resource, account, context, identity, session, trust }.
// An answer has the verdict and the context keys that the simulator left out, or an error.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/package.json`);
const { runSimulation } = await import(
  pathToFileURL(require.resolve("@cloud-copilot/iam-simulate")).href
);

async function answer(policies, question) {
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: question.context,
    },
    identityPolicies: question.identity.map((name) => ({ name, policy: policies[name] })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(question.session ? { sessionPolicy: policies[question.session] } : {}),
    ...(question.trust ? { resourcePolicy: policies[question.trust] } : {}),
  };
  const found = await runSimulation(simulation, {});
  if (found.resultType === "error") {
    return { error: JSON.stringify(found.errors) };
  }
  const results = found.results ?? [found.result];
  return {
    verdict: found.overallResult,
    ignored: [...new Set(results.flatMap((each) => each.ignoredContextKeys ?? []))],
  };
}

let policies;
for await (const line of createInterface({ input: process.stdin })) {
  if (policies === undefined) {
    policies = JSON.parse(line);
  } else {
    process.stdout.write(`${JSON.stringify(await answer(policies, JSON.parse(line)))}\n`);
  }
}
