"""Life-cycle entries: written in bulk, summed as they pass in the operation's Merkle tree.

The tree's frontier (one hash per level) stays on the operation's row, so entries may come in
several transactions and the root is known at closing without reading anything back.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from sae.journal.canonical import admissible, canonical, canonical_moment
from sae.journal.merkle import MerklePath, MerkleTree, encode_root, leaf_hash
from sae.journal.models import LifeCycleEntry, Operation
from sae.journal.services import OperationClosedError
from sae.kernel import clock
from sae.kernel.identifiers import new_ids_in_hex
from sae.kernel.outcomes import Outcome
from sae.kernel.readahead import read_ahead
from sae.tenancy.literals import identifiers_literal

_BATCH = 5_000

_INSERT = (
    f"INSERT INTO {LifeCycleEntry._meta.db_table} (tenant_id, id, operation_id, sequence, "  # noqa: S608
    "subject_kind, subject_id, codes, outcome, occurred_at, detail) "
    "SELECT %(tenant)s, one.id, %(operation)s, %(first)s + one.rank - 1, told.kind, one.subject, "
    "told.codes, told.outcome, told.occurred_at, told.detail "
    "FROM unnest(%(ids)s::uuid[], %(subjects)s::uuid[], %(numbers)s::integer[]) "
    "WITH ORDINALITY AS one (id, subject, number, rank) JOIN jsonb_to_recordset(%(told)s::jsonb) "
    "AS told (number integer, kind text, codes text[], outcome text, occurred_at timestamptz, "
    "detail jsonb) USING (number)"
)


@dataclass(slots=True)
class LifeCycleDraft:
    """What an operation did to one unit or object group.

    ``codes``: the ``LFC.…`` events passed, in order. ``detail``: ``outcomes`` for the codes that
    were not OK, ``differences``, outside logbook events; no float.
    """

    subject_kind: str
    subject_id: uuid.UUID
    codes: Sequence[str]
    outcome: Outcome = Outcome.OK
    detail: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class LifeCycleSum:
    """How many entries the operation has by now, and their Merkle root in base64 ('' for none)."""

    count: int
    root: str


def leaf_line(
    *,
    operation_id: uuid.UUID,
    sequence: int,
    subject_kind: str,
    subject_id: uuid.UUID,
    codes: Sequence[str],
    outcome: str,
    occurred_at: str,
    detail: Any,
) -> bytes:
    """Return the canonical line of an entry, the leaf before hashing."""
    return canonical(
        {
            "codes": codes,
            "detail": detail,
            "occurred_at": occurred_at,
            "operation": str(operation_id),
            "outcome": outcome,
            "sequence": sequence,
            "subject": str(subject_id),
            "subject_kind": subject_kind,
        }
    )


def entry_line(entry: LifeCycleEntry) -> bytes:
    """Return the canonical line of an entry read from the table."""
    return leaf_line(
        operation_id=entry.operation_id,
        sequence=entry.sequence,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        codes=entry.codes,
        outcome=entry.outcome,
        occurred_at=canonical_moment(entry.occurred_at),
        detail=entry.detail,
    )


def write_life_cycle(drafts: Iterable[LifeCycleDraft], *, operation: Operation) -> LifeCycleSum:
    """Write entries in the caller's transaction, in flat memory.

    ``drafts`` is consumed in a thread of its own: it must not ask the database for anything.
    Raises ``OperationClosedError`` when the operation is over. The operation's row stays locked
    until the transaction ends.
    """
    tree = _resumed(operation)
    for batch in read_ahead(_encoded(drafts, operation, tree)):
        _insert(batch, operation)
    return _sum_up(operation, tree)


class ComingLifeCycle:
    """Entries that a thread prepares while the caller writes what they tell; then ``write``.

    For one batch, which is held in memory. The operation's row is locked from now on, as by
    ``write_life_cycle``, under the same conditions.
    """

    def __init__(
        self, drafts: Iterable[LifeCycleDraft], *, operation: Operation, thread: Executor
    ) -> None:
        self._operation = operation
        self._tree = _resumed(operation)
        encoded = _encoded(drafts, operation, self._tree)
        self._batches = thread.submit(lambda: list(encoded))

    def write(self) -> LifeCycleSum:
        """Write the entries in the transaction that locked the operation."""
        for batch in self._batches.result():
            _insert(batch, self._operation)
        return _sum_up(self._operation, self._tree)


def _resumed(operation: Operation) -> MerkleTree:
    """Lock the operation; return its tree as it stands."""
    fresh = Operation.objects.select_for_update(of=("self",)).get(id=operation.id)
    if fresh.state == Operation.State.COMPLETED:
        raise OperationClosedError(str(operation))
    return MerkleTree.resume(fresh.life_cycle_count, bytes(fresh.life_cycle_frontier))


def _sum_up(operation: Operation, tree: MerkleTree) -> LifeCycleSum:
    operation.life_cycle_count, operation.life_cycle_frontier = tree.count, tree.frontier
    operation.save(update_fields=["life_cycle_count", "life_cycle_frontier"])
    return LifeCycleSum(tree.count, encode_root(tree.root()) if tree.count else "")


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries on their way: array literals, and once each what several of them tell.

    ``numbers`` says which of ``told`` each entry tells; sequences follow each other from ``first``.
    """

    first: int
    ids: str
    subjects: str
    numbers: str
    told: str


