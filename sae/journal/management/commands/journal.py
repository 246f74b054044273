"""``manage.py journal verify [--tenant N | --all] [--expect SEQUENCE:HASH]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.journal.chain import Break, BreakKind, Head
from sae.journal.verification import Verification, verify_tenant
from sae.tenancy.models import Tenant

SENTENCES = {
    BreakKind.EDITED: "le contenu de l’événement n’est plus celui qui a été haché",
    BreakKind.REWRITTEN: "l’événement a été réécrit : le suivant atteste une autre empreinte",
    BreakKind.DELETED: "l’événement manque",
    BreakKind.MOVED: "l’événement n’est pas à sa place : il ne suit pas celui qui le précède",
    BreakKind.TAIL_CUT: "la fin du journal manque à partir d’ici",
    BreakKind.BEYOND_HEAD: "des événements dépassent la fin connue du journal",
    BreakKind.HEAD: "la fin connue du journal n’a pas l’empreinte du dernier événement",
    BreakKind.OPERATION: "l’opération ne correspond pas à ce que disent ses événements",
    BreakKind.LIFE_CYCLE: "les journaux du cycle de vie ne correspondent pas à leur racine",
}


class Command(BaseCommand):
    help = "Vérifie la chaîne des journaux et nomme le premier maillon rompu."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="vérifier un coffre ou tous")
        which = verify.add_mutually_exclusive_group()
        which.add_argument("--tenant", type=int, help="numéro du coffre")
        which.add_argument("--all", action="store_true", help="tous les coffres (par défaut)")
        verify.add_argument(
            "--expect",
            metavar="SÉQUENCE:EMPREINTE",
            help="fin de chaîne connue par ailleurs (empreinte en hexadécimal)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.order_by("number")
        if options["tenant"] is not None:
            tenants = tenants.filter(number=options["tenant"])
            if not tenants:
                raise CommandError(f"Aucun coffre n’a le numéro {options['tenant']}.")
        expected = read_head(options["expect"]) if options["expect"] else None
        if expected and options["tenant"] is None:
            raise CommandError("--expect va avec --tenant.")
        broken = 0
        for tenant in tenants:
            verification = verify_tenant(tenant.id, expected=expected)
            self.stdout.write(f"Coffre {tenant.number} « {tenant.name} » : {tell(verification)}")
            broken += verification.broken is not None
        if broken:
            raise CommandError(f"Journal rompu dans {broken} coffre(s).", returncode=2)


def read_head(text: str) -> Head:
    """Read ``SEQUENCE:HASH`` (hexadecimal); raise ``CommandError`` when it is not that."""
    sequence, _colon, digest = text.partition(":")
    try:
        head = Head(int(sequence), bytes.fromhex(digest))
    except ValueError as error:
        raise CommandError(f"--expect : « {text} » n’est pas SÉQUENCE:EMPREINTE.") from error
    if len(head.hash) != 64:
        raise CommandError("--expect : l’empreinte SHA-512 compte 128 chiffres hexadécimaux.")
    return head


def tell(verification: Verification) -> str:
    """Say in French what was read, and the first broken link."""
    if verification.broken:
        return f"ROMPU — {tell_break(verification.broken)}"
    head = verification.head
    return (
        f"intact — {verification.events} événements, {verification.operations} opérations, "
        f"{verification.entries} entrées de cycle de vie ; fin {head.sequence}:{head.hash.hex()}"
    )


def tell_break(broken: Break) -> str:
    """Say in French which link broke and how."""
    operation = f" (opération {broken.operation_id})" if broken.operation_id else ""
    what = f" [{broken.what}]" if broken.what else ""
    return f"événement n° {broken.sequence}{operation} : {SENTENCES[broken.kind]}{what}."
