"""What is in force on a unit: the reference graphs of the field, each with its fact."""

from typing import Any

import pytest

from sae.holdings.inheritance import (
    CATEGORIES,
    CycleError,
    Inheritance,
    TooManyPathsError,
    Unit,
    UnknownParentError,
    compute,
    compute_one,
    inherited_rules,
)

Declared = dict[str, Any]
KEEP = ("FinalAction", "Keep")
DESTROY = ("FinalAction", "Destroy")


def rules(*names: str, refuse: tuple[str, ...] = (), prevent: bool = False, **other: Any) -> Any:
    """A category's block: ``rules("APP-1", "APP-2 2000-01-01 2001-01-01", FinalAction="Keep")``."""
    block: Declared = {}
    if names:
        keys = ("Rule", "StartDate", "EndDate")
        block["Rules"] = [dict(zip(keys, name.split(), strict=False)) for name in names]
    if prevent:
        block["Inheritance"] = {"PreventInheritance": True}
    if refuse:
        block.setdefault("Inheritance", {})["PreventRulesId"] = list(refuse)
    return {**block, **other}


def unit(name: str, agency: str = "", *parents: str, **declared: Any) -> Unit:
    """A unit; the suffix of categories is left out: ``Appraisal=rules(…)``."""
    management = {
        f"{key}Rule" if f"{key}Rule" in CATEGORIES else key: value
        for key, value in declared.items()
    }
    return Unit(name, parents, management, agency)


def in_short(inheritance: Inheritance, name: str, category: str) -> tuple[Any, Any]:
    """(``{(rule, origin): paths}``, ``{(property, value, origin): paths}``) of a category."""
    document = inherited_rules(inheritance, name)[f"{category}Rule"]
    found = (
        {
            (one["Rule"], one["UnitId"]): sorted(" ".join(path) for path in one["Paths"])
            for one in document["Rules"]
        },
        {
            (one["PropertyName"], one["PropertyValue"], one["UnitId"]): sorted(
                " ".join(path) for path in one["Paths"]
            )
            for one in document["Properties"]
        },
    )
    assert len(found[0]) == len(document["Rules"])
    assert len(found[1]) == len(document["Properties"])
    return found


def g2_unit(name: str = "g1") -> Unit:
    return unit(
        name,
        "sp1",
        Storage=rules("STO-1 2015-01-01 2016-01-01", "STO-2"),
        Appraisal=rules("APP-49", FinalAction="Destroy"),
        Hold={
            "Rules": [
                {"Rule": "HOL-1", "StartDate": "2000-01-01", "EndDate": "2001-01-01"},
                {"Rule": "HOL-2", "HoldEndDate": "2010-01-01", "EndDate": "2010-01-01"},
            ]
        },
    )


def test_g1_a_unit_that_declares_nothing_is_kept() -> None:
    document = inherited_rules(compute([unit("g1", "sp1", NeedAuthorization=False)]), "g1")
    here = {"UnitId": "g1", "OriginatingAgency": "sp1", "Paths": [["g1"]]}
    empty: Declared = {"Rules": [], "Properties": []}
    assert document == {
        "GlobalProperties": [{**here, "PropertyName": "NeedAuthorization", "PropertyValue": False}],
        **dict.fromkeys(CATEGORIES, empty),
        "AppraisalRule": {
            "Rules": [],
            "Properties": [{**here, "PropertyName": "FinalAction", "PropertyValue": "Keep"}],
        },
    }


def test_g2_local_rules_are_in_force_with_all_they_say() -> None:
    found = compute([g2_unit()])
    document = inherited_rules(found, "g1")
    here = {"UnitId": "g1", "OriginatingAgency": "sp1", "Paths": [["g1"]]}
    assert document["StorageRule"] == {
        "Rules": [
            {**here, "Rule": "STO-1", "StartDate": "2015-01-01", "EndDate": "2016-01-01"},
            {**here, "Rule": "STO-2"},
        ],
        "Properties": [],
    }
    assert in_short(found, "g1", "Appraisal") == (
        {("APP-49", "g1"): ["g1"]},
        {(*DESTROY, "g1"): ["g1"]},
    )
    assert document["HoldRule"]["Rules"] == [
        {**here, "Rule": "HOL-1", "StartDate": "2000-01-01", "EndDate": "2001-01-01"},
        {**here, "Rule": "HOL-2", "HoldEndDate": "2010-01-01", "EndDate": "2010-01-01"},
    ]


