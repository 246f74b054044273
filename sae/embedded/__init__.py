"""PostgreSQL and the object store started from pip wheels: one command, never production.

Production gives the same settings (`SAE_DATABASE_URL`, `SAE_OFFERS`) other values: nothing of the
application knows whether these services are embedded.
"""
