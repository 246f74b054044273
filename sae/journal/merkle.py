"""Merkle trees over journal lines, in flat memory (the tree of the peers' traceability files).

Rule of the tree, as observed on the reference system's published values: a leaf is the SHA-512 of
the line; the list of leaves is padded to the next power of two with empty leaves (zero bytes); a
parent is the SHA-512 of its two children put end to end, empty ones included. A tree of one leaf
is that leaf. The number of leaves is part of the proof: it fixes the depth, so that an inner node
cannot be passed off as a leaf.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha512

DIGEST_SIZE = 64


def leaf_hash(line: bytes) -> bytes:
    """Return the leaf of one line."""
    return sha512(line).digest()


def encode_root(root: bytes) -> str:
    """Write a root as journals and seals carry it: base64."""
    return base64.b64encode(root).decode("ascii")


@dataclass(frozen=True, slots=True)
class MerklePath:
    """What proves one leaf: its index from 0, the number of leaves, the siblings from the bottom.

    A sibling made only of padding is kept too (zero bytes at the bottom), so that a verifier needs
    no rule but « hash two by two ».
    """

    index: int
    count: int
    siblings: tuple[bytes, ...]


class MerkleTree:
    """A tree that grows by the right; it holds one hash per level, whatever the leaves.

    ``frontier`` and ``resume`` let a tree go on in a later transaction.
    """

    __slots__ = ("_frontier", "_siblings", "_track", "count")

    def __init__(self, *, track: int | None = None) -> None:
        self.count = 0
        self._frontier: list[bytes] = []
        self._track = track
        self._siblings: list[bytes] = []

    @classmethod
    def resume(cls, count: int, frontier: bytes) -> "MerkleTree":
        """Go on from ``count`` leaves and the ``frontier`` that such a tree gave."""
        if len(frontier) != count.bit_count() * DIGEST_SIZE:
            raise ValueError("this frontier is not that of so many leaves")
        tree = cls()
        tree.count = count
        tree._frontier = [
            frontier[at : at + DIGEST_SIZE] for at in range(0, len(frontier), DIGEST_SIZE)
        ]
        return tree

    @property
    def frontier(self) -> bytes:
        """The roots of the full subtrees from left to right, end to end (64 bytes each)."""
        return b"".join(self._frontier)

    def add(self, line: bytes) -> None:
        """Add one line."""
        self.add_leaves((sha512(line).digest(),))

    def add_lines(self, lines: Iterable[bytes]) -> None:
        """Add lines in order."""
        self.add_leaves(sha512(line).digest() for line in lines)

    def add_leaves(self, leaves: Iterable[bytes]) -> None:
        """Add leaves that are already hashed, in order."""
        frontier, count = self._frontier, self.count
        track = -1 if self._track is None else self._track
        for node in leaves:
            height = count
            level = 0
            while height & 1:
                left = frontier.pop()
                if track >= 0:
                    self._note_sibling(level, height, left, node)
                node = sha512(left + node).digest()
                height >>= 1
                level += 1
            frontier.append(node)
            count += 1
        self.count = count

    def _note_sibling(self, level: int, height: int, left: bytes, right: bytes) -> None:
        """Keep the node beside the tracked one when two nodes of ``level`` are joined."""
        position = self._track >> level if self._track is not None else -1
        if position == height:
            self._siblings.append(left)
        elif position == height - 1:
            self._siblings.append(right)

    def root(self) -> bytes:
        """Return the root; raise ``ValueError`` for a tree without leaf."""
        return self._close()[0]

    def path(self) -> MerklePath:
        """Return the proof of the leaf named by ``track``; ``ValueError`` when it never came."""
        if self._track is None or not 0 <= self._track < self.count:
            raise ValueError("the tracked leaf is not in this tree")
        return MerklePath(self._track, self.count, tuple(self._close()[1]))

    def _close(self) -> tuple[bytes, list[bytes]]:
        """Pad on the right and return the root with the tracked leaf's siblings."""
        if not self.count:
            raise ValueError("a tree without leaf has no root")
        siblings = list(self._siblings)
        nodes = list(self._frontier)
        levels = [level for level in range(self.count.bit_length()) if self.count >> level & 1]
        # The lowest full subtree is the rightmost; padding joins it until nothing is left beside.
        node, level = nodes.pop(), levels.pop(0)
        height = (self.count - 1).bit_length()
        padding = _padding(height)
        while level < height:
            position = (self.count - 1) >> level
            if position & 1:
                left, right = nodes.pop(), node
            else:
                left, right = node, padding[level]
            if self._track is not None:
                tracked = self._track >> level
                if tracked == position:
                    siblings.append(left if position & 1 else right)
                elif position & 1 and tracked == position - 1:
                    siblings.append(right)
            node = sha512(left + right).digest()
            level += 1
        return node, siblings


def _padding(height: int) -> list[bytes]:
    """Return the root of a subtree of padding for each level under ``height``."""
    roots = [b""]
    for _ in range(1, height):
        roots.append(sha512(roots[-1] + roots[-1]).digest())
    return roots


def merkle_root(lines: Iterable[bytes]) -> bytes:
    """Return the root over ``lines``; raise ``ValueError`` when there is none."""
    tree = MerkleTree()
    tree.add_lines(lines)
    return tree.root()


def merkle_path(lines: Iterable[bytes], index: int) -> MerklePath:
    """Return the proof of line ``index`` (from 0), in one pass and flat memory."""
    tree = MerkleTree(track=index)
    tree.add_lines(lines)
    return tree.path()


def root_from_path(line: bytes, path: MerklePath) -> bytes:
    """Climb from ``line`` to the root that ``path`` leads to."""
    node, position = leaf_hash(line), path.index
    for sibling in path.siblings:
        node = sha512(sibling + node if position & 1 else node + sibling).digest()
        position >>= 1
    return node


def verify_path(line: bytes, path: MerklePath, root: bytes) -> bool:
    """Tell whether ``line`` is leaf ``path.index`` of the tree of ``path.count`` leaves."""
    if not 0 <= path.index < path.count:
        return False
    if len(path.siblings) != (path.count - 1).bit_length():
        return False
    return _sizes_hold(path.siblings) and root_from_path(line, path) == root


def _sizes_hold(siblings: Sequence[bytes]) -> bool:
    """Only the padding of the lowest level is empty: any other length would shift the hashes."""
    return all(
        len(sibling) == DIGEST_SIZE or (not sibling and level == 0)
        for level, sibling in enumerate(siblings)
    )
