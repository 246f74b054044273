"""Referentials shipped with the platform: they stand until a coffre imports its own."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

IDENTIFIER_SIGNATURE = "DROID_SignatureFile_V125.xml"
"""The signature file inside the format identifier; a test fails when an upgrade changes it."""

PRONOM_VERSION = 125


@dataclass(frozen=True, slots=True)
class BuiltInFormat:
    """A PRONOM format that the identifier can name."""

    puid: str
    name: str
    version: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class BuiltInTerm:
    """A vocabulary of the platform."""

    identifier: str
    seda_field: str
    api_field: str
    type: str
    type_detail: str
    string_size: str
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltInSecurityProfile:
    """A security profile that every coffre has from the start."""

    identifier: str
    name: str
    full_access: bool
    permissions: tuple[str, ...] = ()


SECURITY_PROFILES: Mapping[str, BuiltInSecurityProfile] = MappingProxyType(
    {
        profile.identifier: profile
        for profile in (
            BuiltInSecurityProfile("admin-security-profile", "Tous les accès", True),
            BuiltInSecurityProfile("SEC_PROFILE-000001", "Accès de l’organisation", True),
        )
    }
)


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("tenants.starter").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@functools.cache
def built_in_formats() -> Mapping[str, BuiltInFormat]:
    """Return the formats that the identifier can name, by PRONOM identifier."""
    return MappingProxyType(
        {
            row["PUID"]: BuiltInFormat(row["PUID"], row["Name"], row["Version"], row["MIMEType"])
            for row in _rows("formats.csv")
        }
    )


@functools.cache
def built_in_terms() -> Mapping[str, BuiltInTerm]:
    """Return the vocabularies of the platform, by identifier."""
    return MappingProxyType(
        {
            row["Identifier"]: BuiltInTerm(
                identifier=row["Identifier"],
                seda_field=row["SedaField"],
                api_field=row["ApiField"],
                type=row["Type"],
                type_detail=row["TypeDetail"],
                string_size=row["StringSize"],
                collections=tuple(row["Collections"].split("|")),
            )
            for row in _rows("ontology.csv")
        }
    )
