import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cluster", choices=["short", "long"])

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        self.stdout.write(f"ready {options['cluster']}", ending="\n")
        self.stdout.flush()
        time.sleep(600)
