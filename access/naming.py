"""Names beside identifiers: agencies of the referential, accounts, operations, usages."""

import uuid
from collections.abc import Collection, Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.holdings.selectors.tree import Step
from sae.journal.labels import label
from sae.journal.models import Operation
from tenants.access import may
from tenants.deposit_sights import deposits_followed
from tenants.models import Account, Agency
from tenants.permissions import Permission

DEPOSIT_CATEGORIES = frozenset({"INGEST", "INGEST_TEST", "FILINGSCHEME", "HOLDINGSCHEME"})

CATEGORY_WORDS: dict[str, str | Promise] = {
    "INGEST": _("Entrée"),
    "INGEST_TEST": _("Contrôle à blanc"),
    "FILINGSCHEME": _("Plan de classement"),
    "HOLDINGSCHEME": _("Arbre de positionnement"),
    "MASTERDATA": _("Référentiels et réglages"),
    "UPDATE": _("Modification"),
    "MASS_UPDATE": _("Modification en masse"),
    "BULK_UPDATE": _("Modification par fichier"),
    "ACCESS": _("Consultation"),
    "CHECK": _("Vérification"),
    "INTERNAL_OPERATING_OP": _("Exploitation"),
    "EXTERNAL_LOGBOOK": _("Application externe"),
}

USAGES = {
    "BinaryMaster": "Original numérique",
    "PhysicalMaster": "Original papier",
    "Dissemination": "Copie de diffusion",
    "Thumbnail": "Vignette",
    "TextContent": "Texte brut",
}


def category_label(category: str) -> str:
    """Return the category of an operation in French; one unknown here as it is."""
    return str(CATEGORY_WORDS.get(category, category))


def agency_names(identifiers: Iterable[str]) -> dict[str, str]:
    """Return the names of agencies by identifier; one unknown to the referential is left out."""
    wanted = {one for one in identifiers if one}
    if not wanted:
        return {}
    return dict(Agency.objects.filter(identifier__in=wanted).values_list("identifier", "name"))


def account_names(account_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of accounts; one that was anonymised has none."""
    wanted = {one for one in account_ids if one}
    if not wanted:
        return {}
    return dict(Account.objects.filter(id__in=wanted).values_list("id", "name"))


def operation_label(operation: Operation) -> str:
    """Return what an operation is, in French."""
    return label(operation.type)


def operation_urls(operations: Collection[Operation], request: HttpRequest) -> dict[uuid.UUID, str]:
    """Return the pages of operations that the reader may open, by identifier; two queries at most.

    That of the deposit where it is one and is followed, else the journal's for who reads it.
    """
    deposits = [one.id for one in operations if one.category in DEPOSIT_CATEGORIES]
    followed = deposits_followed(request, deposits)
    reads_journals = may(request, Permission.JOURNAL_VIEW)
    return {
        one.id: reverse("deposit" if one.id in followed else "operation", args=[one.id])
        for one in operations
        if one.id in followed or reads_journals
    }


def operation_url(operation: Operation, request: HttpRequest) -> str:
    """Return the page of an operation that the reader may open, ``""`` when there is none."""
    return operation_urls([operation], request).get(operation.id, "")


def path_words(path: tuple[Step, ...]) -> str:
    """Return a path as one reads it: ``Finances › Dépenses › 2014``."""
    return " › ".join(step.title for step in path)
