"""Versions of the elements of referentials: kept at each operation, compared, found again.

An element is described under the names of its import file (``describe``), so that a version can be
imported as it stands. Kinds register themselves when the application starts.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max, Min, Q

from sae.kernel import clock
from tenants.models import Referential, ReferentialVersion

Document = Mapping[str, Any]
Describe = Callable[[Any], Document]


@dataclass(frozen=True, slots=True)
class Described:
    """A kind whose versions are kept."""

    model: type[Referential]
    describe: Describe


FOUND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""Date of the state found when versions began to be kept: before any other."""
_described: dict[str, Described] = {}


def register_described(kind: str, model: type[Referential], describe: Describe) -> None:
    """Have the versions of a kind kept: ``describe(row)`` gives its JSON document."""
    _described[kind] = Described(model, describe)


def is_described(kind: str) -> bool:
    """Tell whether the versions of a kind are kept."""
    return kind in _described


def documents_of(kind: str, identifiers: Iterable[str] | None = None) -> dict[str, Document]:
    """Return the present documents of a kind, of these identifiers or of all."""
    known = _described[kind]
    rows = known.model.objects.order_by("identifier")
    if identifiers is not None:
        rows = rows.filter(identifier__in=list(identifiers))
    return {row.identifier: plain(known.describe(row)) for row in rows.iterator(2000)}


def plain(document: Document) -> Document:
    """Return a document as JSON would give it back: dates and identifiers as text."""
    cleaned: Document = json.loads(json.dumps(document, cls=DjangoJSONEncoder))
    return cleaned


def keep_versions(
    kind: str,
    *,
    before: Mapping[str, Document],
    touched: Sequence[str],
    operation_id: uuid.UUID,
    agent_id: uuid.UUID | None,
) -> None:
    """Keep what an operation made of the elements it touched; ``before`` is what they were.

    An element that had no version yet first gets the one it had. Does nothing for a kind that is
    not registered.
    """
    if kind not in _described or not touched:
        return
    after = documents_of(kind, touched)
    last = {
        row["identifier"]: row["last"]
        for row in ReferentialVersion.objects.filter(kind=kind, identifier__in=touched)
        .values("identifier")
        .annotate(last=Max("number"))
    }
    moment = clock.now()
    rows = []
    for identifier in dict.fromkeys(touched):
        if identifier not in after and identifier not in before:
            continue  # the label of an element whose identifier the platform gave
        number = last.get(identifier, 0)
        if not number and identifier in before:
            number = 1
            rows.append(
                ReferentialVersion(
                    kind=kind,
                    identifier=identifier,
                    number=number,
                    document=before[identifier],
                    created_at=FOUND,
                )
            )
        rows.append(
            ReferentialVersion(
                kind=kind,
                identifier=identifier,
                number=number + 1,
                document=after.get(identifier, before.get(identifier, {})),
                removed=identifier not in after,
                operation_id=operation_id,
                agent_id=agent_id,
                created_at=moment,
            )
        )
    ReferentialVersion.objects.bulk_create(rows, batch_size=500)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; ``None`` where the field is absent."""

    name: str
    before: Any
    after: Any


def differences(before: Document, after: Document) -> list[Difference]:
    """Return the fields that differ between two documents, in the order of the later one.

    A field without value is a field that is absent.
    """
    return [
        Difference(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*after, *before])
        if (before.get(name) or None) != (after.get(name) or None)
    ]


def versions_of(kind: str, identifier: str) -> list[ReferentialVersion]:
    """Return the versions of an element, latest first."""
    rows = ReferentialVersion.objects.filter(kind=kind, identifier=identifier)
    return list(rows.order_by("-number"))


@dataclass(frozen=True, slots=True)
class Change:
    """One operation that changed a referential: when, by whom, how many elements."""

    operation_id: uuid.UUID
    agent_id: uuid.UUID | None
    at: dt.datetime
    elements: int
    removed: int


def changes_of(kind: str, *, most: int = 200) -> list[Change]:
    """Return the operations that changed a referential, latest first."""
    rows = (
        ReferentialVersion.objects.filter(kind=kind, operation_id__isnull=False)
        .values("operation_id", "agent_id")
        .annotate(
            at=Min("created_at"), elements=Count("id"), gone=Count("id", filter=Q(removed=True))
        )
        .order_by("-at")[:most]
    )
    return [
        Change(row["operation_id"], row["agent_id"], row["at"], row["elements"], row["gone"])
        for row in rows
    ]


def state_at(kind: str, moment: dt.datetime) -> dict[str, Document]:
    """Return the documents of a kind as they stood at a moment, by identifier.

    Elements that no operation touched since versions are kept stand as they are today.
    """
    rows = (
        ReferentialVersion.objects.filter(kind=kind, created_at__lte=moment)
        .order_by("identifier", "-number")
        .distinct("identifier")
    )
    state = {row.identifier: None if row.removed else row.document for row in rows}
    touched = set(ReferentialVersion.objects.filter(kind=kind).values_list("identifier", flat=True))
    for identifier, document in documents_of(kind).items():
        if identifier not in touched:
            state[identifier] = document
    return {
        identifier: document
        for identifier, document in sorted(state.items())
        if document is not None
    }
