"""CHECK_DATAOBJECTPACKAGE: usages, files against the manifest, graph, references, orphans.

Pure functions over the index of a package; every fault is listed. Source: reference system §1.4.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from ingest.control.index import ObjectEntry, PackageIndex
from sae.kernel.digests import normalise_algorithm
from sae.kernel.problems import Place, Problem

CODE = "CHECK_DATAOBJECTPACKAGE"
NO_OBJECT = f"{CODE}.CHECK_NO_OBJECT"
VERSION = f"{CODE}.CHECK_MANIFEST_DATAOBJECT_VERSION"
NUMBER = f"{CODE}.CHECK_MANIFEST_OBJECTNUMBER"
MANIFEST = f"{CODE}.CHECK_MANIFEST"
CONSISTENCY = f"{CODE}.CHECK_CONSISTENCY"

BINARY_USAGES = frozenset({"BinaryMaster", "Dissemination", "Thumbnail", "TextContent"})
PHYSICAL_USAGES = frozenset({"PhysicalMaster", "Dissemination"})
_USAGE = re.compile(
    r"(BinaryMaster|Dissemination|Thumbnail|TextContent|PhysicalMaster)(?:_(\d{1,9}))?"
)
MAX_CYCLE_SHOWN = 20


def usage_of(entry: ObjectEntry) -> tuple[str, int]:
    """Return usage and version of an object, the defaults when it declares none.

    Raises ``ValueError`` when what it declares is not allowed.
    """
    return read_usage(entry.version, is_binary=entry.is_binary)


def read_usage(version: str, *, is_binary: bool) -> tuple[str, int]:
    """Read a DataObjectVersion (``BinaryMaster_2``); the default usage when it is empty."""
    if not version:
        return ("BinaryMaster" if is_binary else "PhysicalMaster"), 1
    match = _USAGE.fullmatch(version)
    if not match:
        raise ValueError(version)
    return match[1], int(match[2] or 1)


def check_no_object(index: PackageIndex) -> Iterator[Problem]:
    """A tree or a plan holds no object."""
    for entry in index.objects:
        yield _at(entry, f"{NO_OBJECT}.KO", "object_forbidden")


def check_versions(index: PackageIndex) -> Iterator[Problem]:
    """Usages and versions are of the list, binary for a file, physical for a physical object."""
    for entry in index.objects:
        if entry.algorithm and normalise_algorithm(entry.algorithm) is None:
            yield _at(entry, f"{VERSION}.INVALIDE_ALGO.KO", "unknown_algorithm", entry.algorithm)
        if not entry.version:
            continue
        try:
            usage, _number = usage_of(entry)
        except ValueError:
            yield _at(
                entry,
                f"{VERSION}.INVALID_DATAOBJECTVERSION.KO",
                "unknown_usage",
                entry.version,
                ", ".join(sorted(BINARY_USAGES if entry.is_binary else PHYSICAL_USAGES)),
            )
            continue
        if entry.is_binary and usage not in BINARY_USAGES:
            yield _at(
                entry,
                f"{VERSION}.BDO_DATAOBJECTIONVERSION_PHYSICALMASTER.KO",
                "physical_usage_on_file",
                entry.version,
            )
        elif not entry.is_binary and usage not in PHYSICAL_USAGES:
            yield _at(
                entry,
                f"{VERSION}.PDO_DATAOBJECTIONVERSION_BINARYMASTER.KO",
                "binary_usage_on_physical",
                entry.version,
            )
        elif entry.is_binary and not entry.uri.strip():
            yield _at(entry, f"{VERSION}.EMPTY_REQUIRED_FIELD.KO", "empty_uri")
        elif not entry.is_binary and not entry.physical_id.strip():
            yield _at(entry, f"{VERSION}.EMPTY_REQUIRED_FIELD.KO", "empty_physical_id")


def resolve_uri(uri: str, files: Collection[str]) -> str | None:
    """Return the file of the package that a Uri names: as written, else percent-decoded."""
    uri = uri.strip().removeprefix("./")
    if uri in files:
        return uri
    decoded = unquote(uri)
    return decoded if decoded in files else None


def check_object_number(index: PackageIndex, files: Collection[str]) -> list[Problem]:
    """Files declared and files present are the same, both ways; each difference is listed."""
    declared: dict[str, ObjectEntry] = {}
    missing: list[ObjectEntry] = []
    repeated: list[ObjectEntry] = []
    for entry in index.objects:
        if not entry.is_binary:
            continue
        if entry.uri in declared:
            repeated.append(entry)
            continue
        declared[entry.uri] = entry
    found = set()
    for uri, entry in declared.items():
        file = resolve_uri(uri, files)
        if file is None:
            missing.append(entry)
        else:
            found.add(file)
    extra = [name for name in files if name not in found]
    if len(declared) > len(files):
        code = f"{NUMBER}.MANIFEST_SUPERIOR_BDO.KO"
    elif len(declared) < len(files):
        code = f"{NUMBER}.MANIFEST_INFERIOR_BDO.KO"
    else:
        code = f"{NUMBER}.INVALID_URI.KO"
    problems = [_at(entry, code, "file_missing", entry.uri) for entry in missing]
    problems += [
        Problem(code, reason="file_not_declared", place=Place(file=name), seen=name)
        for name in extra
    ]
    problems += [
        _at(entry, f"{NUMBER}.INVALID_URI.KO", "uri_declared_twice", entry.uri)
        for entry in repeated
    ]
    return problems


def check_references(index: PackageIndex) -> Iterator[Problem]:
    """Units refer to one group that exists; links join units that exist."""
    for parent, child, line in index.links:
        for end in (parent, child):
            if end not in index.number_of:
                yield Problem(
                    f"{MANIFEST}.KO",
                    reason="unknown_unit",
                    place=Place(line=line, element="ArchiveUnitRefId", identifier=end),
                    seen=end,
                )
    for number, target in index.custodial_files:
        if target not in index.object_number and target not in index.groups:
            yield Problem(
                f"{MANIFEST}.KO",
                reason="unknown_object",
                place=Place(
                    line=index.unit_lines[number],
                    element="CustodialHistory/CustodialHistoryFile",
                    identifier=index.unit_ids[number],
                ),
                seen=target,
            )
    grouped = {index.objects[one].id: group for group, ones in index.groups.items() for one in ones}
    for number, references in index.references.items():
        place = Place(
            line=index.unit_lines[number],
            element="DataObjectReference",
            identifier=index.unit_ids[number],
        )
        targets = set()
        for is_group, target in references:
            if is_group and target in index.groups:
                targets.add(target)
            elif is_group:
                # A group id that is the id of a lone object: its automatic group has that id.
                if target in index.object_number and target not in grouped:
                    targets.add(target)
                else:
                    yield Problem(
                        f"{MANIFEST}.KO", reason="unknown_group", place=place, seen=target
                    )
            elif target not in index.object_number:
                yield Problem(f"{MANIFEST}.KO", reason="unknown_object", place=place, seen=target)
            elif target in grouped:
                yield Problem(
                    f"{MANIFEST}.EXISTING_OG_NOT_DECLARED.KO",
                    reason="object_belongs_to_group",
                    place=place,
                    seen=target,
                    expected=grouped[target],
                )
            else:
                targets.add(target)
        if len(targets) + (number in index.existing_groups) > 1:
            yield Problem(
                f"{MANIFEST}.ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP.KO",
                reason="several_groups",
                place=place,
                seen=", ".join(sorted(targets)),
            )


def check_group_versions(
    index: PackageIndex, *, master_mandatory: bool, joining: Collection[str]
) -> Iterator[Problem]:
    """Within a group: one object per usage and version, the first version of each master, a master.

    ``joining`` are groups whose objects go to an existing group: masters are not asked of them.
    """
    for group, numbers in index.groups.items():
        entries = [index.objects[number] for number in numbers]
        place = Place(
            line=index.group_lines.get(group), element="DataObjectGroup", identifier=group
        )
        try:
            versions = Counter(usage_of(entry) for entry in entries)
        except ValueError:
            continue
        for (usage, number), count in versions.items():
            if count > 1:
                yield Problem(
                    f"{MANIFEST}.TOO_MANY_VERSION_BY_USAGE.KO",
                    reason="usage_version_twice",
                    place=place,
                    seen=f"{usage}_{number}",
                )
        if group in joining:
            continue
        yield from _check_masters(versions, place, group, master_mandatory)


def _check_masters(
    versions: Collection[tuple[str, int]], place: Place, group: str, master_mandatory: bool
) -> Iterator[Problem]:
    usages = {usage for usage, _number in versions}
    for master in ("BinaryMaster", "PhysicalMaster"):
        if master in usages and (master, 1) not in versions:
            yield Problem(
                f"{MANIFEST}.EXPECTED_MANDATORY_VERSION_1.KO",
                reason="first_version_missing",
                place=place,
                expected=f"{master}_1",
            )
    if master_mandatory and not usages & {"BinaryMaster", "PhysicalMaster"}:
        yield Problem(
            f"{MANIFEST}.MASTER_MANDATORY_REQUIRED.KO",
            reason="master_missing",
            place=place,
            seen=group,
        )


def check_cycle(cycle: list[str], index: PackageIndex) -> list[Problem]:
    """A unit is not its own ancestor; the cycle is listed when it is short enough to read.

    ``cycle`` goes from parent to child. It is told as the reference system does: from the unit
    declared last up to its parents, and back to itself.
    """
    if not cycle:
        return []
    upwards = cycle[::-1]
    start = max(range(len(upwards)), key=lambda one: index.number_of[upwards[one]])
    told = [*upwards[start:], *upwards[:start], upwards[start]]
    shown = ", ".join(told) if len(cycle) <= MAX_CYCLE_SHOWN else f"{len(cycle)} unités"
    first = cycle[0]
    return [
        Problem(
            f"{MANIFEST}.CHECK_MANIFEST_LOOP.KO",
            reason="cycle",
            place=Place(
                line=index.unit_lines[index.number_of[first]],
                element="ArchiveUnit",
                identifier=first,
            ),
            seen=shown,
            arguments={"evDetTechData": f"Cycle : [{shown}]"},
        )
    ]


def check_orphans(index: PackageIndex) -> Iterator[Problem]:
    """Every group (declared, or made for a lone object) is referred to by a unit."""
    used = {target for references in index.references.values() for _is_group, target in references}
    lone = {entry.id for entry in index.objects if not entry.group}
    for group in (*index.groups, *sorted(lone, key=index.object_number.__getitem__)):
        if group not in used:
            line = index.group_lines.get(group)
            if line is None and group in index.object_number:
                line = index.objects[index.object_number[group]].line
            yield Problem(
                f"{CONSISTENCY}.CHECK_CONSISTENCY_ORPHAN_OBJECT.KO",
                reason="orphan_group",
                place=Place(line=line, element="DataObjectGroup", identifier=group),
                seen=group,
            )


def check_malformed(index: PackageIndex) -> Iterator[Problem]:
    """Events of an outside journal carry a date, and none in the future."""
    for identifier, line, seen in index.bad_events:
        yield Problem(
            f"{MANIFEST}.CHECK_MANIFEST_MALFORMED_DATA.KO",
            reason="event_date",
            place=Place(line=line, element="LogBook/Event/EventDateTime", identifier=identifier),
            seen=seen,
        )


def _at(entry: ObjectEntry, code: str, reason: str, seen: str = "", expected: str = "") -> Problem:
    element = "BinaryDataObject" if entry.is_binary else "PhysicalDataObject"
    return Problem(
        code,
        reason=reason,
        place=Place(file=entry.uri, line=entry.line, element=element, identifier=entry.id),
        seen=seen,
        expected=expected,
    )
