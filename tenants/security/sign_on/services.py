"""Setting up a provider, and recognising the accounts that it sends."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.accounts.identity import Identity
from tenants.accounts.reach import RefusedError
from tenants.accounts.services import create_account
from tenants.accounts.telling import Actor
from tenants.models import Account
from tenants.models.rights import Group
from tenants.models.security import SignOn, SignOnDomain, SignOnIdentity
from tenants.rights.administering import needed_for
from tenants.rights.services import add_member
from tenants.rights.telling import differences
from tenants.security.journal import tell_organisation
from tenants.security.sealing import seal
from tenants.security.sign_on.provider import SECRET_PURPOSE, TokenRefusedError, discover
from tenants.services.organisations import proof_of

CLAIMS = {"email": "email", "first_name": "given_name", "last_name": "family_name"}
"""Attributes received, unless the organisation names others (ProConnect: ``usual_name``)."""


class SettingRefusedError(ValueError):
    """A setting that would lock people out or take what is another's; told to people as is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator chooses. An empty ``secret`` keeps the present one."""

    label: str
    issuer: str
    client_id: str
    secret: str
    scopes: str
    claims: dict[str, str]
    domains: Sequence[str]
    trusts_addresses: bool
    refuses_passwords: bool
    emergency_account: uuid.UUID | None
    group_id: uuid.UUID | None


def configure(*, organisation: Organisation, chosen: Settings, agent: Account) -> SignOn:
    """Write the settings of the provider of an organisation; it must be tried before it serves.

    Raises ``SettingRefusedError``.
    """
    proof = proof_of(organisation)
    domains = sorted({one.strip().lower() for one in chosen.domains if one.strip()})
    _check_domains(organisation, domains, proof.id)
    if chosen.refuses_passwords:
        _check_emergency(organisation, chosen.emergency_account)
    with tenant_scope(proof.id):
        known = SignOn.objects.select_for_update(of=("self",)).first() or SignOn()
        before = _told(known, SignOnDomain.objects.filter(tenant=proof))
        if chosen.group_id:
            _check_group(chosen.group_id, proof)
        if not chosen.secret and not known.secret_sealed:
            raise SettingRefusedError(_("Donnez le secret du client."))
        moved = (known.issuer, known.client_id) != (chosen.issuer, chosen.client_id)
        known.label, known.issuer, known.client_id = chosen.label, chosen.issuer, chosen.client_id
        known.scopes, known.claims = chosen.scopes, dict(chosen.claims)
        known.trusts_addresses = chosen.trusts_addresses
        known.refuses_passwords = chosen.refuses_passwords
        known.emergency_account, known.group_id = chosen.emergency_account, chosen.group_id
        if chosen.secret:
            known.secret_sealed = seal(chosen.secret, purpose=SECRET_PURPOSE)
        if moved or chosen.secret:
            known.tested_at, known.is_on = None, False
        known.save()
        SignOnDomain.objects.filter(tenant=proof).exclude(domain__in=domains).delete()
        for domain in domains:
            SignOnDomain.objects.get_or_create(domain=domain, defaults={"tenant": proof})
        former, new = differences(before, _told(known, SignOnDomain.objects.filter(tenant=proof)))
    tell_organisation(
        organisation,
        "SIGN_ON_CONFIGURE",
        agent_id=agent.id,
        detail={"before": former, "after": new, "secret_changed": bool(chosen.secret)},
    )
    return known


def _told(sign_on: SignOn, domains: Iterable[SignOnDomain]) -> dict[str, Any]:
    """Return what the journal keeps of the settings: all but the secret and who signs in."""
    return {
        "label": sign_on.label,
        "issuer": sign_on.issuer,
        "client": sign_on.client_id,
        "scopes": sign_on.scopes,
        "claims": dict(sign_on.claims),
        "domains": sorted(one.domain for one in domains),
        "trusts_addresses": sign_on.trusts_addresses,
        "refuses_passwords": sign_on.refuses_passwords,
        "emergency_account": str(sign_on.emergency_account or ""),
        "group": str(sign_on.group_id or ""),
        "is_on": sign_on.is_on,
    }


def try_out(*, organisation: Organisation, sign_on: SignOn, agent: Account) -> list[str]:
    """Call the provider; return what was found, line by line. Raises ``OutsideError``."""
    metadata = discover(sign_on.issuer)
    with tenant_scope(proof_of(organisation).id):
        SignOn.objects.filter(id=sign_on.id).update(tested_at=clock.now())
    tell_organisation(organisation, "SIGN_ON_TEST", agent_id=agent.id)
    return [
        metadata.issuer,
        metadata.authorization_endpoint,
        metadata.token_endpoint,
        metadata.jwks_uri,
        *filter(None, (metadata.userinfo_endpoint, metadata.end_session_endpoint)),
    ]


