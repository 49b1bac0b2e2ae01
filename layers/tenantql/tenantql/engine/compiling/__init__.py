"""Compiling: an operation becomes Python code that does what the specification's algorithms would.

A plan is text and what its free names stand for, so it can be kept in a file and bound later.
docs/engine.md shows one.
"""
