// Runs the public audits of GraphQL over HTTP against a server: its URL in, a line for each out.
import { auditServer } from "graphql-http";

for (const { id, name, status, reason } of await auditServer({ url: process.argv[2] })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
