"""Agencies and rules as the CSV that would import them again."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

from tenants.models import Agency, ManagementRule
from tenants.referentials.agencies import DATES, MULTIPLE, REQUIRED, SINGLE
from tenants.referentials.rules import COLUMNS


def _agencies() -> Iterator[Sequence[object]]:
    rows = list(Agency.objects.order_by("identifier"))
    used = {name for row in rows for name in row.details}
    extra = [name for name in (*SINGLE, *MULTIPLE, *DATES) if name in used]
    yield [*REQUIRED, *extra]
    for row in rows:
        values = [row.details.get(name, "") for name in extra]
        yield [
            row.identifier,
            row.name,
            row.description,
            *("|".join(value) if isinstance(value, list) else value for value in values),
        ]


def _rules() -> Iterator[Sequence[object]]:
    yield COLUMNS
    for row in ManagementRule.objects.order_by("identifier"):
        duration = "unlimited" if row.unlimited else row.duration
        yield [
            row.identifier,
            row.category,
            row.value,
            row.description,
            "" if duration is None else duration,
            row.measurement,
        ]


WRITERS: Mapping[str, Callable[[], Iterator[Sequence[object]]]] = {
    "agencies": _agencies,
    "rules": _rules,
}


def export_csv(kind: str) -> bytes:
    """Return the referential of the open scope; importing it back changes nothing."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows(WRITERS[kind]())
    return stream.getvalue().encode()
