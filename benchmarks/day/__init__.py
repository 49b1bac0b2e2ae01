"""A day at the catalogue's peaks: what each partition key and each item has to carry.

`mix` says what is asked, how often, and in which GraphQL operation. `measuring` asks each of them
once of the endpoint over a table in memory, hands what was written to the stream's consumers, and
records which keys that touched (`footprints.json`). `simulation` draws seconds of a day from both.
`make day` makes docs/load/day.md from it.
"""
