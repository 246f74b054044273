"""Accounts, their roles in coffres, and the tokens of applications."""

import hashlib
import secrets
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, Tenant, TenantModel


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """Create an account; journals name it by its identifier alone, never by its address."""
        account = self.model(email=self.normalize_email(email), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A person of one organisation. The directory belongs to no coffre: signing in precedes it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="accounts"
    )
    email = models.EmailField(_("adresse électronique"))
    name = models.CharField(_("nom"), max_length=150)
    is_active = models.BooleanField(_("actif"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = AccountManager()

    class Meta:
        verbose_name = _("compte")
        constraints = [models.UniqueConstraint(Lower("email"), name="account_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """At most two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class Membership(models.Model):
    """The role of an account in a coffre. Part of the directory, like the account itself."""

    class Role(models.TextChoices):
        OPERATOR = "operator", _("exploitant de la plateforme")
        ADMINISTRATOR = "administrator", _("administrateur")
        ARCHIVIST = "archivist", _("archiviste")
        AUDITOR = "auditor", _("auditeur")
        READER = "reader", _("consultation")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = _("habilitation")
        constraints = [
            models.UniqueConstraint(fields=["account", "tenant", "role"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.tenant} · {self.get_role_display()}"


class ApiToken(TenantModel):
    """The key of an application to one coffre. Only its SHA-256 is kept; it is shown once."""

    name = models.CharField(_("nom"), max_length=150)
    prefix = models.CharField(max_length=8)
    token_sha256 = models.CharField(max_length=64)
    role = models.CharField(max_length=20, choices=Membership.Role.choices)
    context_id = models.CharField(_("contexte applicatif"), max_length=100, blank=True, default="")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("jeton d’application")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_sha256"], name="api_token_digest")
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def new_secret() -> str:
        """Return a fresh token: 256 random bits behind a recognisable prefix."""
        return "sae_" + secrets.token_urlsafe(32)

    @staticmethod
    def digest(secret: str) -> str:
        """Return what is kept of a token (random, so that a fast hash is enough)."""
        return hashlib.sha256(secret.encode()).hexdigest()
