"""STP_OBJ_STORING: files go to every offer, then groups and objects enter the fonds.

KO does not happen here: an offer that does not answer makes the deposit wait. Source: reference
system §1.7.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ingest.control.arks import FIELD, as_field
from ingest.control.data_object_package import read_usage
from ingest.control.object_ids import arks_of_objects, object_identifiers
from ingest.control.plan import PackagePlan, load_plan
from ingest.control.spool import OBJECTS_READY, load_header
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport, TargetsChangedError
from sae.holdings.loading import load_groups, load_objects
from sae.holdings.rows import GroupRow, ObjectRow
from sae.holdings.targets import hold_groups_for_objects
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import LARGEST_PACKED, PackResult, StoredResult, store_files, store_pack


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where the bytes of a package ended up."""

    files: list[StoredResult]
    packs: list[PackResult]


def run(context: StepContext) -> StepReport:
    """Store, then load. Objects keep the identifiers of a first run, so a second one finds them."""
    report = StepReport()
    identifiers = object_identifiers(context)
    with report.action("OBJ_STORAGE") as action:
        kept = _store(context, identifiers)
        action.counts = {"files": len(kept.files), "packs": len(kept.packs)}
        if not context.deposit.object_count:
            action.outcome = Outcome.WARNING
            action.counts = {"OBJECTS_LIST_EMPTY": 1}
    with report.action("OG_METADATA_INDEXATION") as action:
        if not context.deposit.object_count:
            action.outcome = Outcome.WARNING
            action.counts = {"OBJECTS_LIST_EMPTY": 1}
    report.write = lambda: _load(context, identifiers, kept)
    return report


def _items(
    context: StepContext, identifiers: list[uuid.UUID], *, packed: bool
) -> Iterator[ItemToStore]:
    """Yield the files that go in packs, or those that go apart, in the order of the manifest."""
    for entry in context.workspace.read_lines(OBJECTS_READY):
        if entry["binary"] and (entry["size"] < LARGEST_PACKED) == packed:
            yield ItemToStore(
                str(identifiers[entry["n"]]), Path(entry["path"]), entry["size"], entry["sha512"]
            )


def _store(context: StepContext, identifiers: list[uuid.UUID]) -> _Kept:
    where = strategy()
    total = context.deposit.object_count
    common: dict[str, Any] = {
        "tenant_id": context.tenant.id,
        "operation_id": context.operation_id,
        "strategy": where,
    }
    packs = store_pack(
        items=_items(context, identifiers, packed=True),
        on_progress=lambda done, _bytes: context.progress(done, total),
        **common,
    )
    packed = sum(len(pack.places) for pack in packs)
    files = store_files(
        items=_items(context, identifiers, packed=False),
        on_progress=lambda done, _bytes: context.progress(packed + done, total),
        **common,
    )
    return _Kept(files, packs)


def _load(context: StepContext, identifiers: list[uuid.UUID], kept: _Kept) -> None:
    """Record copies, then COPY groups and objects: not visible before their units are."""
    common = {"tenant_id": context.tenant.id, "operation_id": context.operation_id}
    file_ids = record_stored(kept.files, kind=StoredObject.Kind.OBJECT, **common)
    pack_ids = record_stored(
        [pack.stored for pack in kept.packs], kind=StoredObject.Kind.PACK, **common
    )
    places: dict[str, tuple[uuid.UUID, int, int]] = {}
    for result in kept.files:
        places[result.identifier] = (file_ids[result.identifier], 0, result.size)
    for pack in kept.packs:
        pack_id = pack_ids[pack.stored.identifier]
        for place in pack.places:
            places[place.identifier] = (pack_id, place.offset, place.length)
    plan = load_plan(context.workspace)
    _hold_groups(context, plan)
    agency = load_header(context.workspace).get("originating_agency") or ""
    load_groups(_group_rows(context, plan, agency))
    load_objects(_object_rows(context, plan, identifiers, places))


