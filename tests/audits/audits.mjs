// Runs the public audits of GraphQL over HTTP against a server: its URL and a token in, a line for
// each audit out. One after the other: a function that starts for each of 61 at once starts for long.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const fetchFn = (address, options) =>
  fetch(address, { ...options, headers: { ...options?.headers, authorization: `Bearer ${token}` } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
