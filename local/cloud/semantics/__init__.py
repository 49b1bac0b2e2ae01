"""AWS's documented rules that the local cloud lacks, as pure functions.

No module here imports ministack or boto3, so each rule is tested on its own, without a server.
"""
