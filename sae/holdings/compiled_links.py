"""Links between units by number, compressed in arrays: children, parents, order, depths."""

from __future__ import annotations  # array[int] needs Python 3.12 at run time

from array import array
from collections.abc import Iterator


class CompiledLinks:
    """Links as compressed rows: children by parent, parents by child; order and depths."""

    def __init__(
        self,
        size: int,
        edge_parents: array[int],
        edge_children: array[int],
        base_depths: dict[int, int],
    ) -> None:
        self.size = size
        self.starts, self.children = _rows(size, edge_parents, edge_children)
        # From the rows without duplicates.
        self.parent_count = array("i", bytes(4 * size))
        for child in self.children:
            self.parent_count[child] += 1
        self._multiple = self._parents_of_shared_units()
        self._single = array("i", [-1]) * size
        self.pending = array("i", self.parent_count)
        self.depths = array("i", [1]) * size
        for index, depth in base_depths.items():
            self.depths[index] = depth
        self.order = self._sort()
        self.deepest = max(self.depths, default=0)
        self.descendants: array[int] | None = None

    def parents_of(self, index: int) -> array[int]:
        count = self.parent_count[index]
        if count == 1:
            return self._single[index : index + 1]
        return self._multiple[index] if count else _NOTHING

    def child_counts(self) -> Iterator[int]:
        starts = self.starts
        return (starts[index + 1] - starts[index] for index in range(self.size))

    def _parents_of_shared_units(self) -> dict[int, array[int]]:
        shared: dict[int, array[int]] = {}
        if self.size and max(self.parent_count, default=0) > 1:
            for parent in range(self.size):
                for child in self.children[self.starts[parent] : self.starts[parent + 1]]:
                    if self.parent_count[child] > 1:
                        shared.setdefault(child, array("i")).append(parent)
        return shared

    def _sort(self) -> array[int]:
        """Kahn's algorithm with a stack: a branch is finished before the next one begins."""
        order = array("i")
        depths, pending, single = self.depths, self.pending, self._single
        stack = [index for index in range(self.size - 1, -1, -1) if not pending[index]]
        while stack:
            index = stack.pop()
            order.append(index)
            next_depth = depths[index] + 1
            for child in reversed(self.children[self.starts[index] : self.starts[index + 1]]):
                single[child] = index
                if depths[child] < next_depth:
                    depths[child] = next_depth
                pending[child] -= 1
                if not pending[child]:
                    stack.append(child)
        return order

    def count_descendants(self) -> array[int]:
        counts = array("i", bytes(4 * self.size))
        if not self._multiple:
            for index in reversed(self.order):
                if self.parent_count[index]:
                    counts[self._single[index]] += counts[index] + 1
            return counts
        # A unit reached by two paths counts once: go by sets of ancestors, shared by siblings.
        above: dict[int, tuple[int, ...]] = {}
        weights: dict[tuple[int, ...], int] = {}
        waiting = array("i", self.child_counts())
        for index in self.order:
            parents = self.parents_of(index)
            if len(parents) == 1:
                ancestors = above[parents[0]]
            else:
                ancestors = tuple(dict.fromkeys(one for each in parents for one in above[each]))
            weights[ancestors] = weights.get(ancestors, 0) + 1
            for parent in parents:
                waiting[parent] -= 1
                if not waiting[parent]:
                    _flush(above.pop(parent), weights, counts)
            if waiting[index]:
                above[index] = (*ancestors, index)
        for ancestors in list(weights):
            _flush(ancestors, weights, counts)
        return counts


_NOTHING = array("i")


def _flush(
    ancestors: tuple[int, ...], weights: dict[tuple[int, ...], int], counts: array[int]
) -> None:
    weight = weights.pop(ancestors, 0)
    if weight:
        for one in ancestors:
            counts[one] += weight


def _rows(size: int, parents: array[int], children: array[int]) -> tuple[array[int], array[int]]:
    """Return ``(starts, children)`` by parent, each link once, in the order of the links."""
    starts = array("i", bytes(4 * (size + 1)))
    for parent in parents:
        starts[parent + 1] += 1
    for index in range(size):
        starts[index + 1] += starts[index]
    room = array("i", starts)
    placed = array("i", bytes(4 * len(children)))
    for parent, child in zip(parents, children, strict=True):
        placed[room[parent]] = child
        room[parent] += 1
    return _without_duplicates(size, starts, placed)


def _without_duplicates(
    size: int, starts: array[int], placed: array[int]
) -> tuple[array[int], array[int]]:
    last_parent = array("i", [-1]) * size
    kept = array("i")
    new_starts = array("i", bytes(4 * (size + 1)))
    for parent in range(size):
        for child in placed[starts[parent] : starts[parent + 1]]:
            if last_parent[child] != parent:
                last_parent[child] = parent
                kept.append(child)
        new_starts[parent + 1] = len(kept)
    return new_starts, kept
