"""The box, about rules: what is typed becomes a filter, and back."""

import datetime as dt

import pytest

from access.query_language import parse, write
from sae.holdings.rules_filter import BLOCKED, INHERITED, LOCAL, EndRange, RulesFilter


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("dua:<2027", RulesFilter(ends=(EndRange("AppraisalRule", None, day("2026-12-31")),))),
        ("dua:<2027-01-01", RulesFilter(
            ends=(EndRange("AppraisalRule", None, day("2026-12-31")),))),
        ("échéance:>=2030", RulesFilter(ends=(EndRange("", day("2030-01-01"), None),))),
        ("ECHEANCE:2030", RulesFilter(ends=(EndRange("", day("2030-01-01"), day("2030-12-31")),))),
        ("communicabilite:2025", RulesFilter(
            ends=(EndRange("AccessRule", day("2025-01-01"), day("2025-12-31")),))),
        ("gel:<2020", RulesFilter(ends=(EndRange("HoldRule", None, day("2019-12-31")),))),
        ("gel:oui", RulesFilter(on_hold=True)),
        ("communicable:non", RulesFilter(communicable=False)),
        ("sort:détruire sort:Keep", RulesFilter(final_actions=("Destroy", "Keep"))),
        ("sort:transferer", RulesFilter(final_actions=("Transfer",))),
        ("règle:APP-00001 regle:ACC-00002", RulesFilter(rules=("APP-00001", "ACC-00002"))),
        ("règle:aucune", RulesFilter(without_rule=True)),
        ("règle:attente", RulesFilter(waiting=True)),
        ("origine:propre origine:heritee", RulesFilter(origins=(LOCAL, INHERITED))),
        ("origine:bloquee", RulesFilter(origins=(BLOCKED,))),
        ("dua:2020 dua:2021", RulesFilter(
            ends=(EndRange("AppraisalRule", day("2021-01-01"), day("2021-12-31")),))),
    ],
)  # fmt: skip
def test_what_is_typed_is_asked_and_written_back(typed: str, asked: RulesFilter) -> None:
    query = parse(typed)
    assert query.rules == asked
    assert not query.problems
    assert not query.text
    assert query.has_filter
    assert parse(write(query)) == query


@pytest.mark.parametrize(
    "typed", ["dua:bientôt", "sort:brûler", "gel:peut-être", "communicable:2020", "origine:ici"]
)
def test_what_is_not_understood_is_said(typed: str) -> None:
    query = parse(f"facture {typed}")
    assert query.problems == (typed,)
    assert query.rules == RulesFilter()
