"""Signing in: the sessions of accounts, and what is remembered of their passwords."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant, TenantModel
from tenants.models.accounts import Account


class AccountSession(AbstractBaseSession):
    """One browser signed in. Like the account, it precedes the choice of a coffre.

    ``number`` is what pages carry: the key itself opens the session. Address and browser are shown
    to the owner and to administrators, and go with the row.
    """

    number = models.UUIDField(default=new_id, unique=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    address = models.GenericIPAddressField(_("adresse"), null=True)
    browser = models.CharField(_("navigateur"), max_length=300, blank=True, default="")
    # SHA-256 of the provider and its own session: it asks to close ours by that name.
    sign_on_mark = models.CharField(max_length=64, blank=True, default="", db_index=True)
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> Any:
        from tenants.security.session_store import SessionStore

        return SessionStore

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save what the session holds; where and how long it lives is written by the gate."""
        if kwargs.get("force_update") and not kwargs.get("update_fields"):
            kwargs["update_fields"] = ["session_data", "account"]
        super().save(*args, **kwargs)


class AccountSecurity(models.Model):
    """What signing in must know of an account, beside its password.

    ``password_set_at`` starts the life of the password; ``former_passwords`` are hashes, the
    latest first; ``must_change_password`` sends to the page of the password before any other.
    """

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="security"
    )
    password_set_at = models.DateTimeField(default=clock.now)
    former_passwords = models.JSONField(default=list)
    must_change_password = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sécurité d’un compte")

    def __str__(self) -> str:
        return str(self.account_id)


class SignOn(TenantModel):
    """How an organisation signs its accounts in by its own identity provider (OpenID Connect).

    At most one, in its coffre de preuve. ``secret_sealed``: see ``tenants.security.sealing``.
    ``claims`` names the attributes received: ``email``, ``first_name``, ``last_name``.
    ``trusts_addresses``: the provider vouches for addresses without ``email_verified``
    (ProConnect). ``refuses_passwords``: accounts enter no other way, but for ``emergency_account``.
    ``group_id``: accounts unknown here are created in that group; without it they are refused.
    """

    label = models.CharField(_("nom"), max_length=80)
    issuer = models.URLField(_("adresse de l’émetteur"), max_length=400)
    client_id = models.CharField(_("identifiant du client"), max_length=200)
    secret_sealed = models.TextField(blank=True, default="")
    scopes = models.CharField(_("portées"), max_length=200, default="openid email profile")
    claims = models.JSONField(default=dict)
    trusts_addresses = models.BooleanField(default=False)
    refuses_passwords = models.BooleanField(default=False)
    emergency_account = models.UUIDField(null=True)
    group_id = models.UUIDField(null=True)
    is_on = models.BooleanField(default=False)
    tested_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("connexion par un fournisseur d’identité")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="sign_on_once")]

    def __str__(self) -> str:
        return self.label


class SignOnIdentity(TenantModel):
    """Who a subject of a provider is here: tied once by a verified address, for good."""

    account_id = models.UUIDField()
    issuer = models.URLField(max_length=400)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("identité reçue")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "issuer", "subject"], name="sign_on_subject_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "issuer", "account_id"], name="sign_on_account_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.account_id)


class SignOnDomain(models.Model):
    """Which organisation signs in the addresses of a mail domain: asked before anyone is in."""

    domain = models.CharField(max_length=253, primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("domaine de courriel")

    def __str__(self) -> str:
        return self.domain
