"""Referentials as lists and pages show them, read in the open tenant scope."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Agency, IngestContract, ManagementRule, ReferentialImport
from tenants.referentials.kinds import KINDS, Kind
from tenants.referentials.purposes import GROUPS, PURPOSES
from tenants.selectors.built_in import SECURITY_PROFILES, built_in_formats, built_in_terms


@dataclass(frozen=True, slots=True)
class Overview:
    """One kind on the first page: how many elements, and the last file received."""

    kind: Kind
    count: int
    note: str
    last: ReferentialImport | None

    @property
    def label(self) -> str | Promise:
        return self.kind.label

    @property
    def purpose(self) -> str | Promise:
        return PURPOSES[self.kind.slug]


def overviews() -> list[tuple[str | Promise, list[Overview]]]:
    """Return every kind of referential of the coffre, by group, each group under its name."""
    imports = ReferentialImport.objects.order_by("kind", "-created_at").distinct("kind")
    last = {one.kind: one for one in imports.defer("content")}
    return [
        (name, [_overview(KINDS[slug], last.get(slug)) for slug in slugs]) for name, slugs in GROUPS
    ]


def _overview(kind: Kind, last: ReferentialImport | None) -> Overview:
    own = kind.model.objects.count()
    count, note = own, ""
    if kind.slug == "formats" and not own:
        count, note = len(built_in_formats()), _("ceux que la plateforme sait reconnaître")
    elif kind.slug == "ontologies" and not own:
        count, note = len(built_in_terms()), _("ceux de la plateforme")
    elif kind.slug == "securityprofiles":
        shipped = len(SECURITY_PROFILES)
        count = own + shipped
        note = ngettext("dont %(n)s de la plateforme", "dont %(n)s de la plateforme", shipped) % {
            "n": shipped
        }
    return Overview(kind, count, note, last)


def agencies() -> QuerySet[Agency]:
    return Agency.objects.all()


def rules() -> QuerySet[ManagementRule]:
    return ManagementRule.objects.all()


def ingest_contracts() -> QuerySet[IngestContract]:
    return IngestContract.objects.all()


def find_import(import_id: uuid.UUID) -> ReferentialImport | None:
    """Return an import of the coffre with its report, ``None`` when unknown."""
    return ReferentialImport.objects.filter(id=import_id).first()


def latest_imports(kind: str, *, most: int = 10) -> QuerySet[ReferentialImport]:
    """Return the last files received for a kind, without their content."""
    rows = ReferentialImport.objects.filter(kind=kind).order_by("-created_at")
    return rows.defer("content", "report", "problems")[:most]


def length_in_words(rule: ManagementRule) -> str:
    """Return the length of a rule: « 10 ans », « aucune », « illimitée »…."""
    if rule.unlimited:
        return _("illimitée")
    if rule.duration is None:
        return _("fixée au moment du gel")
    number = rule.duration
    if number == 0:
        return _("aucune")
    words = {
        "YEAR": ngettext("%(n)s an", "%(n)s ans", number),
        "MONTH": ngettext("%(n)s mois", "%(n)s mois", number),
        "DAY": ngettext("%(n)s jour", "%(n)s jours", number),
        "SECOND": ngettext("%(n)s seconde", "%(n)s secondes", number),
    }
    return words[rule.measurement] % {"n": number}
