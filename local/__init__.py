"""What stands in for AWS on a laptop: cloud, issuer of tokens, gateway, demonstration data."""
