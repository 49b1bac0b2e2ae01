"""The isolation matrix: who may send which request for whose key, tried against a real endpoint.

`rules` says what must hold, written down without a look at any policy. `matrix` crosses it with
`requests` and `situations` into rows; `runner` sends each row with credentials that STS issued and
compares the answer, and what is left in the tables, with the rule. `evaluator` asks a second
program the same questions. The policies under test are those of a deployed stack, and the session
policies that the layer's code makes.

`python -m local verify-isolation` runs it all.
"""
