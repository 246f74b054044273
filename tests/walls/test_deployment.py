"""What a production would be told by Django's own checks of a deployment."""

import os
import subprocess
import sys


def test_a_production_has_no_security_warning() -> None:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SAE_")}
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--tag", "security"],
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "sae.config.settings",
            "SAE_ENV": "production",
            "SAE_SECRET_KEY": "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS",
            "SAE_ALLOWED_HOSTS": "archives.exemple.fr",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout + result.stderr, result.stderr
