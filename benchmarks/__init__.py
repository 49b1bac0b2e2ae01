"""Measured claims, and how to measure them again. They print tables; tests assert no time."""
