import json
from typing import Any

from django.core.management.base import BaseCommand

from tests.embedded.small_site.models import Visit


class Command(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        Visit.objects.create()
        told = {
            "accounts": [{"role": "archivist", "email": "a@demo.example", "password": "é"}],
            "tenants": [{"identifier": 1, "name": "Coffre"}],
        }
        self.stdout.write(json.dumps(told))
