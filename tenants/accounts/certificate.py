"""The certificate of an anonymisation, made again at will from the journal that proves it."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from sae.ui.documents.compiler import compile_pdf
from tenants.accounts.anonymisation import ERASED, KEPT, OPERATION
from tenants.models import Account
from tenants.organisations.logo_place import letterhead_logo
from tenants.services.organisations import proof_of

_TEMPLATE = Path(__file__).parent / "certificate.typ"


def certificate(account: Account) -> bytes | None:
    """Return the certificate as PDF/A, ``None`` for an account that is not anonymised."""
    values = certificate_values(account)
    if values is None:
        return None
    return compile_pdf(_TEMPLATE, values, logo=letterhead_logo(account.organisation))


def certificate_values(account: Account) -> dict[str, Any] | None:
    """Return what the certificate says, every value in words and without a name."""
    proof = proof_of(account.organisation)
    with tenant_scope(proof.id):
        operation = Operation.objects.filter(
            type=OPERATION, detail__account=str(account.id)
        ).first()
        if operation is None:
            return None
        event = Event.objects.filter(operation_id=operation.id).order_by("sequence").last()
    agent = Account.objects.filter(id=operation.agent_id).first() if operation.agent_id else None
    return {
        "title": _("Certificat d’anonymisation"),
        "subtitle": account.identifier,
        "organisation": account.organisation.name,
        "coffre": proof.name,
        "footer": _("Édité le %s") % french.moment(clock.now()),
        "summary": _(
            "Les données personnelles de ce compte ont été effacées le %s, sans retour possible."
        )
        % french.moment(operation.started_at),
        "account": [
            (_("Identifiant technique"), account.identifier),
            (_("Identifiant interne"), str(account.id)),
            (_("Type"), str(account.get_kind_display())),
            (_("Créé le"), french.moment(account.created_at)),
            (_("Désactivé le"), french.moment(account.disabled_at) if account.disabled_at else ""),
            (_("Anonymisé le"), french.moment(operation.started_at)),
            (_("Par le compte"), agent.identifier if agent else _("la plateforme")),
        ],
        "erased": [str(line) for line in ERASED],
        "kept": [str(line) for line in KEPT],
        "proof": [
            (_("Opération"), str(operation.id)),
            (_("Journal"), f"{proof.name} (n° {proof.number})"),
            (_("Rang dans la chaîne"), french.number(event.sequence) if event else ""),
        ],
        "hash": bytes(event.hash).hex() if event else "",
    }
