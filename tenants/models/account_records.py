"""What is kept about accounts beside them: single-use links, files of imports under way.

Both live in the coffre de preuve of the organisation.
"""

import hashlib
import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import TenantModel


class AccountLink(TenantModel):
    """A single-use link to choose a password. Only the SHA-256 of its secret is kept."""

    class Purpose(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        RESET = "reset", _("réinitialisation")

    account_id = models.UUIDField()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    secret_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("lien à usage unique")
        indexes = [models.Index(fields=["tenant", "account_id"], name="account_link_account")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.account_id}"

    @staticmethod
    def new_secret() -> str:
        """Return 256 random bits, as they stand in the address."""
        return secrets.token_urlsafe(32)

    @staticmethod
    def digest(secret: str) -> str:
        """Return what is kept of a secret (random, so that a fast hash is enough)."""
        return hashlib.sha256(secret.encode()).hexdigest()


class AccountImport(TenantModel):
    """A file of accounts or of groups received, checked, and applied or not.

    The file holds personal data: ``content`` is emptied once applied, and the row removed a day
    after it came.
    """

    class Subject(models.TextChoices):
        ACCOUNTS = "accounts", _("comptes")
        GROUPS = "groups", _("groupes et membres")
        DEFINITIONS = "definitions", _("groupes et profils")

    subject = models.CharField(max_length=20, choices=Subject.choices)
    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    created_at = models.DateTimeField()
    created_by = models.UUIDField()
    applied_at = models.DateTimeField(null=True)
    operation_id = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("import de comptes")

    def __str__(self) -> str:
        return self.file_name
