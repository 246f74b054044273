"""The reference graphs again, on what a deposit stores: the very tests of the pure computation."""

from collections.abc import Iterable, Iterator

import pytest

from sae.holdings.inheritance import Inheritance, Unit
from sae.tenancy.scope import tenant_scope
from tests.builders.people import Cast
from tests.holdings import test_inheritance as golden
from tests.holdings.stored import StoredGraph
from tests.holdings.test_inheritance import (  # noqa: F401 — collected here too
    graph,
    ministry,
    test_a_rule_both_refused_and_declared_is_kept_as_declared,
    test_a_rule_declared_twice_by_one_unit_keeps_both_ends,
    test_everything_set_aside_is_told_with_the_unit_and_the_cause,
    test_g1_a_unit_that_declares_nothing_is_kept,
    test_g2_local_rules_are_in_force_with_all_they_say,
    test_g3_rules_add_up_and_the_nearest_declaration_of_a_rule_wins,
    test_g4_a_category_refused_inherits_neither_rules_nor_properties,
    test_g5_a_rule_refused_is_not_inherited_and_an_unknown_one_does_no_harm,
    test_g6_what_comes_by_several_parents_is_one_entry_with_several_paths,
    test_g7_a_unit_without_agency_has_no_implicit_keep,
    test_g8_two_origins_of_one_rule_both_stay,
    test_g9_the_implicit_keep_of_an_agency_hides_the_final_action_of_another,
    test_g10_a_rule_declared_again_hides_the_inherited_one_even_without_date,
    test_g11_what_one_parent_hides_still_comes_by_the_other,
    test_g12_prevention_and_redefinition_reach_those_below,
    test_g13_the_root_of_an_agency_is_kept_by_itself,
    test_g14_below_in_the_same_agency_keep_is_inherited,
    test_g15_another_agency_has_its_own_keep_alone,
    test_g16_so_has_a_third_one,
    test_g17_under_both_agencies_both_keeps_are_inherited,
    test_g18_a_final_action_declared_hides_that_of_every_agency,
    test_need_authorization_ignores_prevention_and_the_nearest_one_wins,
    test_refusing_rules_leaves_properties,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def computed_by_a_deposit(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the tests call ``compute`` lays their units in the fonds and reads it back."""

    def deposited(units: Iterable[Unit]) -> Inheritance:
        return StoredGraph(units).inheritance()

    with tenant_scope(cast.coffre_a.id):
        monkeypatch.setattr(golden, "compute", deposited)
        yield
