"""End dates of declared rules: every row of the reference, and what an update leaves."""

import datetime as dt
from typing import Any

import pytest

from sae.holdings.inheritance import Unit, compute
from sae.holdings.inheritance.dates import Rule, RuleFault, add_duration, with_end_date

REFERENTIAL = {
    rule.identifier: rule
    for rule in (
        Rule("ACC-00002", "AccessRule", 25, measurement="YEAR"),
        Rule("ACC-00003", "AccessRule", 25, measurement="YEAR"),
        Rule("DIS-00002", "DisseminationRule", 75, measurement="YEAR"),
        Rule("HOL-00003", "HoldRule", 10, measurement="YEAR"),
        Rule("HOL-00002", "HoldRule"),
        Rule("APP-1M", "AppraisalRule", 1, measurement="MONTH"),
        Rule("APP-10D", "AppraisalRule", 10, measurement="DAY"),
        Rule("HOL-INF", "HoldRule", unlimited=True),
        Rule("APP-0", "AppraisalRule", 0, measurement="YEAR"),
        Rule("APP-INF", "AppraisalRule", unlimited=True),
        Rule("APP-9999", "AppraisalRule", 9999, measurement="YEAR"),
        Rule("APP-DAYS", "AppraisalRule", 9_999_999, measurement="DAY"),
    )
}
CATEGORY = {"ACC": "AccessRule", "DIS": "DisseminationRule", "HOL": "HoldRule"}


def computed(rule: str, **declared: Any) -> dict[str, Any]:
    category = CATEGORY.get(rule[:3], "AppraisalRule")
    return with_end_date({"Rule": rule, **declared}, category, REFERENTIAL)


@pytest.mark.parametrize(
    ("rule", "declared", "end"),
    [
        ("ACC-00002", {"StartDate": "2000-01-01"}, "2025-01-01"),
        ("ACC-00003", {"StartDate": "2002-01-01"}, "2027-01-01"),
        ("DIS-00002", {"StartDate": "2005-01-01"}, "2080-01-01"),
        ("HOL-00003", {"StartDate": "2005-01-01"}, "2015-01-01"),
        ("HOL-00002", {"StartDate": "2010-01-01", "HoldEndDate": "2010-01-01"}, "2010-01-01"),
        ("HOL-00002", {"HoldEndDate": "2010-01-01"}, "2010-01-01"),
        ("HOL-00002", {"StartDate": "2005-01-01"}, None),
        ("HOL-00002", {}, None),
        ("HOL-00003", {}, None),
        ("HOL-INF", {"StartDate": "2005-01-01"}, None),
        ("APP-10D", {"StartDate": "2020-02-25"}, "2020-03-06"),
        ("APP-INF", {"StartDate": "2000-01-01"}, None),
        ("APP-0", {}, None),
        ("APP-1M", {"StartDate": "2023-01-31"}, "2023-02-28"),
        ("APP-0", {"StartDate": "2020-05-05"}, "2020-05-05"),
    ],
)
def test_the_end_is_the_start_and_the_duration_of_the_referential(
    rule: str, declared: dict[str, str], end: str | None
) -> None:
    assert computed(rule, **declared).get("EndDate") == end


@pytest.mark.parametrize(
    ("rule", "category", "declared", "reason"),
    [
        ("NOWHERE", "AppraisalRule", {}, "unknown_rule"),
        ("APP-0", "AccessRule", {}, "wrong_category"),
        (
            "HOL-00002",
            "HoldRule",
            {"StartDate": "2011-01-01", "HoldEndDate": "2010-12-31"},
            "hold_end_before_start",
        ),
        ("HOL-00003", "HoldRule", {"HoldEndDate": "2010-01-01"}, "hold_end_with_duration"),
        ("APP-0", "AppraisalRule", {"HoldEndDate": "2010-01-01"}, "hold_end_with_duration"),
        ("APP-0", "AppraisalRule", {"StartDate": "2020-30-02"}, "bad_date"),
        ("APP-9999", "AppraisalRule", {"StartDate": "2000-01-01"}, "end_date_too_far"),
        ("APP-DAYS", "AppraisalRule", {"StartDate": "2000-01-01"}, "end_date_too_far"),
    ],
)
def test_a_declaration_that_cannot_be_dated_says_why(
    rule: str, category: str, declared: dict[str, str], reason: str
) -> None:
    with pytest.raises(RuleFault) as caught:
        with_end_date({"Rule": rule, **declared}, category, REFERENTIAL)
    assert caught.value.reason == reason


def test_the_last_day_of_a_shorter_month_is_kept() -> None:
    assert add_duration(dt.date(2024, 2, 29), 1, "YEAR") == dt.date(2025, 2, 28)
    assert add_duration(dt.date(2023, 8, 31), 6, "MONTH") == dt.date(2024, 2, 29)
    assert add_duration(dt.date(2023, 12, 31), 2, "MONTH") == dt.date(2024, 2, 29)


def test_m1_a_hold_dated_by_hand_and_a_diffusion_rule_changed_get_their_ends() -> None:
    hold = computed(
        "HOL-00002", StartDate="2010-01-01", HoldEndDate="2010-01-01", HoldOwner="Owner"
    )
    assert hold == {
        "Rule": "HOL-00002",
        "StartDate": "2010-01-01",
        "HoldEndDate": "2010-01-01",
        "EndDate": "2010-01-01",
        "HoldOwner": "Owner",
    }
    assert computed("DIS-00002", StartDate="2005-01-01")["EndDate"] == "2080-01-01"


def test_m2_a_hold_that_loses_its_end_date_loses_its_end_and_one_with_duration_gets_it() -> None:
    before = computed("HOL-00002", StartDate="2010-01-01", HoldEndDate="2010-01-01")
    changed = {key: value for key, value in before.items() if key != "HoldEndDate"}
    changed |= {
        "StartDate": "2005-01-01",
        "HoldReason": "New reason",
        "HoldReassessingDate": "2017-01-01",
    }
    assert with_end_date(changed, "HoldRule", REFERENTIAL) == {
        "Rule": "HOL-00002",
        "StartDate": "2005-01-01",
        "HoldReason": "New reason",
        "HoldReassessingDate": "2017-01-01",
    }
    assert computed("HOL-00003", StartDate="2005-01-01")["EndDate"] == "2015-01-01"


def test_entries_in_force_carry_their_dates() -> None:
    declared = {"AccessRule": {"Rules": [computed("ACC-00002", StartDate="2000-01-01")]}}
    found = compute([Unit("a", (), declared, "sp"), Unit("b", ("a",), {}, "sp")])
    (rule,) = found.in_force("b", "AccessRule").rules
    assert (rule.start, rule.end) == (dt.date(2000, 1, 1), dt.date(2025, 1, 1))
