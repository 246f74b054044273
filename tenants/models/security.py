"""Signing in: the sessions of accounts, and what is remembered of their passwords."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from sae.kernel import clock
from sae.kernel.identifiers import new_id
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
