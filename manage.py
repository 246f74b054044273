#!/usr/bin/env python3
"""Command line of the platform.

Commands join the platform that runs in SAE_DATA_DIR (`var/` by default), unless SAE_DATABASE_URL
names another.
"""

import os
import sys
from pathlib import Path

from sae.embedded.platform_env import prepare_environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sae.config.settings")
    prepare_environment(os.environ, sys.argv, project_dir=Path(__file__).resolve().parent)
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(
            f"Base de données injoignable ({reason})."
            " Démarrez la plate-forme (« make up ») ou donnez SAE_DATABASE_URL."
        )


if __name__ == "__main__":
    main()
