"""Faults against a unit profile are told in French, field by field."""

from typing import Any

import pytest
from jsonschema import Draft4Validator

from tenants.selectors.unit_profile_words import place_of, words_of


@pytest.mark.parametrize(
    ("schema", "place", "words"),
    [
        ({"required": ["Title", "Absent"]}, "Absent", "il manque"),
        (
            {"properties": {"Title": {"type": "integer"}}},
            "Title",
            "« Procès-verbal » n’est pas du type attendu (nombre entier)",
        ),
        (
            {"properties": {"Title": {"enum": ["Acte", "Arrêté"]}}},
            "Title",
            "« Procès-verbal » n’est pas parmi les valeurs admises (Acte, Arrêté)",
        ),
        (
            {"properties": {"Title": {"pattern": "^A"}}},
            "Title",
            "« Procès-verbal » ne suit pas le motif ^A",
        ),
        (
            {"properties": {"Title": {"maxLength": 5}}},
            "Title",
            "« Procès-verbal » compte plus de 5 caractères",
        ),
        (
            {"properties": {"Title": {"minLength": 50}}},
            "Title",
            "« Procès-verbal » compte moins de 50 caractères",
        ),
        ({"properties": {"Tag": {"maxItems": 1}}}, "Tag", "il compte plus de 1 valeurs"),
        ({"properties": {"Tag": {"minItems": 9}}}, "Tag", "il compte moins de 9 valeurs"),
        ({"properties": {"Tag": {"uniqueItems": True}}}, "Tag", "une valeur y est répétée"),
        ({"properties": {"Rank": {"minimum": 5}}}, "Rank", "3 est au-dessous de 5"),
        ({"properties": {"Rank": {"maximum": 2}}}, "Rank", "3 est au-dessus de 2"),
        (
            {"additionalProperties": False, "properties": {"Title": {}, "Tag": {}}},
            "",
            "champs non prévus : Rank",
        ),
        (
            {"properties": {"Title": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}},
            "Title",
            "« Procès-verbal » n’est d’aucune des formes prévues",
        ),
    ],
)
def test_each_keyword_has_its_words(schema: dict[str, Any], place: str, words: str) -> None:
    unit = {"Title": "Procès-verbal", "Tag": ["a", "a"], "Rank": 3}
    (error,) = Draft4Validator(schema).iter_errors(unit)
    assert (place_of(error), words_of(error)) == (place, words)
