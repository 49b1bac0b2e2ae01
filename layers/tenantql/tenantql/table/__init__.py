"""The single-table toolkit: keys, entities, requests, transports; no GraphQL, no domain."""