def _insert(batch: _Batch, operation: Operation) -> None:
    """Write a batch by one statement: a fifth less than by COPY, which row-level security forbids
    into the table itself; and what entries share is read once."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "tenant": operation.tenant_id,
                "operation": operation.id,
                "first": batch.first,
                "ids": batch.ids,
                "subjects": batch.subjects,
                "numbers": batch.numbers,
                "told": batch.told,
            },
        )


def _encoded(
    drafts: Iterable[LifeCycleDraft], operation: Operation, tree: MerkleTree
) -> Iterator[_Batch]:
    """Yield the entries by batches; each entry becomes a leaf of the tree."""
    stream = iter(drafts)
    moment = canonical_moment(clock.now())
    while batch := list(itertools.islice(stream, _BATCH)):
        yield _encode(batch, operation, tree, moment)


def _encode(
    drafts: Sequence[LifeCycleDraft], operation: Operation, tree: MerkleTree, moment: str
) -> _Batch:
    detail: Mapping[str, Any] = {}
    written = b"{}"
    told: _Told | None = None
    every: list[_Told] = []
    numbers: list[str] = []
    leaves: list[bytes] = []
    for sequence, draft in enumerate(drafts, tree.count):
        occurred_at = canonical_moment(draft.occurred_at) if draft.occurred_at else moment
        if draft.detail is not detail:
            # Drafts that share one detail have it written once.
            detail = draft.detail
            written = canonical(admissible(detail)) if detail else b"{}"
        if told is None or not told.is_of(draft, occurred_at, written):
            told = _Told(draft, occurred_at, written, operation.id, number=len(every))
            every.append(told)
        leaves.append(leaf_hash(told.line(sequence, draft.subject_id)))
        numbers.append(told.number)
    batch = _Batch(
        first=tree.count,
        ids=f"{{{','.join(new_ids_in_hex(len(drafts)))}}}",
        subjects=identifiers_literal([draft.subject_id for draft in drafts]),
        numbers=f"{{{','.join(numbers)}}}",
        told=orjson.dumps([one.shared for one in every]).decode(),
    )
    tree.add_leaves(leaves)
    return batch


class _Told:
    """What entries that tell the same have in common, in their lines and in their rows."""

    __slots__ = ("_head", "_of", "_tail", "number", "shared")

    def __init__(
        self,
        draft: LifeCycleDraft,
        occurred_at: str,
        written: bytes,
        operation_id: uuid.UUID,
        *,
        number: int,
    ) -> None:
        self._of = (draft.codes, draft.outcome, draft.subject_kind, occurred_at, written)
        self.number = str(number)
        kind, outcome = str(draft.subject_kind), draft.outcome.name
        self.shared = {
            "number": number,
            "kind": kind,
            "codes": [str(code) for code in draft.codes],
            "outcome": outcome,
            "occurred_at": occurred_at,
            "detail": orjson.Fragment(written),
        }
        line = leaf_line(
            operation_id=operation_id,
            sequence=0,
            subject_kind=kind,
            subject_id=_NOBODY,
            codes=draft.codes,
            outcome=outcome,
            occurred_at=occurred_at,
            detail=orjson.Fragment(written),
        )
        # Fields are in alphabetical order: what varies comes last but one.
        varies = f'"sequence":0,"subject":"{_NOBODY}"'.encode()
        self._head, _varies, self._tail = line.rpartition(varies)

    def is_of(self, draft: LifeCycleDraft, occurred_at: str, written: bytes) -> bool:
        return self._of == (
            draft.codes, draft.outcome, draft.subject_kind, occurred_at, written
        )  # fmt: skip

    def line(self, sequence: int, subject_id: uuid.UUID) -> bytes:
        """Return the canonical line of an entry, as ``leaf_line`` writes it."""
        varies = f'"sequence":{sequence},"subject":"{subject_id}"'.encode()
        return self._head + varies + self._tail


_NOBODY = uuid.UUID(int=0)


def operation_lines(operation_id: uuid.UUID) -> Iterator[bytes]:
    """Yield the lines of an operation's entries in order, read through a server-side cursor."""
    entries = LifeCycleEntry.objects.filter(operation_id=operation_id).order_by("sequence")
    for entry in entries.iterator(chunk_size=5000):
        yield entry_line(entry)


def life_cycle_path(entry: LifeCycleEntry) -> tuple[MerklePath, bytes]:
    """Return the Merkle path of one entry and the root of its operation, in one pass."""
    tree = MerkleTree(track=entry.sequence)
    tree.add_lines(operation_lines(entry.operation_id))
    return tree.path(), tree.root()
