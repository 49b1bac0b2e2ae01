"""A stand-in for DynamoDB and STS that costs next to nothing, in a process of its own.

It answers what the benchmarks ask and says no to the rest; it checks no signature and applies no
write. What is measured against it is therefore the costs of our side.
"""
