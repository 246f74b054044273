"""A package laid over the fonds."""

import time
import uuid

import pytest

from sae.holdings.graph import CycleError, ExistingUnit, Growth, PackageGraph, TooDeepError
from sae.kernel.identifiers import new_id, new_ids


def identifier(index: int) -> uuid.UUID:
    return uuid.UUID(int=index + 1)


def graph_of(size: int, *links: tuple[int, int]) -> PackageGraph:
    graph = PackageGraph()
    graph.add_units(size)
    for parent, child in links:
        graph.link(parent, child)
    return graph


def test_parents_come_first_in_the_order_of_the_manifest() -> None:
    graph = graph_of(6, (5, 0), (0, 1), (0, 2), (5, 3), (3, 4))
    assert [placed.index for placed in graph.arrange(identifier)] == [5, 0, 1, 2, 3, 4]


def test_a_unit_under_two_parents_has_the_ancestors_of_both_once() -> None:
    graph = graph_of(4, (0, 1), (0, 2), (1, 3), (2, 3))
    last = list(graph.arrange(identifier))[-1]
    assert last.index == 3
    assert set(last.parents) == {identifier(1), identifier(2)}
    assert sorted(last.ancestors) == [identifier(0), identifier(1), identifier(2)]
    assert last.depth == 3
    assert graph.descendant_count(0) == 3
    assert [graph.child_count(index) for index in range(4)] == [2, 1, 1, 0]


def test_depth_is_the_longest_path() -> None:
    graph = graph_of(4, (0, 3), (0, 1), (1, 2), (2, 3))
    assert {placed.index: placed.depth for placed in graph.arrange(identifier)}[3] == 4


def test_the_same_link_twice_counts_once() -> None:
    graph = graph_of(2, (0, 1), (0, 1))
    assert graph.child_count(0) == 1
    assert len(list(graph.arrange(identifier))) == 2


def test_ancestors_of_the_fonds_are_inherited() -> None:
    plan, folder = new_ids(2)
    graph = graph_of(2, (0, 1))
    graph.attach(0, ExistingUnit(folder, (plan,), 2))
    root, child = graph.arrange(identifier)
    assert root.parents == (folder,)
    assert root.ancestors == (plan, folder)
    assert (root.depth, child.depth) == (3, 4)
    assert child.ancestors == (plan, folder, identifier(0))
    assert graph.growth() == {folder: Growth(1, 2), plan: Growth(0, 2)}


def test_a_proxy_of_an_existing_unit_is_not_created() -> None:
    plan, folder = new_ids(2)
    graph = graph_of(3, (0, 1), (1, 2))
    graph.declare_existing(0, ExistingUnit(folder, (plan,), 2))
    placed = list(graph.arrange(identifier))
    assert [one.index for one in placed] == [1, 2]
    assert placed[0].parents == (folder,)
    assert placed[1].ancestors == (plan, folder, identifier(1))
    assert graph.growth() == {folder: Growth(1, 2), plan: Growth(0, 2)}


def test_a_unit_reached_by_two_attachments_counts_once_above() -> None:
    top, left, right = new_ids(3)
    graph = graph_of(3, (0, 2), (1, 2))
    graph.attach(0, ExistingUnit(left, (top,), 2))
    graph.attach(1, ExistingUnit(right, (top,), 2))
    assert graph.growth() == {left: Growth(1, 2), right: Growth(1, 2), top: Growth(0, 3)}


def test_a_cycle_is_listed_in_order() -> None:
    graph = graph_of(5, (0, 1), (1, 2), (2, 3), (3, 1), (3, 4))
    assert graph.find_cycle() == [1, 2, 3]
    with pytest.raises(CycleError) as refused:
        next(graph.arrange(identifier))
    assert refused.value.cycle == [1, 2, 3]


def test_a_unit_under_itself_is_a_cycle() -> None:
    assert graph_of(1, (0, 0)).find_cycle() == [0]


def test_a_chain_beyond_the_limit_is_refused() -> None:
    graph = graph_of(50, *((index, index + 1) for index in range(49)))
    with pytest.raises(TooDeepError) as refused:
        next(graph.arrange(identifier, max_depth=10))
    assert refused.value.index == 10


def test_counts_agree_with_a_plain_walk_on_a_graph_with_shared_units() -> None:
    size = 300
    links = [((7 * child) % child, child) for child in range(1, size)]
    links += [((3 * child) % child, child) for child in range(20, size, 3)]
    graph = graph_of(size, *links)
    below: dict[int, set[int]] = {index: set() for index in range(size)}
    for child in range(size - 1, -1, -1):
        for parent, other in links:
            if other == child:
                below[parent] |= {child} | below[child]
    assert [graph.descendant_count(index) for index in range(size)] == [
        len(below[index]) for index in range(size)
    ]


def test_a_hundred_thousand_units_take_less_than_a_second() -> None:
    size = 100_000
    graph = graph_of(size, *(((child - 1) // 20, child) for child in range(1, size)))
    graph.attach(0, ExistingUnit(new_id(), tuple(new_ids(5)), 6))
    begin = time.process_time()
    assert sum(1 for placed in graph.arrange(identifier)) == size
    assert graph.descendant_count(0) == size - 1
    graph.growth()
    assert time.process_time() - begin < 3  # 0.4 s alone; the machine may be busy
