"""Make the offers ready, or show their state."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sae.storage.offers.errors import OfferError
from sae.storage.strategies import offers, offers_state


class Command(BaseCommand):
    help = "Prépare les offres de stockage, ou montre leur état."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "prepare", help="Crée ce qui manque : compartiments versionnés, dossiers et marques."
        )
        state = actions.add_parser("state", help="Montre ce que répond chaque offre.")
        state.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "prepare":
            self._prepare()
        else:
            self._show(as_json=options["json"])

    def _prepare(self) -> None:
        failed = []
        for offer in offers().values():
            try:
                offer.prepare()
            except OfferError as error:
                failed.append(f"{offer.label} : {error.detail}")
            else:
                self.stdout.write(f"{offer.label} : prête ({offer.location})")
        if failed:
            raise CommandError("Offres non préparées. " + " ; ".join(failed))

    def _show(self, *, as_json: bool) -> None:
        states = offers_state()
        if as_json:
            self.stdout.write(json.dumps([asdict(state) for state in states]))
        else:
            for state in states:
                word = "disponible" if state.available else "indisponible"
                self.stdout.write(" · ".join(filter(None, (state.offer, word, state.message))))
        down = [state.offer for state in states if not state.available]
        if down or not states:
            # A supervision that runs this command learns of it by the exit status.
            raise CommandError(
                f"Offres indisponibles : {', '.join(down)}." if down else "Aucune offre.",
                returncode=2,
            )
