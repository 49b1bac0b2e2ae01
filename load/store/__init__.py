"""A DynamoDB that is fast enough for a million requests: the table in memory, over HTTP."""
