"""Undoing deposits: what blocks it, what it takes away, and what is left as evidence."""
