"""Checks of a deployed stack: one module a group, each check a value of `CHECKS`."""
