"""The product's settings, in an environment made of nothing else than this run."""

import os
import tempfile

for _name in [name for name in os.environ if name.startswith("SAE_")]:
    if _name not in ("SAE_CORPUS", "SAE_TEST_DATA_DIR", "SAE_LOG_LEVEL", "SAE_CHROMIUM"):
        del os.environ[_name]
os.environ["SAE_ENV"] = "test"
os.environ["SAE_DATA_DIR"] = tempfile.mkdtemp(prefix="sae-tests-")
os.environ.setdefault("SAE_LOG_LEVEL", "WARNING")

from sae.config.settings import *  # noqa: E402, F403

# Real hashing costs half a second per account: the cast would take longer than the tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
