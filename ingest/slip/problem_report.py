"""The problems of a deposit as a document to send to whoever made the package."""

from typing import Any

from django.utils.translation import gettext as _

from ingest.models import Deposit
from ingest.selectors.deposits import status_key
from ingest.selectors.problems import groups_of
from ingest.sentences import ProblemGroup
from ingest.slip.compiler import compile_pdf
from ingest.slip.deposit_slip import identity_facts, letterhead_values
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.ui import french
from sae.ui.statuses import status_of
from tenants.organisations.logo_place import letterhead_logo

PRINTED_PER_KIND = 200
"""A document is for people: beyond, the CSV holds them all."""


def problem_report(deposit: Deposit, *, tenant: Tenant) -> bytes:
    """Return the list of problems as PDF/A; needs the tenant's scope."""
    told = report_values(deposit, tenant=tenant)
    return compile_pdf("problems", told, logo=letterhead_logo(tenant.organisation))


def report_values(deposit: Deposit, *, tenant: Tenant) -> dict[str, Any]:
    """Return what the template shows, every value already in words."""
    groups = groups_of(deposit, per_kind=PRINTED_PER_KIND)
    faults = french.count(deposit.problem_count, _("anomalie"), _("anomalies"))
    kinds = french.count(len(groups), _("sorte"), _("sortes"))
    return {
        **letterhead_values(deposit, tenant=tenant, title=_("Anomalies d’un versement")),
        "footer": _("Édité le %s") % french.moment(clock.now()),
        "outcome": str(status_of(status_key(deposit)).word),
        "summary": _summary(deposit) % {"faults": faults, "kinds": kinds},
        "deposit": identity_facts(deposit),
        "groups": [_group(group) for group in groups],
        "further": _(
            "Autres anomalies, relevées en continuant la lecture après le refus. Certaines peuvent "
            "disparaître avec les premières."
        ),
    }


def _summary(deposit: Deposit) -> str:
    if status_key(deposit) == Outcome.WARNING.name:
        return _("%(faults)s de %(kinds)s, qui n’ont pas empêché le versement.")
    return _("%(faults)s de %(kinds)s, à corriger dans le paquet.")


def _group(group: ProblemGroup) -> dict[str, Any]:
    return {
        "count": french.number(group.count),
        "title": group.title,
        "why": group.why,
        "code": group.code,
        "further": group.further,
        "left": (
            _("Et %s du même genre : la liste entière est dans le fichier CSV.")
            % french.count(group.left, _("autre"), _("autres"))
            if group.left
            else ""
        ),
        "items": [
            {
                "line": "" if item.line is None else french.number(item.line),
                "element": " ".join(part for part in (item.element, item.identifier) if part),
                "file": item.file,
                "sentence": item.sentence,
                "advice": item.advice,
            }
            for item in group.items
        ],
    }
