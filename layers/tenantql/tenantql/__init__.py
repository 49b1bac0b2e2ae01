"""TenantQL: typed GraphQL over single-table DynamoDB, one tenant's credentials a request."""

__version__ = "0.1.0"
