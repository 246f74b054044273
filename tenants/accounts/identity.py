"""What is written down about an account, and what each value must be. No database here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from tenants.models import Account

PERSONAL = ("email", "first_name", "last_name", "phone", "internal_code")
"""Never in a journal: a change of these is told without its values."""

LABELS = {
    "identifier": _("Identifiant"),
    "email": _("Adresse électronique"),
    "first_name": _("Prénom"),
    "last_name": _("Nom"),
    "phone": _("Téléphone"),
    "language": _("Langue"),
    "service": _("Service"),
    "internal_code": _("Code interne"),
    "kind": _("Type"),
    "status": _("Statut"),
    "groups": _("Groupes"),
}

LENGTHS = {"first_name": 70, "last_name": 79, "phone": 30, "service": 150, "internal_code": 50}
_PHONE = re.compile(r"\+?[0-9][0-9 .()\-]{5,28}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that will not do: its field, a stable code, the sentence for people."""

    field: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who or what an account stands for."""

    email: str
    last_name: str
    first_name: str = ""
    phone: str = ""
    language: str = Account.Language.FRENCH
    service: str = ""
    internal_code: str = ""
    kind: str = Account.Kind.NOMINATIVE

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return what an account has now."""
        return cls(**{one.name: getattr(account, one.name) for one in fields(cls)})

    @property
    def name(self) -> str:
        """The name shown: « Prénom Nom »."""
        return f"{self.first_name} {self.last_name}".strip()

    def tidied(self) -> Self:
        """Return the same with single blanks, and the domain of the address in lower case."""
        texts = {
            one.name: " ".join(str(getattr(self, one.name)).split())
            for one in fields(self)
            if not isinstance(getattr(self, one.name), bool)
        }
        local, at, domain = texts["email"].rpartition("@")
        texts["email"] = f"{local}{at}{domain.lower()}"
        return replace(self, **texts)

    def differences(self, other: "Identity") -> tuple[str, ...]:
        """Return the fields whose values differ."""
        return tuple(
            one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name)
        )


def faults_of(identity: Identity, *, mail_domains: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Yield what is wrong with an identity by itself (who else has the address is for others)."""
    yield from _faults_of_email(identity.email, mail_domains)
    if not identity.last_name:
        yield Fault("last_name", "missing", str(_("Le nom est obligatoire.")))
    for field, most in LENGTHS.items():
        value = getattr(identity, field)
        if len(value) > most:
            words = _("« %(label)s » dépasse %(most)d caractères.")
            yield Fault(field, "too_long", str(words) % {"label": LABELS[field], "most": most})
        if _CONTROL.search(value):
            words = _("« %(label)s » contient un caractère invisible : ressaisissez-le.")
            yield Fault(field, "control_character", str(words) % {"label": LABELS[field]})
    if identity.phone and not _PHONE.match(identity.phone):
        yield Fault(
            "phone",
            "not_a_phone",
            str(_("« %s » n’est pas un numéro de téléphone : par exemple +33 1 23 45 67 89."))
            % identity.phone,
        )
    if identity.language not in Account.Language.values:
        yield Fault("language", "unknown", str(_("La langue est « fr » ou « en ».")))
    if identity.kind not in Account.Kind.values:
        yield Fault("kind", "unknown", str(_("Le type est « nominatif » ou « générique ».")))


def _faults_of_email(email: str, mail_domains: tuple[str, ...]) -> Iterator[Fault]:
    if not email:
        yield Fault("email", "missing", str(_("L’adresse électronique est obligatoire.")))
        return
    try:
        validate_email(email)
    except ValidationError:
        yield Fault(
            "email", "not_an_address", str(_("« %s » n’est pas une adresse électronique.")) % email
        )
        return
    if len(email) > 254:
        yield Fault("email", "too_long", str(_("L’adresse dépasse 254 caractères.")))
    domain = email.rpartition("@")[2].lower()
    if mail_domains and domain not in {one.lower().lstrip("@") for one in mail_domains}:
        words = _("Le domaine « %(domain)s » n’est pas admis ici : %(allowed)s.")
        yield Fault(
            "email",
            "domain_not_allowed",
            str(words) % {"domain": domain, "allowed": ", ".join(mail_domains)},
        )
