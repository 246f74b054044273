"""Names beside identifiers: agencies of the referential, accounts, operations, usages."""

import uuid
from collections.abc import Iterable

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.holdings.selectors.tree import Step
from sae.journal.labels import label
from sae.journal.models import Operation
from tenants.models import Account, Agency

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


def operation_url(operation: Operation) -> str:
    """Return the page of an operation: that of the deposit where it is one."""
    if operation.category in DEPOSIT_CATEGORIES:
        try:
            return reverse("deposit", args=[operation.id])
        except NoReverseMatch:
            pass
    return reverse("operation", args=[operation.id])


def path_words(path: tuple[Step, ...]) -> str:
    """Return a path as one reads it: ``Finances › Dépenses › 2014``."""
    return " › ".join(step.title for step in path)
