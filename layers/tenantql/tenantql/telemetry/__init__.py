"""Telling of requests: a line of the log, metrics, and spans for who wants them."""
