"""The columns of a file of accounts: what an export writes is what an import reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tenants.accounts.identity import LABELS, Identity
from tenants.accounts.sheets import folded, protected_rows
from tenants.models import Account

SEPARATOR = " | "
"""Between the groups of one cell."""

COLUMNS = (
    "identifier",
    "last_name",
    "first_name",
    "email",
    "phone",
    "service",
    "internal_code",
    "language",
    "kind",
    "status",
    "groups",
)
REQUIRED = ("last_name", "email")

_ALIASES = {
    "identifiant du user": "identifier",
    "identifiant technique": "identifier",
    "courriel": "email",
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "adresse e-mail": "email",
    "adresse mail": "email",
    "telephone fixe": "phone",
    "numero de telephone": "phone",
    "numero de mobile": "phone",
    "langue de l interface": "language",
    "groupe": "groups",
    "groupe de profils": "groups",
}


def names_of_columns() -> dict[str, str]:
    """Return the headers understood (folded) and the column of each."""
    return {folded(str(LABELS[key])): key for key in COLUMNS} | _ALIASES


def header() -> list[str]:
    """Return the headers of an export."""
    return [str(LABELS[key]) for key in COLUMNS]


def exported(
    accounts: Iterable[Account], groups: Mapping[Any, Sequence[str]]
) -> Iterator[Sequence[Any]]:
    """Yield the header, then a line for each account; ``groups`` are names by account."""
    yield header()
    yield from protected_rows(line_of(account, groups.get(account.id, ())) for account in accounts)


def line_of(account: Account, groups: Sequence[str]) -> list[str]:
    """Return the cells of an account, in the order of ``COLUMNS``."""
    return [
        account.identifier,
        account.last_name,
        account.first_name,
        account.email,
        account.phone,
        account.service,
        account.internal_code,
        account.language,
        str(account.get_kind_display()),
        str(account.get_status_display()),
        SEPARATOR.join(groups),
    ]


def kind_of(text: str) -> str:
    """Return the kind that a cell names: a label or a code; nominative when empty."""
    return _choice(text, Account.Kind) or (text if text else Account.Kind.NOMINATIVE.value)


def status_of(text: str) -> str | None:
    """Return the status that a cell names, ``None`` when it names none, empty when empty."""
    return (_choice(text, Account.Status) or None) if text else ""


def language_of(text: str) -> str:
    """Return the language that a cell names; French when empty."""
    return _choice(text, Account.Language) or (text if text else Account.Language.FRENCH.value)


def _choice(text: str, choices: Any) -> str:
    """Return the value of a choice written as its label or its code, else nothing."""
    wanted = folded(text)
    for value, label in choices.choices:
        if wanted in (folded(str(label)), folded(str(value))):
            return str(value)
    return ""


def identity_of(cells: Mapping[str, str], present: Iterable[str], now: Account | None) -> Identity:
    """Return the identity a line asks for: a column the file lacks keeps what there is."""
    base = Identity.of(now) if now is not None else Identity(email="", last_name="")
    given = {key: cells.get(key, "") for key in present}
    values = {
        key: given.get(key, getattr(base, key))
        for key in ("email", "last_name", "first_name", "phone", "service", "internal_code")
    }
    language = language_of(given["language"]) if "language" in given else base.language
    kind = kind_of(given["kind"]) if given.get("kind") else base.kind
    return Identity(**values, language=language, kind=kind).tidied()


def groups_of(cell: str) -> tuple[str, ...]:
    """Return the names of the groups of a cell, each once."""
    names = (" ".join(name.split()) for name in cell.split(SEPARATOR.strip()))
    return tuple(sorted({name for name in names if name}))


def words_of(values: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    return ", ".join(f"« {value} »" for value in values) or _("aucun")