def test_g3_rules_add_up_and_the_nearest_declaration_of_a_rule_wins() -> None:
    found = compute(
        [
            unit(
                "g1",
                "sp1",
                Storage=rules("STO-1", "STO-2"),
                Appraisal=rules("APP-49 2016-01-01 2017-01-01", FinalAction="Destroy"),
                Classification=rules(
                    "CLASS-1",
                    ClassificationLevel="Conf",
                    ClassificationOwner="O0",
                    ClassificationReassessingDate="2016-06-03",
                    NeedReassessingAuthorization=True,
                ),
                Hold=rules("HOL-1 2000-01-01 2001-01-01", "HOL-2"),
            ),
            unit(
                "g2",
                "sp2",
                "g1",
                Appraisal=rules("APP-49 2010-01-01 2011-01-01", "APP-50", FinalAction="Keep"),
                Classification=rules(
                    "CLASS-2", ClassificationAudience="A1", ClassificationLevel="Secret"
                ),
                Reuse=rules("REU-1"),
                Hold=rules("HOL-1", "HOL-3", "HOL-4"),
            ),
        ]
    )
    assert in_short(found, "g2", "Storage") == (
        {("STO-1", "g1"): ["g2 g1"], ("STO-2", "g1"): ["g2 g1"]},
        {},
    )
    assert in_short(found, "g2", "Appraisal") == (
        {("APP-49", "g2"): ["g2"], ("APP-50", "g2"): ["g2"]},
        {(*KEEP, "g2"): ["g2"]},
    )
    assert in_short(found, "g2", "Classification") == (
        {("CLASS-1", "g1"): ["g2 g1"], ("CLASS-2", "g2"): ["g2"]},
        {
            ("ClassificationLevel", "Secret", "g2"): ["g2"],
            ("ClassificationAudience", "A1", "g2"): ["g2"],
            ("ClassificationOwner", "O0", "g1"): ["g2 g1"],
            ("ClassificationReassessingDate", "2016-06-03", "g1"): ["g2 g1"],
            ("NeedReassessingAuthorization", True, "g1"): ["g2 g1"],
        },
    )
    assert in_short(found, "g2", "Reuse") == ({("REU-1", "g2"): ["g2"]}, {})
    assert in_short(found, "g2", "Hold")[0] == {
        ("HOL-1", "g2"): ["g2"],
        ("HOL-2", "g1"): ["g2 g1"],
        ("HOL-3", "g2"): ["g2"],
        ("HOL-4", "g2"): ["g2"],
    }
    (undated,) = [one for one in found.in_force("g2", "HoldRule").rules if one.name == "HOL-1"]
    assert undated.end is None


def test_g4_a_category_refused_inherits_neither_rules_nor_properties() -> None:
    found = compute(
        [
            unit(
                "g1",
                "sp1",
                Appraisal=rules("APP-48", "APP-49", FinalAction="Destroy"),
                Hold=rules("HOL-1"),
            ),
            unit(
                "g2",
                "sp2",
                "g1",
                Appraisal=rules("APP-49", "APP-50", prevent=True, FinalAction="Keep"),
                Hold=rules(prevent=True, Rules=[]),
            ),
        ]
    )
    assert in_short(found, "g2", "Appraisal") == (
        {("APP-49", "g2"): ["g2"], ("APP-50", "g2"): ["g2"]},
        {(*KEEP, "g2"): ["g2"]},
    )
    assert in_short(found, "g2", "Hold") == ({}, {})


