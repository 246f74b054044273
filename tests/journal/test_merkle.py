import tracemalloc

import pytest

from sae.journal.merkle import (
    MerklePath,
    MerkleTree,
    encode_root,
    merkle_path,
    merkle_root,
    verify_path,
)

GOLDEN = {
    "a": "H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MChgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ==",
    "ab": "pA+2JHv5qiIzSOuMmdzqnRmGlLgFroW8v9X/0z+O9CwH3UlG/6aGVP0ZAm7icj1+"
    "yyhowxNM6WCYEVayEg72LA==",
    "abc": "QC71vcS+qHQfQEr9kfpQ6Ud0O5myI2GacxkhrzY+jYAch4TFMIgH5nueosyQLLlM"
    "1fwGPU4Cah+o+RhWQYbj2w==",
    "abcde": "/K+VzeDzy0GafqAA5/eWK34pQ2f6rz+KpQAQfN5YaGr6ihRGbb1i+0y6dXb7+df8"
    "YXBBmT1ZsC1msgUgVUJ57Q==",
}


def lines(count):
    return [b"line %d" % number for number in range(count)]


@pytest.mark.parametrize("letters", GOLDEN)
def test_roots_are_those_the_reference_system_publishes(letters):
    assert encode_root(merkle_root([letter.encode() for letter in letters])) == GOLDEN[letters]


def test_every_leaf_of_small_trees_is_proved_by_its_path():
    for count in range(1, 35):
        root = merkle_root(lines(count))
        for index, line in enumerate(lines(count)):
            assert verify_path(line, merkle_path(lines(count), index), root)


def test_a_path_proves_neither_another_line_nor_another_place_nor_another_number():
    root = merkle_root(lines(11))
    path = merkle_path(lines(11), 4)
    assert not verify_path(b"line 5", path, root)
    assert not verify_path(b"line 4", MerklePath(5, 11, path.siblings), root)
    assert not verify_path(b"line 4", MerklePath(4, 200, path.siblings), root)
    assert not verify_path(b"line 4", MerklePath(4, 4, path.siblings), root)


def test_an_inner_node_does_not_pass_for_a_leaf():
    four = lines(4)
    root = merkle_root(four)
    whole = merkle_path(four, 0)
    left = merkle_root(four[:2])
    assert not verify_path(left, MerklePath(0, 2, whole.siblings[1:]), root)


def test_a_tree_taken_up_again_has_the_same_root():
    for count in range(20):
        tree = MerkleTree()
        tree.add_lines(lines(count))
        again = MerkleTree.resume(tree.count, tree.frontier)
        again.add_lines(lines(25)[count:])
        assert again.root() == merkle_root(lines(25))


def test_a_frontier_of_another_tree_is_refused():
    with pytest.raises(ValueError, match="frontier"):
        MerkleTree.resume(3, bytes(64))


def test_a_tree_without_leaf_has_no_root():
    with pytest.raises(ValueError, match="without leaf"):
        MerkleTree().root()


@pytest.mark.slow
def test_memory_is_flat_for_a_million_leaves_and_the_path_of_one():
    tracemalloc.start()
    try:
        path = merkle_path((b"line %d" % number for number in range(1_000_000)), 654_321)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(path.siblings) == 20
    assert peak < 1_000_000
