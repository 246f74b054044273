"""`manage.py up`: the whole platform on one machine, until Ctrl-C."""

import hashlib
import json
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from sae.embedded.errors import EmbeddedError
from sae.embedded.single_machine import RunningPlatform, SingleMachine


class Command(BaseCommand):
    help = (
        "Démarre la plate-forme sur cette machine (base de données, stockage, site, traitements)"
        " et l’arrête au Ctrl-C."
    )
    # They ask for a database, which this command is about to start.
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, help="port du site ; 0 : un port libre (8000)"
        )
        parser.add_argument(
            "--data-dir", type=Path, help="dossier des données (SAE_DATA_DIR, sinon var/)"
        )
        parser.add_argument(
            "--no-demo", action="store_true", help="sans organisation de démonstration"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="première ligne de la sortie : adresse, comptes et coffres en JSON",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        machine = SingleMachine(
            data_dir=(options["data_dir"] or settings.DATA_DIR).resolve(),
            project_dir=settings.BASE_DIR,
            port=options["port"],
            with_demo=not options["no_demo"],
            fingerprint=_static_fingerprint(),
            migrations=frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations),
            application=":".join(settings.WSGI_APPLICATION.rsplit(".", 1)),
            say=self._say,
        )
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _interrupt)
        try:
            running = machine.start()
            self._present(running, machine, as_json=options["json"])
            machine.watch()
        except KeyboardInterrupt:
            self._say("Arrêt…")
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        finally:
            _ignore_signals()
            machine.stop()

    def _present(self, running: RunningPlatform, machine: SingleMachine, *, as_json: bool) -> None:
        if as_json:
            told = {
                "url": running.url,
                "accounts": running.accounts,
                "tenants": running.tenants,
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(f"\nSAE : {running.url}")
            for account in running.accounts:
                self.stdout.write(
                    f"  {account['role']:<16} {account['email']:<32} {account['password']}"
                )
            if not running.accounts:
                self.stdout.write(
                    "Aucun compte de démonstration : « manage.py organisation create »,"
                    " puis « manage.py account create »."
                )
            self.stdout.write(f"Journaux : {machine.data_dir / 'logs'}. Ctrl-C pour arrêter.")
        self.stdout.flush()

    def _say(self, line: str) -> None:
        # Standard output belongs to the answer: with --json its first line is the JSON.
        self.stderr.write(line, self.style.NOTICE if self.stderr.isatty() else None)
        self.stderr.flush()


def _interrupt(*_: object) -> NoReturn:
    # The first one counts: make and a terminal send it twice, and a second must not cut the stop.
    _ignore_signals()
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)


def _static_fingerprint() -> str:
    """Changes whenever a static source is added, removed, resized or touched."""
    digest = hashlib.sha256(Path(settings.STATIC_ROOT).name.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
