"""The product's own settings, with quick times; no trap."""

from sae.config.settings import *  # noqa: F403

JOBS = {"backoff": 0.1}
