"""Loaded by pytest before Django's settings: the environment of the tests, from nothing else."""

import os
import tempfile

for _name in [name for name in os.environ if name.startswith("SAE_")]:
    if _name not in ("SAE_CORPUS", "SAE_TEST_DATA_DIR", "SAE_LOG_LEVEL"):
        del os.environ[_name]
os.environ["SAE_ENV"] = "test"
os.environ["SAE_DATA_DIR"] = tempfile.mkdtemp(prefix="sae-tests-")
os.environ.setdefault("SAE_LOG_LEVEL", "WARNING")