def test_g5_a_rule_refused_is_not_inherited_and_an_unknown_one_does_no_harm() -> None:
    found = compute(
        [
            unit(
                "g1",
                "sp1",
                Appraisal=rules("APP-47", "APP-48", "APP-49", FinalAction="Destroy"),
                Hold=rules("HOL-1", "HOL-2", "HOL-4"),
            ),
            unit(
                "g2",
                "sp1",
                "g1",
                Appraisal=rules(
                    "APP-49", "APP-50", refuse=("APP-48", "APP-49"), FinalAction="Keep"
                ),
                Hold=rules("HOL-1", "HOL-3", refuse=("HOL-1", "HOL-2", "HOL-9")),
            ),
        ]
    )
    assert in_short(found, "g2", "Appraisal") == (
        {("APP-47", "g1"): ["g2 g1"], ("APP-49", "g2"): ["g2"], ("APP-50", "g2"): ["g2"]},
        {(*KEEP, "g2"): ["g2"]},
    )
    assert in_short(found, "g2", "Hold")[0] == {
        ("HOL-1", "g2"): ["g2"],
        ("HOL-3", "g2"): ["g2"],
        ("HOL-4", "g1"): ["g2 g1"],
    }


def test_g6_what_comes_by_several_parents_is_one_entry_with_several_paths() -> None:
    found = compute(
        [
            unit(
                "g1",
                "sp1",
                NeedAuthorization=True,
                Appraisal=rules("APP-47", "APP-48", FinalAction="Destroy"),
                Hold=rules("HOL-1", "HOL-2"),
            ),
            unit("g2", "sp1", "g1"),
            unit("g3", "sp1", "g1"),
            unit("g4", "sp1", "g1", "g2", "g3"),
        ]
    )
    paths = ["g4 g1", "g4 g2 g1", "g4 g3 g1"]
    assert in_short(found, "g4", "Appraisal") == (
        {("APP-47", "g1"): paths, ("APP-48", "g1"): paths},
        {(*DESTROY, "g1"): paths},
    )
    assert in_short(found, "g4", "Hold")[0] == {("HOL-1", "g1"): paths, ("HOL-2", "g1"): paths}
    (need,) = inherited_rules(found, "g4")["GlobalProperties"]
    assert (need["UnitId"], need["PropertyValue"]) == ("g1", True)
    assert sorted(" ".join(path) for path in need["Paths"]) == paths


@pytest.fixture(scope="module")
def graph() -> Inheritance:
    """Nine units of four agencies under a positioning tree, some with several parents."""
    level = {"ClassificationLevel": "CL1", "ClassificationOwner": "CO1"}
    return compute(
        [
            unit("g0"),
            unit(
                "g1",
                "sp1",
                "g0",
                Appraisal=rules("APP-2 2000-01-01 2001-01-01", FinalAction="Keep"),
            ),
            unit(
                "g2",
                "sp1",
                "g1",
                Appraisal=rules("APP-1", FinalAction="Keep"),
                Storage=rules("ST-1", FinalAction="Transfer"),
                Classification=rules("CLASS-1", **level, NeedReassessingAuthorization=True),
            ),
            unit(
                "g3",
                "sp2",
                "g1",
                Appraisal=rules("APP-1", FinalAction="Destroy"),
                Storage=rules("ST-1", FinalAction="RestrictAccess"),
            ),
            unit(
                "g4",
                "sp1",
                "g1",
                "g2",
                "g3",
                Appraisal=rules(refuse=("APP-1", "APP-99999"), FinalAction="Keep"),
            ),
            unit("g5", "sp3", "g4", Storage=rules(FinalAction="Copy")),
            unit("g6", "sp3", "g4", Appraisal=rules("APP-2", FinalAction="Keep")),
            unit("g7", "sp4", "g5", "g6"),
            unit(
                "g8",
                "sp4",
                "g7",
                Appraisal=rules(prevent=True, FinalAction="Destroy"),
                Storage=rules(prevent=True, FinalAction="Transfer"),
                Classification=rules(
                    "CLASS-1",
                    ClassificationLevel="CL2",
                    ClassificationAudience="CA2",
                    ClassificationReassessingDate="2016-06-03",
                    NeedReassessingAuthorization=True,
                ),
            ),
            unit("g9", "sp4", "g8"),
        ]
    )


G1_TO_G4 = ["g4 g1", "g4 g2 g1", "g4 g3 g1"]


def under(*names: str, paths: list[str]) -> list[str]:
    return sorted(f"{name} {path}" for name in names for path in paths)


