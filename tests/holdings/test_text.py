"""Words of the index and words of the query are cut alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sae.holdings import text


def test_accents_and_ligatures_do_not_matter() -> None:
    assert text.lexeme("Délibérations") == text.lexeme("deliberation")
    assert text.lexeme("Œuvre") == text.lexeme("oeuvres")


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("rendu", "rendus"),
        ("loi", "lois"),
        ("élu", "élus"),
        ("revenu", "revenus"),
        ("emploi", "emplois"),
        ("jeu", "jeux"),
        ("verbal", "verbaux"),
        ("reçu", "reçus"),
        ("bureau", "bureaux"),
    ],
)
def test_plurals_do_not_matter(one: str, several: str) -> None:
    assert text.lexeme(one) == text.lexeme(several)


def test_decomposed_accents_do_not_cut_words() -> None:
    assert text.tsvector_literal("De\u0301libe\u0301ration") == text.tsvector_literal(
        "Délibération"
    )


def test_title_description_and_rest_have_their_weights() -> None:
    assert text.tsvector_literal("Toiture", "gymnase", "eau") == "'toitur':1A 'gymnas':2B 'eau':3C"


def test_elisions_and_stop_words_are_not_indexed() -> None:
    assert text.tsvector_literal("L’achat d'eau de la ville") == "'achat':1A 'eau':2A 'vill':5A"


def test_a_phrase_steps_over_stop_words() -> None:
    assert text.tsquery('"achat de fournitures"') == "'achat' <2> 'fournitur'"


def test_a_cote_is_searched_in_one_piece() -> None:
    assert text.tsquery("2014-021 ") == "'2014' <1> '021'"


def test_the_last_word_may_be_unfinished_until_a_space_closes_it() -> None:
    assert text.tsquery("marché factur") == "'march' & ('factur' | 'factur':*)"
    assert text.tsquery("marché facture ") == "'march' & 'factur'"


def test_a_short_beginning_is_no_prefix() -> None:
    assert text.tsquery("co") == "'co'"


def test_a_star_asks_for_a_beginning_anywhere() -> None:
    assert text.tsquery("factur* eau ") == "('factur' | 'factur':*) & 'eau'"


@pytest.mark.parametrize("typed", ["", " ", "l'", "de la", '"', "'", "!&|()<->:*", "\\", "\x00"])
def test_nothing_to_search_gives_an_empty_query(typed: str) -> None:
    assert text.tsquery(typed) == ""


@given(st.text())
def test_no_input_escapes_its_quotes(typed: str) -> None:
    outside = "".join(text.tsquery(typed).split("'")[::2])
    assert set(outside) <= set(" &|<>0123456789():*")


@given(st.text(), st.text())
def test_highlight_gives_the_text_back(content: str, query: str) -> None:
    pieces = text.highlight(content, query)
    assert "".join(piece for piece, _hit in pieces) == text.composed(content)


def test_hits_are_marked_on_the_original_text() -> None:
    html = text.highlight_html("<Délibération> du marché d'eau", "deliberations eau")
    assert html == "&lt;<mark>Délibération</mark>&gt; du marché d&#x27;<mark>eau</mark>"


def test_an_excerpt_stands_around_the_first_hit() -> None:
    found = text.excerpt("avant " * 100 + "le gymnase municipal " + "après " * 100, "gymnase")
    assert "gymnase" in found
    assert len(found) < 200
    assert found.startswith("… ")


def test_a_very_long_text_stays_within_the_limits_of_postgresql() -> None:
    literal = text.tsvector_literal("x", " ".join(f"{index:08}" for index in range(200_000)))
    assert len(literal) < 2**20


def test_numbers_sort_as_numbers() -> None:
    titles = ["Boîte 10", "Boîte 9", "boite 2", "Âge", "2014-021", "2014-3"]
    assert sorted(titles, key=text.sort_key) == [
        "2014-3", "2014-021", "Âge", "boite 2", "Boîte 9", "Boîte 10",
    ]  # fmt: skip


def test_every_text_of_the_metadata_is_searched() -> None:
    description, rest = text.text_of_content(
        {
            "Title": "T",
            "Title_": {"en": "Roof"},
            "Description": "D",
            "Keyword": [{"KeywordContent": "toiture"}],
            "OriginatingAgencyArchiveUnitIdentifier": ["12 W 3"],
            "Count": 12,
            "DescriptionLevel": "Item",
        }
    )
    assert description == "D"
    assert rest.split("\n") == ["Roof", "12", "toiture", "12 W 3"]
