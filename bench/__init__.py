"""Durations, rates and memory of deposits, beside what the same physical work costs alone.

``python -m bench`` (``make bench``) starts a PostgreSQL and an S3 server of its own, durable as in
production, and prints one table. Each package is deposited by a fresh process that works like any
worker: it claims the job, holds it under a lease and advances it step by step; its peak of memory
is read when the deposit is over. Then the same process does the floor of that package.
"""