def test_g7_a_unit_without_agency_has_no_implicit_keep(graph: Inheritance) -> None:
    document = inherited_rules(graph, "g0")
    assert document.pop("GlobalProperties") == []
    assert all(part == {"Rules": [], "Properties": []} for part in document.values())


def test_g8_two_origins_of_one_rule_both_stay(graph: Inheritance) -> None:
    assert in_short(graph, "g4", "Appraisal") == (
        {("APP-2", "g1"): G1_TO_G4},
        {(*KEEP, "g4"): ["g4"]},
    )
    assert in_short(graph, "g4", "Storage") == (
        {("ST-1", "g2"): ["g4 g2"], ("ST-1", "g3"): ["g4 g3"]},
        {
            ("FinalAction", "Transfer", "g2"): ["g4 g2"],
            ("FinalAction", "RestrictAccess", "g3"): ["g4 g3"],
        },
    )


def test_g9_the_implicit_keep_of_an_agency_hides_the_final_action_of_another(
    graph: Inheritance,
) -> None:
    assert in_short(graph, "g5", "Appraisal") == (
        {("APP-2", "g1"): under("g5", paths=G1_TO_G4)},
        {(*KEEP, "g5"): ["g5"]},
    )
    (keep,) = graph.final_actions("g5", "AppraisalRule")
    assert keep.is_implicit
    assert keep.agency == "sp3"
    assert in_short(graph, "g5", "Storage") == (
        {("ST-1", "g2"): ["g5 g4 g2"], ("ST-1", "g3"): ["g5 g4 g3"]},
        {("FinalAction", "Copy", "g5"): ["g5"]},
    )


def test_g10_a_rule_declared_again_hides_the_inherited_one_even_without_date(
    graph: Inheritance,
) -> None:
    assert in_short(graph, "g6", "Appraisal") == (
        {("APP-2", "g6"): ["g6"]},
        {(*KEEP, "g6"): ["g6"]},
    )
    assert set(in_short(graph, "g6", "Storage")[1]) == {
        ("FinalAction", "Transfer", "g2"),
        ("FinalAction", "RestrictAccess", "g3"),
    }


def test_g11_what_one_parent_hides_still_comes_by_the_other(graph: Inheritance) -> None:
    assert in_short(graph, "g7", "Appraisal") == (
        {("APP-2", "g1"): under("g7 g5", paths=G1_TO_G4), ("APP-2", "g6"): ["g7 g6"]},
        {(*KEEP, "g7"): ["g7"]},
    )
    assert in_short(graph, "g7", "Storage") == (
        {
            ("ST-1", "g2"): ["g7 g5 g4 g2", "g7 g6 g4 g2"],
            ("ST-1", "g3"): ["g7 g5 g4 g3", "g7 g6 g4 g3"],
        },
        {
            ("FinalAction", "Transfer", "g2"): ["g7 g6 g4 g2"],
            ("FinalAction", "RestrictAccess", "g3"): ["g7 g6 g4 g3"],
            ("FinalAction", "Copy", "g5"): ["g7 g5"],
        },
    )
    two = ["g7 g5 g4 g2", "g7 g6 g4 g2"]
    assert in_short(graph, "g7", "Classification") == (
        {("CLASS-1", "g2"): two},
        {
            ("ClassificationLevel", "CL1", "g2"): two,
            ("ClassificationOwner", "CO1", "g2"): two,
            ("NeedReassessingAuthorization", True, "g2"): two,
        },
    )


@pytest.mark.parametrize(("name", "prefix"), [("g8", ""), ("g9", "g9 ")])
def test_g12_prevention_and_redefinition_reach_those_below(
    graph: Inheritance, name: str, prefix: str
) -> None:
    here = [f"{prefix}g8"]
    assert in_short(graph, name, "Appraisal") == ({}, {(*DESTROY, "g8"): here})
    assert in_short(graph, name, "Storage") == ({}, {("FinalAction", "Transfer", "g8"): here})
    assert in_short(graph, name, "Classification") == (
        {("CLASS-1", "g8"): here},
        {
            ("ClassificationLevel", "CL2", "g8"): here,
            ("ClassificationAudience", "CA2", "g8"): here,
            ("ClassificationReassessingDate", "2016-06-03", "g8"): here,
            ("NeedReassessingAuthorization", True, "g8"): here,
            ("ClassificationOwner", "CO1", "g2"): [
                f"{prefix}g8 g7 g5 g4 g2",
                f"{prefix}g8 g7 g6 g4 g2",
            ],
        },
    )


