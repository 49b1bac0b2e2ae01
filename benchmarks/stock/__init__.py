"""The stock stack, to compare with: what the manuals of its parts show."""
