"""ARK identifiers given at ingest, when the management contract says so.

An ARK (``ark:/<authority>/<name>``) is drawn from the identifier that the unit or the object was
given, which is never given twice: a step run again gives the same, and nothing has to be booked.
Its name ends with the check character of the NOID scheme, so that a slip of the pen shows.
Source: reference system §1.4 and §4.6 (PersistentIdentifierPolicy).
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.control.data_object_package import read_usage
from ingest.control.plan import PackagePlan
from ingest.workspace import Workspace

ALPHABET = "0123456789bcdfghjkmnpqrstvwxz"
"""No vowel, no l: no word is made by chance, no letter is read for a digit. 29 is prime."""

FIELD = "PersistentIdentifier"
FILE = "arks.json"


def ark_of(authority: str, identifier: uuid.UUID) -> str:
    """Return the ARK of what bears this identifier."""
    left, letters = identifier.int, []
    while left:
        left, rest = divmod(left, len(ALPHABET))
        letters.append(ALPHABET[rest])
    name = f"{authority}/{''.join(reversed(letters))}"
    return f"ark:/{name}{check_character(name)}"


def check_character(name: str) -> str:
    """Return the NOID check character of ``authority/name``.

    It catches one wrong character anywhere but at the 29th place, whose weight is that of the
    alphabet: the scheme's own limit.
    """
    total = sum(place * max(ALPHABET.find(letter), 0) for place, letter in enumerate(name, start=1))
    return ALPHABET[total % len(ALPHABET)]


def as_field(ark: str) -> dict[str, str]:
    """Return an ARK as SEDA 2.3 describes a persistent identifier."""
    return {"PersistentIdentifierType": "ark", "PersistentIdentifierContent": ark}


@dataclass(frozen=True, slots=True)
class ArkPolicy:
    """What is given an ARK. ``usages``: (the first version, which of the others: ALL, LAST, NONE)
    by usage."""

    authority: str
    units: bool
    usages: Mapping[str, tuple[bool, str]] = field(default_factory=dict)

    def of_unit(self, identifier: uuid.UUID) -> str:
        """Return the ARK of a unit, empty when units have none."""
        return ark_of(self.authority, identifier) if self.units else ""

    def of_objects(
        self,
        entries: Iterable[Mapping[str, Any]],
        plan: PackagePlan,
        identifiers: Sequence[uuid.UUID],
    ) -> dict[int, str]:
        """Return the ARKs of objects (as their spool holds them) by number."""
        if not self.usages:
            return {}
        found: dict[int, tuple[int, str, int]] = {}
        last: dict[tuple[int, str], int] = {}
        for number, group in enumerate(plan.groups):
            for usage, version in group.existing_versions:
                last[number, usage] = max(version, last.get((number, usage), 0))
        for entry in entries:
            usage, version = read_usage(entry["version"], is_binary=entry["binary"])
            group = plan.group_of_object[entry["n"]]
            found[entry["n"]] = group, usage, version
            last[group, usage] = max(version, last.get((group, usage), 0))
        return {
            number: ark_of(self.authority, identifiers[number])
            for number, (group, usage, version) in found.items()
            if self._wants(usage, version, is_last=version == last[group, usage])
        }

    def _wants(self, usage: str, version: int, *, is_last: bool) -> bool:
        first, others = self.usages.get(usage, (False, "NONE"))
        if version == 1:
            return first or (is_last and others == "LAST")
        return others == "ALL" or (others == "LAST" and is_last)


def save_policy(workspace: Workspace, declared: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the management contract says, for the steps that follow."""
    workspace.write_json(FILE, [dict(one) for one in declared])


def load_policy(workspace: Workspace) -> ArkPolicy | None:
    """Return what is given an ARK in this deposit, ``None`` when nothing is."""
    for declared in workspace.read_json(FILE, []):
        authority = str(declared.get("PersistentIdentifierAuthority") or "")
        if declared.get("PersistentIdentifierPolicyType") != "ARK" or not authority:
            continue
        return ArkPolicy(
            authority=authority,
            units=declared.get("PersistentIdentifierUnit") is True,
            usages={
                str(usage.get("UsageName")): (
                    usage.get("InitialVersion") is True,
                    str(usage.get("IntermediaryVersion") or "NONE"),
                )
                for usage in declared.get("PersistentIdentifierUsages") or ()
            },
        )
    return None