@pytest.fixture(scope="module")
def ministry() -> Inheritance:
    """Offices of several agencies under one embassy, none of which decides a final action."""
    return compute(
        [
            unit("ambassade", "Service_producteur"),
            unit("politique", "Service_producteur", "ambassade"),
            unit("legislatif", "Service_producteur", "politique"),
            unit("economique", "Vitam", "ambassade"),
            unit("direction", "RATP", "ambassade"),
            unit("consulaire", "RATP", "ambassade", "direction"),
        ]
    )


def test_g13_the_root_of_an_agency_is_kept_by_itself(ministry: Inheritance) -> None:
    assert in_short(ministry, "ambassade", "Appraisal")[1] == {(*KEEP, "ambassade"): ["ambassade"]}


def test_g14_below_in_the_same_agency_keep_is_inherited(ministry: Inheritance) -> None:
    assert in_short(ministry, "legislatif", "Appraisal")[1] == {
        (*KEEP, "ambassade"): ["legislatif politique ambassade"]
    }


def test_g15_another_agency_has_its_own_keep_alone(ministry: Inheritance) -> None:
    assert in_short(ministry, "economique", "Appraisal")[1] == {
        (*KEEP, "economique"): ["economique"]
    }


def test_g16_so_has_a_third_one(ministry: Inheritance) -> None:
    assert in_short(ministry, "direction", "Appraisal")[1] == {(*KEEP, "direction"): ["direction"]}


def test_g17_under_both_agencies_both_keeps_are_inherited(ministry: Inheritance) -> None:
    assert in_short(ministry, "consulaire", "Appraisal")[1] == {
        (*KEEP, "ambassade"): ["consulaire ambassade"],
        (*KEEP, "direction"): ["consulaire direction"],
    }


def test_g18_a_final_action_declared_hides_that_of_every_agency() -> None:
    found = compute(
        [
            unit("lyon", "SNCF", Appraisal=rules("APP-50", FinalAction="Keep")),
            unit("austerlitz", "SNCF", Appraisal=rules("APP-49", FinalAction="Keep")),
            unit("denfert", "RATP", Appraisal=rules("APP-51", FinalAction="Destroy")),
            unit(
                "massy",
                "SNCF",
                "lyon",
                "austerlitz",
                "denfert",
                Appraisal=rules(refuse=("APP-50",), FinalAction="Destroy"),
            ),
        ]
    )
    assert {(one.agency, one.name) for one in found.in_force("massy", "AppraisalRule").rules} == {
        ("SNCF", "APP-49"),
        ("RATP", "APP-51"),
    }
    assert [(one.agency, one.value) for one in found.final_actions("massy", "AppraisalRule")] == [
        ("SNCF", "Destroy")
    ]


def test_need_authorization_ignores_prevention_and_the_nearest_one_wins() -> None:
    blocked = {f"{category}": rules(prevent=True) for category in CATEGORIES}
    found = compute(
        [
            unit("a", "sp", NeedAuthorization=True),
            unit("b", "sp", "a", **blocked),
            unit("c", "sp", "b", NeedAuthorization=False),
        ]
    )
    told = {
        name: [
            (one["UnitId"], one["PropertyValue"])
            for one in inherited_rules(found, name)["GlobalProperties"]
        ]
        for name in "abc"
    }
    assert told == {"a": [("a", True)], "b": [("a", True)], "c": [("c", False)]}


def test_a_rule_both_refused_and_declared_is_kept_as_declared() -> None:
    found = compute([unit("a", "sp", Access=rules("ACC-1", refuse=("ACC-1",)))])
    assert in_short(found, "a", "Access")[0] == {("ACC-1", "a"): ["a"]}


def test_refusing_rules_leaves_properties() -> None:
    found = compute(
        [
            unit("a", "sp", Storage=rules("STO-1", FinalAction="Copy")),
            unit("b", "sp", "a", Storage=rules(refuse=("STO-1",))),
        ]
    )
    assert in_short(found, "b", "Storage") == ({}, {("FinalAction", "Copy", "a"): ["b a"]})


