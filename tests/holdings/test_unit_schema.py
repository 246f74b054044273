"""Units as the schema of the reference accepts and refuses them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sae.holdings.unit_schema import UnitSchema, dangerous_text, normalise_date

SCHEMA = UnitSchema()
GOOD = {"DescriptionLevel": "Item", "Title": "Un acte"}


def codes(content: dict, management: dict | None = None) -> list[tuple[str, str]]:
    _content, _management, problems = SCHEMA.check(content, management or {})
    return [(problem.code, problem.reason) for problem in problems]


def test_a_good_unit_has_no_fault() -> None:
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"Title": ""}, "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "empty_title"),
        ({"Title": "  "}, "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "empty_title"),
        ({"DescriptionLevel": "Dossier"}, "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "unknown_level"),
        ({"Description": ""}, "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "empty_description"),
        ({"StartDate": "2020-02-30"}, "CHECK_UNIT_SCHEMA.KO", "bad_date"),
        ({"StartDate": "hier"}, "CHECK_UNIT_SCHEMA.KO", "bad_date"),
        (
            {"StartDate": "2020-05-02", "EndDate": "2020-05-01"},
            "CHECK_UNIT_SCHEMA.CONSISTENCY.KO",
            "end_before_start",
        ),
        (
            {"Title": "a<script>alert(1)</script>"},
            "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
            "dangerous_text",
        ),
        ({"Tag": ["x" * 40_000]}, "CHECK_UNIT_SCHEMA.KO", "too_long"),
        (
            {"Keyword": [{"KeywordType": "subject"}]},
            "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
            "missing_field",
        ),
        ({"Event": [{"evType": "x"}]}, "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "missing_field"),
        ({"Gps": {"GpsAltitude": "haut"}}, "CHECK_UNIT_SCHEMA.KO", "bad_integer"),
    ],
)
def test_a_faulty_unit_has_its_code(change: dict, code: str, reason: str) -> None:
    assert (code, reason) in codes({**GOOD, **change})


def test_a_title_in_several_languages_is_enough() -> None:
    assert codes({"DescriptionLevel": "Item", "Title_": {"fr": "Acte", "en": "Deed"}}) == []


def test_a_mail_address_in_angle_brackets_is_no_markup() -> None:
    assert codes({**GOOD, "Writer": [{"FullName": "Jean <jean@exemple.fr>"}]}) == []


def test_the_year_9000_is_too_far_for_a_rule() -> None:
    management = {"AccessRule": {"Rules": [{"Rule": "ACC-1", "StartDate": "9000-01-01"}]}}
    assert codes(GOOD, management) == [("CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "year_too_far")]


def test_a_final_action_is_required_where_the_standard_requires_it() -> None:
    assert codes(GOOD, {"AppraisalRule": {"Rules": []}}) == [
        ("CHECK_UNIT_SCHEMA.INVALID_UNIT.KO", "missing_field")
    ]


def test_dates_lose_their_zone_and_keep_their_time() -> None:
    content, _management, problems = SCHEMA.check(
        {**GOOD, "StartDate": "2016-09-26Z", "SentDate": "2016/09/26T10:11:12.5+02:00"}, {}
    )
    assert not problems
    assert content["StartDate"] == "2016-09-26"
    assert content["SentDate"] == "2016-09-26T10:11:12.5"


def test_free_fields_are_typed_by_the_ontology() -> None:
    schema = UnitSchema({"NombrePages": "LONG"})
    content, _management, problems = schema.check({**GOOD, "NombrePages": ["12"]}, {})
    assert (content["NombrePages"], problems) == ([12], [])


@given(st.text())
def test_any_text_is_judged_without_error(text: str) -> None:
    SCHEMA.check({**GOOD, "Title": text, "StartDate": text, "Tag": [text]}, {})
    dangerous_text({"a": [text]})


@given(st.dates())
def test_every_date_is_kept(date: object) -> None:
    assert normalise_date(str(date)) == str(date)
