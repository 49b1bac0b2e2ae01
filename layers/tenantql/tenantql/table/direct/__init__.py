"""The direct transport: DynamoDB's HTTP API over kept-alive connections, without an SDK.

From the wire upwards: `addresses` and `connections` (sockets and TLS), `http1` (answers),
`conversations` (many at once on one thread), `signing`, and `transport`, which is DynamoDB.
"""
