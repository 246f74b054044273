"""Changing the settings of an organisation: each change has its before, its after, and an undo.

One transaction holds the new values, the line of history and the journal operation, all of them in
the organisation's coffre de preuve.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import OrganisationSettings, SettingsChange
from tenants.organisations.logo import Logo
from tenants.organisations.policy import Policy, policy_from
from tenants.organisations.telling import tell_in
from tenants.services.organisations import AlreadyExists, proof_of

CHANGE = "ORGANISATION_SETTINGS_UPDATE"
UNDO = "ORGANISATION_SETTINGS_UNDO"
COFFRE_FIELDS = (
    "name",
    "colour",
    "languages",
    "quota_bytes",
    "quota_units",
    "ingest_contract",
    "access_contract",
)
IDENTITY_FIELDS = ("address",)
Section = SettingsChange.Section


class NothingToUndoError(ValueError):
    """The last change was undone already, or there never was one; told as is."""


@dataclass(frozen=True, slots=True)
class _Change:
    section: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    coffre_id: uuid.UUID | None = None
    former_logo: bytes = b""


def change_coffre(
    *, coffre: Tenant, agent_id: uuid.UUID | None, **values: Any
) -> SettingsChange | None:
    """Change fields of ``COFFRE_FIELDS``; ``None`` when they already have these values.

    Raises ``AlreadyExists`` for the name of another coffre of the organisation.
    """
    proof = proof_of(coffre.organisation)
    with platform_scope(reason=CHANGE):
        row = Tenant.objects.select_for_update().get(id=coffre.id)
        change = _coffre_change(row, values)
        if change is None:
            return None
        _write_coffre(row, change.after)
        return _record(proof, change, agent_id, CHANGE)


def change_identity(
    *, organisation: Organisation, agent_id: uuid.UUID | None, **values: Any
) -> SettingsChange | None:
    """Change fields of ``IDENTITY_FIELDS``; ``None`` when nothing changes."""
    proof = proof_of(organisation)
    with platform_scope(reason=CHANGE):
        row = Organisation.objects.select_for_update().get(id=organisation.id)
        before = {name: getattr(row, name) for name in values if name in IDENTITY_FIELDS}
        change = _difference(Section.IDENTITY, before, values)
        if change is None:
            return None
        _write_identity(row, change.after)
        return _record(proof, change, agent_id, CHANGE)


def change_policy(
    *, organisation: Organisation, policy: Policy, agent_id: uuid.UUID | None
) -> SettingsChange | None:
    """Keep another policy; ``None`` when it is the one in force."""
    proof = proof_of(organisation)
    with tenant_scope(proof.id):
        row = _locked_settings()
        before = policy_from(row.policy).as_json()
        change = _difference(Section.POLICY, before, policy.as_json())
        if change is None:
            return None
        _write_policy(row, change.after)
        return _record(proof, change, agent_id, CHANGE)


def change_logo(
    *, organisation: Organisation, logo: Logo | None, agent_id: uuid.UUID | None
) -> SettingsChange | None:
    """Put a logo already examined in place, or take it away with ``None``."""
    proof = proof_of(organisation)
    with tenant_scope(proof.id):
        row = _locked_settings()
        change = _logo_change(row, logo)
        if change is None:
            return None
        _write_logo(row, logo)
        return _record(proof, change, agent_id, CHANGE)


def undo_last_change(*, organisation: Organisation, agent_id: uuid.UUID | None) -> SettingsChange:
    """Put back what the last change replaced; that is a change too, which can be undone in turn.

    Raises ``NothingToUndoError``, or ``AlreadyExists`` when a former name was taken meanwhile.
    """
    proof = proof_of(organisation)
    with platform_scope(reason=UNDO), tenant_scope(proof.id):
        last = last_change()
        if last is None or last.undone_by is not None:
            raise NothingToUndoError(_("Il n’y a aucun changement à annuler."))
        # Locked after being found: of two people who undo at once, the second finds it undone.
        last = SettingsChange.objects.select_for_update().get(id=last.id)
        if last.undone_by is not None:
            raise NothingToUndoError(_("Ce changement vient d’être annulé."))
        change = _put_back(organisation, last)
        made = _record(proof, change, agent_id, UNDO)
        SettingsChange.objects.filter(id=last.id).update(undone_by=made.id)
    return made


def last_change() -> SettingsChange | None:
    """Return the latest change of the organisation whose coffre de preuve is in scope."""
    change: SettingsChange | None = SettingsChange.objects.order_by("-id").first()
    return change


def _put_back(organisation: Organisation, last: SettingsChange) -> _Change:
    former, present = last.before, last.after
    if last.section == Section.COFFRE:
        with platform_scope(reason=UNDO):
            coffre = Tenant.objects.select_for_update().get(
                id=str(last.coffre_id), organisation=organisation
            )
            change = _coffre_change(coffre, former)
            if change is None:
                raise NothingToUndoError(_("Ces valeurs sont déjà en place."))
            _write_coffre(coffre, change.after)
        return change
    if last.section == Section.IDENTITY:
        with platform_scope(reason=UNDO):
            _write_identity(
                Organisation.objects.select_for_update().get(id=organisation.id), former
            )
        return _Change(Section.IDENTITY, present, former)
    row = _locked_settings()
    if last.section == Section.POLICY:
        kept = policy_from({**row.policy, **former}).as_json()
        _write_policy(row, {name: kept[name] for name in former})
        return _Change(Section.POLICY, present, former)
    logo = Logo(bytes(last.former_logo), str(former.get("type", ""))) if last.former_logo else None
    change_back = _logo_change(row, logo)
    if change_back is None:
        raise NothingToUndoError(_("Ces valeurs sont déjà en place."))
    _write_logo(row, logo)
    return change_back


def _difference(
    section: str, before: Mapping[str, Any], after: Mapping[str, Any], **more: Any
) -> _Change | None:
    """Return the change of the fields that differ, ``None`` when none does."""
    changed = [name for name in before if name in after and before[name] != after[name]]
    if not changed:
        return None
    return _Change(
        section,
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
        **more,
    )


def _coffre_change(row: Tenant, values: Mapping[str, Any]) -> _Change | None:
    unknown = set(values) - set(COFFRE_FIELDS)
    if unknown:
        raise ValueError(f"not settings of a coffre: {', '.join(sorted(unknown))}")
    change = _difference(
        Section.COFFRE,
        {name: getattr(row, name) for name in values},
        values,
        coffre_id=row.id,
    )
    if change is not None and "name" in change.after:
        namesakes = Tenant.objects.filter(
            organisation=row.organisation_id, name=change.after["name"]
        ).exclude(id=row.id)
        if namesakes.exists():
            raise AlreadyExists(
                _("Le coffre « %(name)s » existe déjà dans cette organisation.")
                % {"name": change.after["name"]}
            )
    return change


def _write_coffre(row: Tenant, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _write_identity(row: Organisation, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _locked_settings() -> OrganisationSettings:
    OrganisationSettings.objects.get_or_create()
    row: OrganisationSettings = OrganisationSettings.objects.select_for_update().get()
    return row


def _write_policy(row: OrganisationSettings, values: Mapping[str, Any]) -> None:
    row.policy = {**row.policy, **values}
    row.save(update_fields=["policy"])


def _logo_change(row: OrganisationSettings, logo: Logo | None) -> _Change | None:
    return _difference(
        Section.LOGO,
        {"type": row.logo_type, "sha256": row.logo_digest},
        {"type": logo.media_type if logo else "", "sha256": logo.digest if logo else ""},
        former_logo=bytes(row.logo),
    )


def _write_logo(row: OrganisationSettings, logo: Logo | None) -> None:
    row.logo = logo.content if logo else b""
    row.logo_type = logo.media_type if logo else ""
    row.logo_digest = logo.digest if logo else ""
    row.save(update_fields=["logo", "logo_type", "logo_digest"])


def _record(
    proof: Tenant, change: _Change, agent_id: uuid.UUID | None, code: str
) -> SettingsChange:
    """Write the line of history, then the journal, last."""
    operation_id = new_id()
    with tenant_scope(proof.id):
        made: SettingsChange = SettingsChange.objects.create(
            section=change.section,
            coffre_id=change.coffre_id,
            before=dict(change.before),
            after=dict(change.after),
            former_logo=change.former_logo,
            agent_id=agent_id,
            operation_id=operation_id,
            made_at=clock.now(),
        )
        tell_in(
            proof,
            code,
            agent_id=agent_id,
            operation_id=operation_id,
            detail={
                "section": str(change.section),
                **({"tenant": str(change.coffre_id)} if change.coffre_id else {}),
                "before": dict(change.before),
                "after": dict(change.after),
            },
        )
    return made
