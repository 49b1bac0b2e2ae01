"""Events of API Gateway in, responses out: GraphQL over HTTP."""
