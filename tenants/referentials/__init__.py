"""Importing and changing referentials: read, list every fault, compare, apply, journal.

One module per kind; ``tenants.referentials.kinds`` names them all.
"""
