"""What a production would be told by Django's own checks of a deployment."""

import os
import re
import subprocess
import sys

SERVICES_MISSING = {"ingest.W001", "storage.W001"}
"""No antivirus, no offer: they would be called, and this production is only on paper."""


def test_a_production_has_no_security_warning() -> None:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SAE_")}
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "CRITICAL"],
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "sae.config.settings",
            "SAE_ENV": "production",
            "SAE_SECRET_KEY": "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS",
            "SAE_ALLOWED_HOSTS": "archives.exemple.fr",
            "SAE_TSA_URL": "https://horodatage.exemple.fr/tsa",
            "SAE_EMAIL_URL": "smtp+tls://nom:secret@courriel.exemple.fr:587",
            "SAE_EMAIL_FROM": "SAE <sae@exemple.fr>",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = set(re.findall(r"\((\w+\.[A-Z]\d+)\)", result.stdout + result.stderr))
    assert "identified" in result.stdout + result.stderr, result.stderr
    assert found <= SERVICES_MISSING, result.stderr
