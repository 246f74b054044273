"""Forms of the keys and certificates of applications."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.ui import french
from sae.ui.forms import DayField
from tenants.applications.beyond import WARNING, beyond, in_words
from tenants.applications.certificates import MOST, CertificateError, read_certificate
from tenants.models import Context, Status
from tenants.permissions import Permission
from tenants.rights.effective import CoffreRights
from tenants.rights.ready import READY

ROLES = ("reader", "depositor", "archivist", "head_archivist", "coffre_administrator")
"""Ready profiles that an application may have."""
OLD_LASTS = 7
"""Days that a key replaced stays valid, unless said otherwise."""


def roles_offered(own: Collection[Permission]) -> list[str]:
    """Return the roles that whoever has ``own`` permissions may give to an application.

    A key that keeps access contracts decides who sees what: only who keeps them makes one.
    """
    in_charge = Permission.CONTRACT_MANAGE
    return [key for key in ROLES if in_charge in own or in_charge not in READY[key].permissions]


def end_of(day: dt.date | None) -> dt.datetime | None:
    """Return the last moment of a day here; ``None`` without day."""
    if day is None:
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max))


@dataclass(frozen=True, slots=True)
class Maker:
    """Who has a key made: what they may do themselves in the coffre in scope."""

    coffre: Tenant
    own: Collection[Permission]
    rights: CoffreRights | None = None

    def lacks(self, role: str, context_id: str) -> tuple[str, ...]:
        """Return what a key may do beyond what its maker may, as codes."""
        return beyond(
            role=role,
            context_id=context_id,
            coffre=self.coffre,
            own=self.own,
            rights=self.rights,
        )


class _Agreed(forms.Form):
    """Asks whoever makes a key wider than their own rights to say that they know it."""

    def ask_agreement(self, lacking: Collection[str]) -> None:
        """Add the box to tick, and refuse the form until it is."""
        if not lacking:
            return
        field = forms.BooleanField(
            label=_("Créer ce jeton plus large que mes propres droits"),
            required=False,
            help_text=_("L’écart est écrit au journal et montré par le contrôle des droits."),
        )
        self.fields["agreed"] = field
        if self.data.get(self.add_prefix("agreed")):
            return
        sentence = _(
            "Ce jeton pourra ce que vous ne pouvez pas vous-même dans ce coffre : %(acts)s. Pour "
            "le créer quand même, cochez la case."
        )
        self.add_error(
            "agreed",
            forms.ValidationError(
                sentence % {"acts": ", ".join(in_words(lacking))}, code=WARNING.lower()
            ),
        )


class _AccessForm(_Agreed):
    name = forms.CharField(
        label=gettext_lazy("Nom de l’application"),
        max_length=150,
        help_text=gettext_lazy("Celui que les journaux et les versements montreront."),
    )
    role = forms.ChoiceField(label=gettext_lazy("Ce qu’elle peut faire"))
    context_id = forms.ChoiceField(
        label=gettext_lazy("Contexte applicatif"),
        required=False,
        help_text=gettext_lazy(
            "Le contexte limite l’application à ses contrats d’entrée et d’accès, et aux appels de "
            "son profil de sécurité. Sans contexte, elle a tout ce que permet son rôle."
        ),
    )
    until = DayField(label=gettext_lazy("Valable jusqu’au"), required=False)

    def __init__(self, *args: Any, maker: Maker, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.maker = maker
        self.lacking: tuple[str, ...] = ()
        roles = [
            (key, f"{READY[key].label} : {READY[key].explanation}")
            for key in roles_offered(maker.own)
        ]
        contexts = Context.objects.filter(status=Status.ACTIVE).order_by("name")
        names = [(row.identifier, f"{row.name} ({row.identifier})") for row in contexts]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["context_id"].choices = [("", _("aucun")), *names]  # type: ignore[attr-defined]

    def clean_until(self) -> dt.datetime | None:
        return _to_come(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "role" in cleaned and "context_id" in cleaned:
            self.lacking = self.maker.lacks(cleaned["role"], cleaned["context_id"])
            self.ask_agreement(self.lacking)
        return cleaned


class TokenForm(_AccessForm):
    """A new key."""


class CertificateForm(_AccessForm):
    """A client certificate that opens the coffre."""

    certificate = forms.FileField(
        label=gettext_lazy("Certificat (fichier .pem ou .crt, sans sa clef)"), required=False
    )
    fingerprint = forms.CharField(
        label=gettext_lazy("ou son empreinte SHA-256"),
        required=False,
        help_text=gettext_lazy("64 caractères hexadécimaux, avec ou sans deux-points."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        sent = cleaned.get("certificate")
        text = sent.read(MOST).decode("latin-1") if sent else cleaned.get("fingerprint", "")
        field = "certificate" if sent else "fingerprint"
        if "PRIVATE KEY" in text:
            self.add_error(
                field,
                _(
                    "Ce fichier contient une clef privée : elle ne doit jamais quitter "
                    "l’application. Envoyez le certificat seul."
                ),
            )
            return cleaned
        try:
            given = read_certificate(text)
        except CertificateError:
            self.add_error(field, _("Ce n’est ni un certificat, ni une empreinte SHA-256."))
            return cleaned
        if given.ends_at is not None and given.ends_at < clock.now():
            self.add_error(
                field,
                _("Ce certificat est échu depuis le %(day)s : il en faut un autre.")
                % {"day": french.day(given.ends_at)},
            )
        cleaned["digest"] = given.fingerprint
        # Beyond its own life, a certificate opens nothing: the list of accesses says so.
        ends = [one for one in (cleaned.get("until"), given.ends_at) if one is not None]
        cleaned["until"] = min(ends) if ends else None
        return cleaned


class RotateForm(_Agreed):
    """Until when the key replaced stays valid. Whoever renews a key holds the new one."""

    until = DayField(
        label=gettext_lazy("L’ancien jeton reste valable jusqu’au"),
        help_text=gettext_lazy(
            "Le temps de mettre le nouveau dans l’application. Choisissez aujourd’hui s’il a fui, "
            "ou révoquez-le."
        ),
    )

    def __init__(self, *args: Any, lacking: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lacking = lacking

    def clean_until(self) -> dt.datetime | None:
        return _to_come(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.ask_agreement(self.lacking)
        return cleaned


def _to_come(day: dt.date | None) -> dt.datetime | None:
    if day is not None and day < clock.today():
        raise forms.ValidationError(_("Ce jour est passé."))
    return end_of(day)
