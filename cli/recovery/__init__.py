"""Backups of a stack's tables, and what it takes to live in a restored one."""
