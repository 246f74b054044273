"""SEDA metadata in an archivist's words."""

import datetime as dt

from access.description import cote_of, extreme_dates, facts_of
from access.rules_panel import day_of
from sae.holdings.levels import level_label


def test_facts_follow_the_order_of_the_labels_and_free_elements_end() -> None:
    facts = facts_of(
        {
            "ChampLibre": ["x"],
            "Keyword": [{"KeywordContent": "toit", "KeywordType": "subject"}],
            "Title": "ailleurs sur la page",
            "Description": "Gymnase",
            "Title_": {"en": "Roof"},
            "StartDate": "2014-03-01",
            "SentDate": "2014",
            "Vide": [],
        }
    )
    assert [(fact.label, fact.values) for fact in facts] == [
        ("Intitulé dans d’autres langues", ("Roof (en)",)),
        ("Présentation", ("Gymnase",)),
        ("Date de début", ("1er\u00a0mars\u00a02014",)),
        ("Envoyé le", ("2014",)),
        ("Mot-clé", ()),
        ("ChampLibre", ("x",)),
    ]
    (block,) = facts[4].blocks
    assert [(fact.label, fact.values) for fact in block] == [
        ("Valeur", ("toit",)),
        ("Nature", ("subject",)),
    ]


def test_a_very_long_list_is_cut_and_says_so() -> None:
    (fact,) = facts_of({"Tag": [str(number) for number in range(80)]})
    assert (len(fact.values), fact.left_out) == (50, 30)


def test_the_cote_is_the_producer_s_first() -> None:
    assert (
        cote_of({"FilePlanPosition": ["1"], "OriginatingAgencyArchiveUnitIdentifier": ["2"]}) == "2"
    )
    assert cote_of({}) == ""


def test_dates_and_levels_are_said_in_french() -> None:
    start, end = dt.date(2014, 3, 3), dt.date(2016, 6, 30)
    assert extreme_dates(start, end) == "3\u00a0mars\u00a02014 au 30\u00a0juin\u00a02016"
    assert extreme_dates(start, None).startswith("depuis le")
    assert extreme_dates(None, None) == ""
    assert level_label("File") == "Dossier"
    assert level_label("Inconnu") == "Inconnu"


def test_a_day_that_is_none_is_not_an_error() -> None:
    assert day_of("bientôt") is None
    assert day_of("2026-06-30T10:00:00") == dt.date(2026, 6, 30)
