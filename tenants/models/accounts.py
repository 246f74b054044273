"""Accounts, and the tokens of applications."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, TenantModel


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Account":
        """Create an account; journals name it by its identifier alone, never by its address."""
        account = self.model(email=self.normalize_email(email), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


# Crockford's letters: none is mistaken for a digit when read aloud.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_account_identifier() -> str:
    """Return a technical identifier: ``U`` and seven random letters or digits (35 bits)."""
    return "U" + "".join(secrets.choice(_LETTERS) for _ in range(7))


class Account(AbstractBaseUser):
    """A person, or a function, of one organisation. Signing in precedes the choice of a coffre.

    ``identifier`` (and ``id``) name the account in journals and never change; address, names and
    phone may, and are erased by anonymisation. ``status`` says why an account may enter or not;
    ``is_active`` says whether. ``save`` keeps the two together.
    """

    class Kind(models.TextChoices):
        NOMINATIVE = "nominative", _("nominatif")
        GENERIC = "generic", _("générique")

    class Status(models.TextChoices):
        INVITED = "invited", _("invité")
        ENABLED = "enabled", _("actif")
        DISABLED = "disabled", _("désactivé")
        BLOCKED = "blocked", _("bloqué")
        ANONYMISED = "anonymised", _("anonymisé")

    class Language(models.TextChoices):
        FRENCH = "fr", _("français")
        ENGLISH = "en", _("anglais")

    ENTERING = (Status.INVITED, Status.ENABLED)
    """The statuses whose account may enter, given a password or a sign-on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identifier = models.CharField(
        _("identifiant technique"), max_length=12, unique=True, default=new_account_identifier
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="accounts"
    )
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices, default=Kind.NOMINATIVE)
    status = models.CharField(
        _("statut"), max_length=20, choices=Status.choices, default=Status.ENABLED
    )
    email = models.EmailField(_("adresse électronique"))
    name = models.CharField(_("nom affiché"), max_length=150)
    first_name = models.CharField(_("prénom"), max_length=70, blank=True, default="")
    last_name = models.CharField(_("nom"), max_length=79, blank=True, default="")
    phone = models.CharField(_("téléphone"), max_length=30, blank=True, default="")
    language = models.CharField(
        _("langue"), max_length=2, choices=Language.choices, default=Language.FRENCH
    )
    service = models.CharField(_("service"), max_length=150, blank=True, default="")
    internal_code = models.CharField(_("code interne"), max_length=50, blank=True, default="")
    is_active = models.BooleanField(_("actif"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(_("désactivé le"), null=True, blank=True)
    anonymised_at = models.DateTimeField(_("anonymisé le"), null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = AccountManager()

    class Meta:
        verbose_name = _("compte")
        constraints = [models.UniqueConstraint(Lower("email"), name="account_email")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the status that ``is_active`` asks for and the names that ``name`` holds."""
        before = (self.status, self.disabled_at, self.first_name, self.last_name)
        if self.is_active != (self.status in self.ENTERING):
            self.status = self.Status.ENABLED if self.is_active else self.Status.DISABLED
            self.disabled_at = None if self.is_active else clock.now()
        if self.name and not self.last_name and self.status != self.Status.ANONYMISED:
            self.first_name, self.last_name = split_name(self.name)
        fields = kwargs.get("update_fields")
        if fields is not None and before != (
            self.status,
            self.disabled_at,
            self.first_name,
            self.last_name,
        ):
            kept = {"status", "disabled_at", "first_name", "last_name"}
            kwargs["update_fields"] = {*fields, *kept}
        super().save(*args, **kwargs)

    def set_status(self, status: str) -> None:
        """Give a status, with what follows from it; the caller saves."""
        self.status = status
        self.is_active = status in self.ENTERING
        if status == self.Status.DISABLED:
            self.disabled_at = clock.now()
        elif status != self.Status.ANONYMISED:
            self.disabled_at = None

    @property
    def initials(self) -> str:
        """At most two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def may_receive_links(self) -> bool:
        """Whether somebody enters with it: nobody signs in as a function."""
        return self.kind == self.Kind.NOMINATIVE and self.is_active


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name of « Prénom Nom »; a single word is a last name."""
    first, _space, last = name.strip().partition(" ")
    return (first[:70], last[:79]) if last else ("", first[:79])


class ApiToken(TenantModel):
    """What an application shows to enter one coffre: a key, or a client certificate.

    Only the SHA-256 of a key is kept, and it is shown once; of a certificate, its fingerprint.
    ``context_id`` names the application context that limits it to contracts and calls.
    """

    PREFIX = "sae_"
    """Makes a key recognisable wherever it should not be: logs, addresses, shared files."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("jeton")
        CERTIFICATE = "certificate", _("certificat client")

    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices, default=Kind.TOKEN)
    name = models.CharField(_("nom"), max_length=150)
    prefix = models.CharField(max_length=8)
    token_sha256 = models.CharField(max_length=64)
    # The key of a ready profile (tenants.rights.ready).
    role = models.CharField(max_length=20)
    context_id = models.CharField(_("contexte applicatif"), max_length=100, blank=True, default="")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(_("dernier usage"), null=True)
    expires_at = models.DateTimeField(_("valable jusqu’au"), null=True)
    revoked_at = models.DateTimeField(null=True)
    # What it may do that whoever had it made could not (see tenants.applications.beyond).
    beyond = ArrayField(models.TextField(), default=list, blank=True)
    # The one it takes the place of: that one stays valid until its own ``expires_at``.
    replaces = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("jeton d’application")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_sha256"], name="api_token_digest")
        ]

    def __str__(self) -> str:
        return self.name

    def is_valid_at(self, moment: dt.datetime) -> bool:
        """Tell whether it still opens the coffre."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)

    @staticmethod
    def new_secret() -> str:
        """Return a fresh token: 256 random bits behind a recognisable prefix."""
        return ApiToken.PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest(secret: str) -> str:
        """Return what is kept of a token (random, so that a fast hash is enough)."""
        return hashlib.sha256(secret.encode()).hexdigest()
