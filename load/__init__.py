"""Load: the catalogue's mix of requests, asked of any URL or of the functions in this machine.

`script` says what is asked next, by whom and about what; `scene` knows what is there to ask about.
`locustfile` asks a URL. `run` asks the functions' own handlers, in processes of their own, over the
table that `store` serves or over a local cloud, and `report` shows what came of it.
"""
