"""The whole platform, started as its users start it, driven in a real browser."""
