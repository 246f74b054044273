"""End dates and merge of rules: every row of the reference's tables."""

import datetime as dt

import pytest

from ingest.control.rules import merge_global
from sae.holdings.declared_rules import compute_end_dates
from sae.holdings.inheritance.dates import Rule, add_duration

REFERENTIAL = {
    rule.identifier: rule
    for rule in (
        Rule("ACC-00002", "AccessRule", 25, measurement="YEAR"),
        Rule("DIS-00002", "DisseminationRule", 75, measurement="year"),
        Rule("HOL-00003", "HoldRule", 10, measurement="Year"),
        Rule("HOL-00002", "HoldRule"),
        Rule("APP-1M", "AppraisalRule", 1, measurement="MONTH"),
        Rule("APP-0", "AppraisalRule", 0, measurement="YEAR"),
        Rule("APP-INF", "AppraisalRule", unlimited=True, measurement="YEAR"),
        Rule("APP-999", "AppraisalRule", 9999, measurement="YEAR"),
    )
}


def compute(category: str, **rule: str) -> dict[str, str]:
    management, problems = compute_end_dates({category: {"Rules": [rule]}}, REFERENTIAL)
    assert not problems
    return management[category]["Rules"][0]


@pytest.mark.parametrize(
    ("category", "rule", "end"),
    [
        ("AccessRule", {"Rule": "ACC-00002", "StartDate": "2000-01-01"}, "2025-01-01"),
        ("DisseminationRule", {"Rule": "DIS-00002", "StartDate": "2005-01-01"}, "2080-01-01"),
        ("HoldRule", {"Rule": "HOL-00003", "StartDate": "2005-01-01"}, "2015-01-01"),
        (
            "HoldRule",
            {"Rule": "HOL-00002", "StartDate": "2010-01-01", "HoldEndDate": "2010-01-01"},
            "2010-01-01",
        ),
        ("HoldRule", {"Rule": "HOL-00002", "StartDate": "2005-01-01"}, None),
        ("AppraisalRule", {"Rule": "APP-INF", "StartDate": "2000-01-01"}, None),
        ("AppraisalRule", {"Rule": "APP-0"}, None),
        ("AppraisalRule", {"Rule": "APP-1M", "StartDate": "2023-01-31"}, "2023-02-28"),
        ("AppraisalRule", {"Rule": "APP-0", "StartDate": "2020-05-05"}, "2020-05-05"),
    ],
)
def test_end_date_follows_the_referential(
    category: str, rule: dict[str, str], end: str | None
) -> None:
    assert compute(category, **rule).get("EndDate") == end


def test_an_end_date_given_by_the_depositor_is_replaced() -> None:
    rule = compute("AccessRule", Rule="ACC-00002", StartDate="2000-01-01", EndDate="1999-01-01")
    assert rule["EndDate"] == "2025-01-01"


@pytest.mark.parametrize(
    ("category", "block", "code"),
    [
        ("AppraisalRule", {"Rules": [{"Rule": "APP-X"}]}, "UNITS_RULES_COMPUTE.UNKNOWN.KO"),
        ("AccessRule", {"Rules": [{"Rule": "APP-0"}]}, "UNITS_RULES_COMPUTE.CONSISTENCY.KO"),
        (
            "AccessRule",
            {"Inheritance": {"PreventRulesId": ["APP-0"]}},
            "UNITS_RULES_COMPUTE.REF_INCONSISTENCY.KO",
        ),
        (
            "HoldRule",
            {"Rules": [{"Rule": "HOL-00003", "HoldEndDate": "2010-01-01"}]},
            "UNITS_RULES_COMPUTE.CONSISTENCY.KO",
        ),
        (
            "HoldRule",
            {
                "Rules": [
                    {"Rule": "HOL-00002", "StartDate": "2011-01-01", "HoldEndDate": "2010-12-31"}
                ]
            },
            "UNITS_RULES_COMPUTE.CONSISTENCY.KO",
        ),
        (
            "AppraisalRule",
            {"Rules": [{"Rule": "APP-999", "StartDate": "2020-30-02"}]},
            "UNITS_RULES_COMPUTE.KO",
        ),
        (
            "AppraisalRule",
            {"Rules": [{"Rule": "APP-999", "StartDate": "8999-01-01"}]},
            "UNITS_RULES_COMPUTE.KO",
        ),
    ],
)
def test_a_wrong_rule_has_its_code(category: str, block: dict, code: str) -> None:
    _management, problems = compute_end_dates({category: block}, REFERENTIAL)
    assert [problem.code for problem in problems] == [code]


def test_all_the_faults_of_a_unit_are_told() -> None:
    _management, problems = compute_end_dates(
        {
            "AppraisalRule": {"Rules": [{"Rule": "X"}, {"Rule": "Y"}]},
            "AccessRule": {"Rules": [{"Rule": "Z"}]},
        },
        REFERENTIAL,
    )
    assert sorted(problem.seen for problem in problems) == ["X", "Y", "Z"]


def test_the_last_day_of_february_in_a_leap_year() -> None:
    assert add_duration(dt.date(2024, 2, 29), 1, "year") == dt.date(2025, 2, 28)
    assert add_duration(dt.date(2023, 8, 31), 6, "month") == dt.date(2024, 2, 29)
    assert add_duration(dt.date(2024, 1, 1), 366, "day") == dt.date(2025, 1, 1)


class TestGlobalRules:
    given = {"AppraisalRule": {"Rules": [{"Rule": "APP-0"}], "FinalAction": "Destroy"}}

    def test_a_root_without_rule_receives_them(self) -> None:
        assert merge_global({}, self.given) == self.given

    def test_a_rule_already_declared_is_kept_as_the_unit_says(self) -> None:
        own = {
            "AppraisalRule": {
                "Rules": [{"Rule": "APP-0", "StartDate": "2000-01-01"}],
                "FinalAction": "Keep",
            }
        }
        assert merge_global(own, self.given) == own

    def test_a_blocked_category_receives_no_rule(self) -> None:
        own = {"AppraisalRule": {"Inheritance": {"PreventInheritance": True}}}
        merged = merge_global(own, self.given)["AppraisalRule"]
        assert "Rules" not in merged

    def test_a_refused_rule_is_left_out(self) -> None:
        own = {"AppraisalRule": {"Inheritance": {"PreventRulesId": ["APP-0"]}}}
        assert "Rules" not in merge_global(own, self.given)["AppraisalRule"]

    def test_the_unit_s_own_block_is_not_changed(self) -> None:
        own: dict = {"AppraisalRule": {"Rules": [{"Rule": "APP-1M"}]}}
        merge_global(own, self.given)
        assert own == {"AppraisalRule": {"Rules": [{"Rule": "APP-1M"}]}}
