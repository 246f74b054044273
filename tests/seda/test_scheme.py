"""A tree written as a transfer reads back as it was, whatever its positions say."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sae.seda.scheme import SchemeHeader, SchemeUnit, write_scheme
from tests.seda.corpus import needs_corpus, official_opinion
from tests.seda.reading import read

NOW = dt.datetime(2024, 3, 1, 10, 30, tzinfo=dt.UTC)
HEADER = SchemeHeader(
    message_identifier="0190", date=NOW, archival_agreement="CE-PLANS", agency="VILLE", comment="x"
)
RICH: dict[str, Any] = {
    "DescriptionLevel": "Series",
    "Title": "Série M",
    "Title_": {"fr": "Série M", "en": "Series M"},
    "OriginatingSystemId": ["M"],
    "Description": "Première ligne\nSeconde",
    "CustodialHistory": {"CustodialHistoryItem": ["Versée en 1950"]},
    "Language": ["fra"],
    "DescriptionLanguage": "fra",
    "Keyword": [
        {"KeywordContent": "Ponts & chaussées", "KeywordType": "subject"},
        {"KeywordContent": "Lyon", "KeywordReference": "g1", "KeywordType": "geogname"},
    ],
    "Coverage": {"Spatial": ["Lyon"], "Temporal": ["XIXe siècle"]},
    "OriginatingAgency": {
        "Identifier": "VILLE",
        "OrganizationDescriptiveMetadata": {"Name": ["Ville de Lyon"]},
    },
    "Writer": [{"FirstName": "A", "BirthName": "B", "Identifier": ["x"], "Function": ["maire"]}],
    "StartDate": "1801-01-01",
    "EndDate": "1900-12-31",
    "Event": [{"evType": "Entrée", "evDateTime": "2001-02-03T04:05:06", "outcome": "OK"}],
    "Gps": {"GpsVersionID": "2.2.0.0", "GpsAltitude": 12, "GpsLatitude": "45", "GpsLongitude": "4"},
    "Etagere": ["12 <bis>", {"Travée": ["3"]}],
}
RULES: dict[str, Any] = {
    "AppraisalRule": {
        "Rules": [{"Rule": "APP-1", "StartDate": "2000-01-01"}, {"Rule": "APP-2"}],
        "Inheritance": {"PreventInheritance": True, "PreventRulesId": []},
        "FinalAction": "Keep",
    },
    "ClassificationRule": {"ClassificationLevel": "DR", "ClassificationOwner": "Défense"},
    "HoldRule": {
        "Rules": [{"Rule": "HOL-1", "HoldReason": "Litige", "PreventRearrangement": True}]
    },
    "NeedAuthorization": False,
}


def written(*units: SchemeUnit) -> bytes:
    out = io.BytesIO()
    assert len(list(write_scheme(HEADER, units, out))) == len(units)
    return out.getvalue()


def test_a_position_reads_back_as_it_was(tmp_path: Path) -> None:
    rules = {**RULES, "AppraisalRule": {**RULES["AppraisalRule"]}}
    rules["AppraisalRule"]["Inheritance"] = {"PreventInheritance": True}
    manifest = written(SchemeUnit("a", RICH, rules, profile="PUA-1"))
    kept = read(manifest, tmp_path)
    unit = kept.unit("a")
    assert unit.content == RICH
    assert unit.management == rules
    assert unit.profile == "PUA-1"
    header = kept.summary.header
    assert (header.archival_agreement, header.originating_agency) == ("CE-PLANS", "VILLE")


def test_what_is_prevented_rule_by_rule_reads_back(tmp_path: Path) -> None:
    rules = {"AccessRule": {"Inheritance": {"PreventRulesId": ["ACC-1", "ACC-2"]}}}
    manifest = written(SchemeUnit("a", {"DescriptionLevel": "File", "Title": "A"}, rules))
    assert read(manifest, tmp_path).unit("a").management == rules


def test_a_position_under_two_others_is_written_once(tmp_path: Path) -> None:
    plain = {"DescriptionLevel": "File", "Title": "T"}
    kept = read(
        written(
            SchemeUnit("a", plain, children=["c"]),
            SchemeUnit("b", plain, children=["c"]),
            SchemeUnit("c", plain),
            SchemeUnit("d", plain, children=["a"], key=("OriginatingSystemId", "1 W")),
        ),
        tmp_path,
    )
    assert [(one.parent, one.child) for one in kept.links if one.parent] == [
        ("a", "c"),
        ("b", "c"),
        ("d", "a"),
    ]
    update = kept.unit("d").update_operation
    assert update is not None
    assert (update.key_name, update.key_value) == ("OriginatingSystemId", "1 W")


_WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()) and text == " ".join(text.split()))
_DAYS = st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)).map(str)
_KEYWORDS = st.fixed_dictionaries(
    {"KeywordContent": _WORDS},
    optional={"KeywordType": st.sampled_from(["subject", "persname"]), "KeywordReference": _WORDS},
)
_CONTENTS = st.fixed_dictionaries(
    {"DescriptionLevel": st.sampled_from(["Fonds", "Series", "File"]), "Title": _WORDS},
    optional={
        "Description": _WORDS,
        "OriginatingSystemId": st.lists(_WORDS, min_size=1, max_size=2),
        "FilePlanPosition": st.lists(_WORDS, min_size=1, max_size=2),
        "CustodialHistory": st.fixed_dictionaries(
            {"CustodialHistoryItem": st.lists(_WORDS, min_size=1, max_size=2)}
        ),
        "Keyword": st.lists(_KEYWORDS, min_size=1, max_size=3),
        "OriginatingAgency": st.fixed_dictionaries({"Identifier": _WORDS}),
        "Coverage": st.fixed_dictionaries({"Spatial": st.lists(_WORDS, min_size=1, max_size=2)}),
        "StartDate": _DAYS,
        "EndDate": _DAYS,
        "Libre": st.lists(_WORDS, min_size=1, max_size=2),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(_CONTENTS, min_size=1, max_size=4))
def test_any_tree_reads_back(tmp_path: Path, contents: list[dict[str, Any]]) -> None:
    units = [
        SchemeUnit(f"u{rank}", one, children=[f"u{rank + 1}"] if rank + 1 < len(contents) else [])
        for rank, one in enumerate(contents)
    ]
    kept = read(written(*units), tmp_path)
    assert [kept.unit(one.id).content for one in units] == contents


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_the_standard_finds_nothing_to_say(version: str) -> None:
    # Free elements stand in the namespace of the transfer, as the field's tools write and read
    # them, and an attachment by key is the reference system's own: the standard knows neither.
    content = {key: value for key, value in RICH.items() if key != "Etagere"}
    content["OriginatingAgency"] = {"Identifier": "VILLE"}
    content["Agent"] = [{"Corpname": "Ville"}]
    if version == "2.1":
        del content["Agent"]
    out = io.BytesIO()
    header = SchemeHeader("0190", NOW, "CE-PLANS", "VILLE", version=version)
    rules = {key: value for key, value in RULES.items() if key != "HoldRule"}
    units = [
        SchemeUnit("a", content, rules, children=["b"]),
        SchemeUnit("b", {"DescriptionLevel": "File", "Title": "B"}),
    ]
    assert len(list(write_scheme(header, units, out))) == 2
    assert official_opinion(out.getvalue(), version) == []
