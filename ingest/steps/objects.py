"""STP_OG_CHECK_AND_TRANSFORME: each file is what the manifest says: digest, size, format.

KO means: a file changed after its digest was computed, or its format is not accepted by the
contract. Physical objects have no file and are passed over. Every faulty object is listed.
Source: reference system §1.5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from ingest import formats
from ingest.control.data_object_package import resolve_uri
from ingest.control.spool import OBJECTS, OBJECTS_READY, load_contract
from ingest.steps.units import further_faults_of_units
from ingest.steps.upload import ENTRIES
from ingest.workflow.context import StepContext
from ingest.workflow.report import ActionReport, StepReport
from ingest.workspace import Workspace
from sae.holdings.unit_schema import dangerous_text
from sae.kernel.digests import new_hash, normalise_algorithm
from sae.kernel.outcomes import Outcome, worst
from sae.kernel.problems import Place, Problem
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import FormatView, IngestContractView, known_formats

CODE = "STP_OG_CHECK_AND_TRANSFORME"
DIGEST = "CHECK_DIGEST"
SIZE = "CHECK_OBJECT_SIZE"
FORMAT = "OG_OBJECTS_FORMAT_CHECK"
SCHEMA = "CHECK_OBJECT_GROUP_SCHEMA"
BATCH = 1000
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FormatPolicy:
    """What the ingest contract accepts."""

    every_format: bool
    accepted: frozenset[str]
    unidentified: bool


def run(context: StepContext) -> StepReport:
    """Check every object, batch by batch, and write what the next steps store."""
    report = StepReport()
    workspace = context.workspace
    actions = {action.code: ActionReport(action.code) for action in context.step.actions}
    report.actions = list(actions.values())
    contract = load_contract(workspace)
    policy = FormatPolicy(
        every_format=contract["every_format_type"],
        accepted=frozenset(contract["format_types"]),
        unidentified=contract["format_unidentified_authorized"],
    )
    control = _Control(context, report, actions, policy, _files(workspace))
    done = 0
    with workspace.writing(OBJECTS_READY) as stream:
        lines = workspace.read_lines(OBJECTS)
        while batch := list(islice(lines, BATCH)):
            for entry in control.check(batch):
                stream.write(orjson.dumps(entry))
                stream.write(b"\n")
            done += len(batch)
            context.progress(done, context.deposit.object_count)
    if not done:
        # The reference's « OBJECTS_LIST_EMPTY »: a deposit without any object is worth a look.
        for action in actions.values():
            action.outcome = worst([action.outcome, Outcome.WARNING])
            action.counts = {"OBJECTS_LIST_EMPTY": 1}
        empty = f"{CODE}.OBJECTS_LIST_EMPTY.WARNING"
        report.problems.append(Problem(empty, outcome=Outcome.WARNING, reason="no_object"))
    if report.failed:
        report.further = further_faults_of_units(context, report.problems)
    return report


def faults_of_objects(
    context: StepContext,
    entries: Iterable[dict[str, Any]],
    contract: IngestContractView | None,
) -> list[Problem]:
    """Return what this step would find, of the objects whose file is there.

    ``entries`` as the spool of objects holds them; without a contract, formats are not judged.
    """
    step = next((one for one in context.workflow.steps if one.code == CODE), None)
    if step is None:
        return []
    report = StepReport()
    actions = {action.code: ActionReport(action.code) for action in step.actions}
    policy = None
    if contract is not None:
        policy = FormatPolicy(
            every_format=contract.every_format_type,
            accepted=frozenset(contract.format_types),
            unidentified=contract.format_unidentified_authorized,
        )
    files = _files(context.workspace)
    control = _Control(context, report, actions, policy, files)
    readable = (
        entry
        for entry in entries
        if not entry["binary"]
        or (
            resolve_uri(entry["uri"], files)
            and (not entry["algorithm"] or normalise_algorithm(entry["algorithm"]))
        )
    )
    while batch := list(islice(readable, BATCH)):
        for _checked in control.check(batch):
            pass
        context.progress(0, 0)
    return report.problems


def _files(workspace: Workspace) -> dict[str, tuple[Path, int, str]]:
    """Return where each file of the package is, its size and its SHA-512."""
    return {
        name: (workspace.unpacked / stored_as, size, sha512)
        for name, stored_as, size, sha512 in workspace.read_json(ENTRIES)["files"]
    }


class _Control:
    """Checks objects by batches, in the order of the actions."""

    def __init__(
        self,
        context: StepContext,
        report: StepReport,
        actions: Mapping[str, ActionReport],
        policy: FormatPolicy | None,
        files: Mapping[str, tuple[Path, int, str]],
    ) -> None:
        self.context = context
        self.report = report
        self.actions = actions
        self.policy = policy
        self.files = files
        self.known: dict[str, FormatView | None] = {}

    def check(self, batch: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield each object of the batch, completed with what was found of its file."""
        checked = []
        for entry in batch:
            if entry["binary"]:
                # The control step has found the file of every Uri.
                path, size, sha512 = self.files[resolve_uri(entry["uri"], self.files) or ""]
                entry["path"] = str(path)
                entry["events"] = {}
                if self._digest(entry, path, sha512):
                    self._size(entry, size)
                    checked.append((entry, path))
        if self.policy is not None:
            self._formats(checked, self.policy)
        for entry in batch:
            self._schema(entry)
            yield entry

    def _fault(self, code: str, problems: list[Problem]) -> bool:
        return self.report.fault(self.actions[code], problems)

    def _ok(self, code: str) -> None:
        counts = self.actions[code].counts
        counts["OK"] = counts.get("OK", 0) + 1

    def _digest(self, entry: dict[str, Any], path: Path, sha512: str) -> bool:
        """Compare with the declared algorithm; SHA-512 is kept whatever was declared."""
        algorithm, declared = entry["algorithm"], entry["digest"].strip()
        entry["sha512"] = sha512
        if not declared and not algorithm:
            # SEDA 1.0 lets a document have no digest; SEDA 2 does not.
            entry["warning"] = True
            absent = _at(entry, f"{DIGEST}.WARNING", "digest_absent", outcome=Outcome.WARNING)
            self._fault(DIGEST, [absent])
            return True
        if not declared:
            self._fault(DIGEST, [_at(entry, f"{DIGEST}.KO", "digest_empty")])
            return False
        computed = sha512 if algorithm == "SHA-512" else _digest_of(path, algorithm)
        # Some producers write hexadecimal in capitals: same digest.
        if computed != declared.lower():
            problem = _at(entry, f"{DIGEST}.KO", "digest_invalid", computed, declared)
            self._fault(DIGEST, [problem])
            return False
        if algorithm != "SHA-512":
            entry["events"]["CHECK_DIGEST"] = {
                "MessageDigest": declared,
                "Algorithm": algorithm,
                "SystemMessageDigest": sha512,
                "SystemAlgorithm": "SHA-512",
            }
        self._ok(DIGEST)
        return True

    def _size(self, entry: dict[str, Any], size: int) -> None:
        declared, entry["size"] = entry["size"], size
        if declared == size:
            if SIZE in self.actions:
                self._ok(SIZE)
            return
        difference = {"- Size": declared, "+ Size": size}
        entry["events"]["CHECK_OBJECT_SIZE"] = {"diff": difference}
        if SIZE not in self.actions or not declared:
            return
        entry["warning"] = True
        self._fault(
            SIZE,
            [
                _at(
                    entry,
                    f"{SIZE}.WARNING",
                    "size_differs",
                    str(declared),
                    str(size),
                    outcome=Outcome.WARNING,
                )
            ],
        )

    def _formats(self, checked: list[tuple[dict[str, Any], Path]], policy: FormatPolicy) -> None:
        identified = [found for _path, found in formats.identify(path for _entry, path in checked)]
        wanted = {found.puid for found in identified if found.puid} - self.known.keys()
        if wanted:
            with tenant_scope(self.context.tenant.id):
                views = known_formats(wanted)
            self.known.update({puid: views.get(puid) for puid in wanted})
        for (entry, _path), found in zip(checked, identified, strict=True):
            self._format(entry, found, policy)

    def _format(self, entry: dict[str, Any], found: formats.Format, policy: FormatPolicy) -> None:
        """Decide by the reference's table; the declared and the identified format both count."""
        asked = {entry["format_id"], found.puid or entry["format_id"]}
        if not policy.every_format and not asked <= policy.accepted:
            refused = sorted(asked - policy.accepted)
            self._refuse(entry, policy, "REJECTED_FORMAT", "format_rejected", ", ".join(refused))
        elif not found.puid:
            self._unidentified(entry, policy)
        elif self.known.get(found.puid) is None:
            self._refuse(entry, policy, "UNCHARTED", "format_uncharted", found.puid)
        else:
            self._identified(entry, found)

    def _refuse(
        self, entry: dict[str, Any], policy: FormatPolicy, sub_code: str, reason: str, seen: str
    ) -> None:
        expected = ", ".join(sorted(policy.accepted)[:20])
        self._fault(FORMAT, [_at(entry, f"{FORMAT}.{sub_code}.KO", reason, seen, expected)])

    def _unidentified(self, entry: dict[str, Any], policy: FormatPolicy) -> None:
        if not (policy.unidentified and policy.every_format):
            self._refuse(entry, policy, "UNKNOWN", "format_unknown", entry["format_id"])
            return
        entry["events"]["OG_OBJECTS_FORMAT_CHECK"] = {
            "diff": {"- PUID": entry["format_id"], "+ PUID": "unknown"}
        }
        entry["warning"] = True
        entry["format_id"] = "unknown"
        problem = _at(
            entry, f"{FORMAT}.UNKNOWN.WARNING", "format_unknown_kept", outcome=Outcome.WARNING
        )
        self._fault(FORMAT, [problem])

    def _identified(self, entry: dict[str, Any], found: formats.Format) -> None:
        difference: dict[str, str] = {}
        declared = entry["format_id"]
        for key, field, value in (
            ("format_id", "PUID", found.puid),
            ("format_litteral", "FormatLitteral", found.name),
            ("mime_type", "MimeType", found.mime_type),
        ):
            if value and entry[key] != value:
                difference |= {f"- {field}": entry[key], f"+ {field}": value}
                entry[key] = value
        if difference:
            entry["events"]["OG_OBJECTS_FORMAT_CHECK"] = {"diff": difference}
        if declared and declared != found.puid:
            entry["warning"] = True
            self._fault(
                FORMAT,
                [
                    _at(
                        entry,
                        f"{FORMAT}.UPDATED_FORMAT.WARNING",
                        "format_updated",
                        declared,
                        found.puid,
                        outcome=Outcome.WARNING,
                    )
                ],
            )
        else:
            self._ok(FORMAT)

    def _schema(self, entry: dict[str, Any]) -> None:
        found = dangerous_text(entry["metadata"]) or dangerous_text(entry["filename"])
        if found:
            problem = _at(entry, f"{SCHEMA}.OBJECT_GROUP_SANITIZE.KO", "dangerous_text", found)
            self._fault(SCHEMA, [problem])
        else:
            self._ok(SCHEMA)


def _digest_of(path: Path, algorithm: str) -> str:
    hasher = new_hash(algorithm)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def _at(
    entry: dict[str, Any],
    code: str,
    reason: str,
    seen: str = "",
    expected: str = "",
    *,
    outcome: Outcome = Outcome.KO,
) -> Problem:
    return Problem(
        code,
        outcome=outcome,
        reason=reason,
        place=Place(
            file=entry.get("uri", ""),
            line=entry["line"],
            element="BinaryDataObject" if entry["binary"] else "PhysicalDataObject",
            identifier=entry["id"],
        ),
        seen=seen,
        expected=expected,
    )