def _hold_groups(context: StepContext, plan: PackagePlan) -> None:
    """Refuse the deposit when a group it adds to is gone, or has since received the same objects.

    Held until the commit: of two deposits that add at once, the second sees what the first added.
    """
    existing = {number: group for number, group in enumerate(plan.groups) if group.existing}
    if not existing:
        return
    adding: dict[int, list[dict[str, Any]]] = {number: [] for number in existing}
    for entry in context.workspace.read_lines(OBJECTS_READY):
        number = plan.group_of_object[entry["n"]]
        if number in adding:
            adding[number].append(entry)
    present = hold_groups_for_objects(group.id for group in existing.values())
    problems = []
    for number, group in existing.items():
        if group.id not in present:
            problems.append(_changed("group_gone", str(group.id)))
            continue
        since = present[group.id] - group.existing_versions
        for entry in adding[number]:
            usage, version = read_usage(entry["version"], is_binary=entry["binary"])
            if (usage, version) in since:
                problems.append(_changed("group_changed", f"{usage}_{version}", entry))
    if problems:
        raise TargetsChangedError(problems)


def _changed(reason: str, seen: str, entry: dict[str, Any] | None = None) -> Problem:
    place = Place(element="Management/UpdateOperation")
    if entry is not None:
        place = Place(
            file=entry["uri"],
            line=entry["line"],
            element="BinaryDataObject" if entry["binary"] else "PhysicalDataObject",
            identifier=entry["id"],
        )
    return Problem("OG_METADATA_INDEXATION.KO", reason=reason, place=place, seen=seen)


def _group_rows(context: StepContext, plan: PackagePlan, agency: str) -> Iterator[GroupRow]:
    counts = [0] * len(plan.groups)
    masters: dict[int, dict[str, Any]] = {}
    for entry in context.workspace.read_lines(OBJECTS_READY):
        group = plan.group_of_object[entry["n"]]
        counts[group] += 1
        if group not in masters or entry["version"] in ("BinaryMaster", "BinaryMaster_1"):
            masters[group] = {
                "category": entry["category"],
                "file_info": entry["metadata"].get("FileInfo", {}),
            }
    agencies = [agency] if agency else []
    moment = clock.now()
    for number, group in enumerate(plan.groups):
        if group.existing:
            continue
        master = masters.get(number, {})
        yield GroupRow(
            id=group.id,
            operation_id=context.operation_id,
            created_at=moment,
            originating_agency=agency,
            originating_agencies=agencies,
            category=master.get("category", ""),
            file_info=orjson.dumps(master.get("file_info", {})),
            object_count=counts[number],
            manifest_id=group.manifest_id,
        )


def _object_rows(
    context: StepContext,
    plan: PackagePlan,
    identifiers: list[uuid.UUID],
    places: dict[str, tuple[uuid.UUID, int, int]],
) -> Iterator[ObjectRow]:
    arks = arks_of_objects(context, plan, identifiers)
    for entry in context.workspace.read_lines(OBJECTS_READY):
        identifier = identifiers[entry["n"]]
        metadata = entry["metadata"]
        if entry["n"] in arks:
            given = metadata.get(FIELD, [])
            metadata = {**metadata, FIELD: [*given, as_field(arks[entry["n"]])]}
        stored = places.get(str(identifier))
        usage, version = read_usage(entry["version"], is_binary=entry["binary"])
        yield ObjectRow(
            id=identifier,
            operation_id=context.operation_id,
            object_group_id=plan.groups[plan.group_of_object[entry["n"]]].id,
            kind="binary" if entry["binary"] else "physical",
            usage=usage,
            usage_version=version,
            uri=entry["uri"],
            filename=entry["filename"],
            size=entry["size"],
            sha512=entry.get("sha512", ""),
            declared_algorithm=entry["algorithm"],
            declared_digest=entry["digest"],
            format_id=entry["format_id"],
            format_litteral=entry["format_litteral"],
            mime_type=entry["mime_type"],
            physical_id=entry["physical_id"],
            metadata=orjson.dumps(metadata),
            stored_object_id=stored[0] if stored else None,
            offset=stored[1] if stored else 0,
            length=stored[2] if stored else None,
            manifest_id=entry["id"],
        )
