"""GraphQL: binding the schema, running an operation, driving resolvers in rounds of requests."""
