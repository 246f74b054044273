"""Misconfigured storage refuses to start."""
