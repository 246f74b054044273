"""The slip of a deposit (bordereau de versement), for the depositor's file and for the fonds'."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ingest.models import Deposit
from ingest.selectors.deposits import agency_names, created_by, kept_files, names_of, status_key
from ingest.selectors.timeline import timeline_of
from ingest.slip.compiler import compile_pdf
from sae.holdings.levels import level_label
from sae.holdings.models import ArchiveUnit
from sae.kernel import clock
from sae.storage.models import StoredObject
from sae.tenancy.models import Tenant
from sae.ui import french
from sae.ui.statuses import status_of
from tenants.organisations.logo_place import letterhead_logo

MOST_UNITS = 50


def deposit_slip(deposit: Deposit, *, tenant: Tenant, printed_by: str = "") -> bytes:
    """Return the slip as PDF/A; needs the tenant's scope."""
    told = slip_values(deposit, tenant=tenant, printed_by=printed_by)
    return compile_pdf("slip", told, logo=letterhead_logo(tenant.organisation))


def slip_values(deposit: Deposit, *, tenant: Tenant, printed_by: str = "") -> dict[str, Any]:
    """Return what the template shows, every value already in words."""
    created = created_by(deposit, most=MOST_UNITS)
    left = created.unit_count - len(created.units)
    timeline = timeline_of(deposit)
    return {
        **letterhead_values(deposit, tenant=tenant, title=_title(deposit)),
        "footer": _footer(printed_by),
        "deposit": [
            *identity_facts(deposit),
            [_("Terminé le"), french.moment(deposit.ended_at) if deposit.ended_at else ""],
            [_("Résultat"), str(status_of(status_key(deposit)).word)],
        ],
        "content": _content(deposit),
        "units": [
            {"title": unit.title, "level": level_label(unit.level), "dates": _dates(unit)}
            for unit in created.units
        ],
        "units_left": (
            _("Et %s plus bas dans l’arborescence.") % french.count(left, _("unité"), _("unités"))
            if created.units and left
            else ""
        ),
        "steps": [
            {
                "name": line.name,
                "outcome": str(status_of(line.state).word),
                "duration": "" if line.seconds is None else french.duration(line.seconds),
            }
            for line in timeline.lines
        ],
        "proofs": [
            [_("Opération au journal"), str(deposit.id)],
            [_("Durée des contrôles"), french.duration(timeline.seconds or 0)],
        ],
        "digests": [
            {"name": str(StoredObject.Kind(kind).label), "sha512": stored.sha512}
            for kind, stored in kept_files(deposit).items()
        ],
    }


def letterhead_values(deposit: Deposit, *, tenant: Tenant, title: str) -> dict[str, Any]:
    """Return what the head of every document of a deposit shows."""
    return {
        "title": title,
        "subtitle": " · ".join(
            part for part in (deposit.reference, deposit.title or deposit.file_name) if part
        ),
        "organisation": tenant.organisation.name,
        "coffre": tenant.name,
    }


def identity_facts(deposit: Deposit) -> list[list[str]]:
    """Return the pairs that identify a deposit, those without value left empty."""
    names = names_of([deposit.account_id])
    agencies = agency_names([deposit.originating_agency, deposit.submission_agency])
    return [
        [_("Numéro"), deposit.reference],
        [_("Reçu le"), french.moment(deposit.received_at)],
        [_("Déposant"), names.get(deposit.account_id, "") if deposit.account_id else ""],
        [_("Voie"), str(Deposit.Source(deposit.source).label)],
        [_("Type de dépôt"), str(Deposit.Action(deposit.action).label)],
        [_("Fichier"), deposit.file_name],
        [_("Identifiant du message"), deposit.message_identifier],
        [_("Service producteur"), _with_name(deposit.originating_agency, agencies)],
        [_("Service versant"), _with_name(deposit.submission_agency, agencies)],
        [_("Contrat d’entrée"), deposit.archival_agreement],
    ]


def _with_name(identifier: str, names: Mapping[str, str]) -> str:
    name = names.get(identifier, identifier)
    return identifier if name == identifier else f"{name} ({identifier})"


def _title(deposit: Deposit) -> str:
    if deposit.action == Deposit.Action.BLANK_TEST:
        return _("Compte rendu de contrôle à blanc")
    return _("Bordereau de versement")


def _content(deposit: Deposit) -> list[list[str]]:
    return [
        [_("Norme"), f"SEDA {deposit.seda_version}" if deposit.seda_version else ""],
        [_("Unités d’archives"), french.number(deposit.unit_count)],
        [_("Groupes d’objets"), french.number(deposit.group_count)],
        [_("Objets"), french.number(deposit.object_count)],
        [_("Volume des objets"), french.size(deposit.total_size)],
        [_("Taille du paquet"), french.size(deposit.file_size)],
        [_("Anomalies"), french.number(deposit.problem_count)],
    ]


def _dates(unit: ArchiveUnit) -> str:
    days = [french.short_day(day) for day in (unit.start_date, unit.end_date) if day]
    return " – ".join(days)


def _footer(printed_by: str) -> str:
    printed = _("Édité le %s") % french.moment(clock.now())
    return f"{printed} · {printed_by}" if printed_by else printed