def switch(*, organisation: Organisation, is_on: bool, agent: Account) -> None:
    """Put the provider in service, once tried, or stop it."""
    with tenant_scope(proof_of(organisation).id):
        known = SignOn.objects.select_for_update(of=("self",)).get()
        if is_on and known.tested_at is None:
            raise SettingRefusedError(_("Essayez d’abord la connexion."))
        if is_on and known.refuses_passwords:
            _check_emergency(organisation, known.emergency_account)
        was_on = known.is_on
        known.is_on = is_on
        known.save(update_fields=["is_on"])
    tell_organisation(
        organisation,
        "SIGN_ON_SWITCH",
        agent_id=agent.id,
        detail={"before": {"is_on": was_on}, "after": {"is_on": is_on}},
    )


def recognise(sign_on: SignOn, claims: dict[str, Any]) -> Account:
    """Return the account that a provider sends: by its subject, else by its verified address.

    The first time ties the subject to the account for good. Raises ``TokenRefusedError``.
    """
    organisation = sign_on.tenant.organisation
    subject = str(claims["sub"])[:255]
    with tenant_scope(sign_on.tenant_id):
        known = SignOnIdentity.objects.filter(issuer=sign_on.issuer, subject=subject).first()
        if known is not None:
            return _entering(organisation, Account.objects.filter(id=known.account_id).first())
        email = _verified_address(sign_on, claims)
        account = Account.objects.filter(organisation=organisation, email__iexact=email).first()
        if account is None:
            account = _provided(sign_on, organisation, email, claims)
        account = _entering(organisation, account)
        if SignOnIdentity.objects.filter(issuer=sign_on.issuer, account_id=account.id).exists():
            raise TokenRefusedError("other_subject")
        SignOnIdentity.objects.create(account_id=account.id, issuer=sign_on.issuer, subject=subject)
    return account


def refuse(sign_on: SignOn, reason: str) -> None:
    """Tell the journal of the organisation that what was received proved nobody."""
    tell_organisation(
        sign_on.tenant.organisation,
        "SIGN_ON_REFUSED",
        outcome=Outcome.KO,
        detail={"reason": reason},
    )


def _entering(organisation: Organisation, account: Account | None) -> Account:
    if account is None or account.organisation_id != organisation.id:
        raise TokenRefusedError("unknown")
    if account.kind != Account.Kind.NOMINATIVE or not account.is_active:
        raise TokenRefusedError("inactive")
    if account.status == Account.Status.INVITED:
        account.set_status(Account.Status.ENABLED)
        account.save()
    return account


def _verified_address(sign_on: SignOn, claims: dict[str, Any]) -> str:
    email = str(claims.get(sign_on.claims.get("email") or CLAIMS["email"]) or "").strip()
    if not email:
        raise TokenRefusedError("no_address")
    if not (sign_on.trusts_addresses or claims.get("email_verified") is True):
        raise TokenRefusedError("address_not_verified")
    domain = email.rpartition("@")[2].lower()
    if not SignOnDomain.objects.filter(tenant_id=sign_on.tenant_id, domain=domain).exists():
        raise TokenRefusedError("domain")
    return email


def _provided(
    sign_on: SignOn, organisation: Organisation, email: str, claims: dict[str, Any]
) -> Account:
    group = Group.objects.filter(id=sign_on.group_id).first() if sign_on.group_id else None
    # Nobody becomes an administrator by entering, where two people make administrators.
    if group is None or needed_for(proof_of(organisation), group):
        raise TokenRefusedError("unknown")
    names = {
        name: str(claims.get(sign_on.claims.get(name) or CLAIMS[name]) or "")[:70]
        for name in ("first_name", "last_name")
    }
    names["last_name"] = names["last_name"] or email.partition("@")[0]
    try:
        account = create_account(
            organisation=organisation, identity=Identity(email=email, **names), actor=Actor()
        )
    except RefusedError as error:
        raise TokenRefusedError("not_created") from error
    add_member(group=group, account=account)
    return account


def _check_group(group_id: uuid.UUID, proof: Tenant) -> None:
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise SettingRefusedError(_("Ce groupe n’existe pas."))
    if needed_for(proof, group):
        raise SettingRefusedError(
            _(
                "Le groupe « %s » donne des droits d’administrateur, qu’une seconde personne doit"
                " approuver ici : choisissez un autre groupe pour les comptes créés à l’entrée."
            )
            % group.name
        )


def _check_domains(organisation: Organisation, domains: list[str], proof_id: uuid.UUID) -> None:
    if not domains:
        raise SettingRefusedError(_("Nommez au moins un domaine de courriel."))
    taken = SignOnDomain.objects.filter(domain__in=domains).exclude(tenant_id=proof_id)
    for domain in domains:
        others = Account.objects.filter(email__iendswith=f"@{domain}")
        if (
            taken.filter(domain=domain).exists()
            or others.exclude(organisation=organisation).exists()
        ):
            raise SettingRefusedError(
                _("Le domaine « %s » sert à une autre organisation de la plateforme.") % domain
            )


def _check_emergency(organisation: Organisation, account_id: uuid.UUID | None) -> None:
    """A provider may fail: somebody must still enter to switch it off."""
    known = Account.objects.filter(organisation=organisation)
    found = known.filter(id=account_id).first() if account_id else None
    if found is None or not found.is_active or not found.has_usable_password():
        raise SettingRefusedError(
            _("Gardez un compte de secours, actif et avec un mot de passe, qui entre toujours ici.")
        )