def test_a_rule_declared_twice_by_one_unit_keeps_both_ends() -> None:
    block = rules("ACC-1 2000-01-01 2025-01-01", "ACC-1 2010-01-01 2035-01-01")
    found = compute([unit("a", "sp", Access=block), unit("b", "sp", "a")])
    assert [str(one.end) for one in found.in_force("b", "AccessRule").rules] == [
        "2025-01-01",
        "2035-01-01",
    ]


def test_everything_set_aside_is_told_with_the_unit_and_the_cause(graph: Inheritance) -> None:
    def told(name: str, category: str) -> set[tuple[str, str, str, str]]:
        return {
            (one.entry.name, str(one.entry.origin), str(one.by), one.cause.name)
            for one in graph.set_aside_above(name, category)
        }

    assert told("g4", "AppraisalRule") == {
        ("APP-1", "g2", "g4", "PREVENTED_RULE"),
        ("APP-1", "g3", "g4", "PREVENTED_RULE"),
        ("FinalAction", "g1", "g4", "REDEFINED"),
        ("FinalAction", "g1", "g2", "REDEFINED"),
        ("FinalAction", "g1", "g3", "REDEFINED"),
        ("FinalAction", "g2", "g4", "REDEFINED"),
        ("FinalAction", "g3", "g4", "REDEFINED"),
    }
    assert ("FinalAction", "g4", "g5", "IMPLICIT_KEEP") in told("g5", "AppraisalRule")
    assert ("APP-2", "g6", "g8", "PREVENT_INHERITANCE") in told("g9", "AppraisalRule")
    assert ("CLASS-1", "g2", "g8", "REDEFINED") in told("g9", "ClassificationRule")
    # What g6 hides still comes by g5: it is not lost for g7.
    assert ("APP-2", "g1", "g6", "REDEFINED") in told("g6", "AppraisalRule")
    assert not [one for one in told("g7", "AppraisalRule") if one[:2] == ("APP-2", "g1")]


def test_a_missing_parent_is_an_error_never_a_guess() -> None:
    orphan = unit("a", "sp", "nowhere")
    with pytest.raises(UnknownParentError):
        compute([orphan])
    with pytest.raises(UnknownParentError):
        compute_one(orphan, [])


def test_a_cycle_is_told() -> None:
    units = [unit("a", "sp", "c"), unit("b", "sp", "a"), unit("c", "sp", "b"), unit("d", "sp")]
    with pytest.raises(CycleError) as caught:
        compute(units)
    assert set(caught.value.units) == {"a", "b", "c"}
    with pytest.raises(CycleError):
        compute_one(units[0], units)


def test_units_without_declaration_share_the_result_of_their_parent() -> None:
    found = compute(
        [unit("a", "sp", Access=rules("ACC-1")), unit("b", "sp", "a"), unit("c", "sp", "b")]
    )
    for category in CATEGORIES:
        assert found.in_force("c", category) is found.in_force("a", category)


def test_crossed_parents_do_not_multiply_the_work() -> None:
    """Forty levels of two units, each under both above: 2^39 paths, 80 units."""
    units = [unit("0a", "sp", Access=rules("ACC-1")), unit("0b", "sp")]
    for level in range(1, 40):
        above = (f"{level - 1}a", f"{level - 1}b")
        units += [unit(f"{level}a", "sp", *above), unit(f"{level}b", "sp", *above)]
    found = compute(units)
    (rule,) = found.in_force("39a", "AccessRule").rules
    assert len(next(found.paths("39a", rule))) == 40
    with pytest.raises(TooManyPathsError):
        inherited_rules(found, "39a")


def test_a_thousand_levels_are_no_trouble() -> None:
    units = [unit("0", "sp", Access=rules("ACC-1"))]
    units += [unit(str(level), "sp", str(level - 1)) for level in range(1, 3000)]
    found = compute_one(units[-1], units)
    (rule,) = found.in_force("2999", "AccessRule").rules
    assert len(next(found.paths("2999", rule))) == 3000
