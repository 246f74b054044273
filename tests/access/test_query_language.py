"""The box: words and qualifiers in, a query out, and back."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.query_language import BoxQuery, parse, read_period, write
from sae.kernel.identifiers import new_id


def test_words_and_qualifiers_are_told_apart() -> None:
    unit_id = new_id()
    query = parse(
        f'facture "eau potable" producteur:"Direction des finances" niveau:dossier type:plan '
        f"date:2010..2014 objet:oui dans:{unit_id}"
    )
    assert query == BoxQuery(
        text='facture "eau potable" ',
        agencies=("Direction des finances",),
        levels=("File",),
        unit_types=("FILING_UNIT",),
        start=dt.date(2010, 1, 1),
        end=dt.date(2014, 12, 31),
        under=(unit_id,),
        with_object=True,
    )


@pytest.mark.parametrize(
    ("typed", "period"),
    [
        ("2014", ("2014-01-01", "2014-12-31")),
        ("2016-02", ("2016-02-01", "2016-02-29")),
        ("02/2016", ("2016-02-01", "2016-02-29")),
        ("3/2/2016", ("2016-02-03", "2016-02-03")),
        ("2010..2014", ("2010-01-01", "2014-12-31")),
        ("2010..", ("2010-01-01", None)),
        ("..2014", (None, "2014-12-31")),
        ("<2015", (None, "2014-12-31")),
        ("<=2015", (None, "2015-12-31")),
        (">2015", ("2016-01-01", None)),
        (">=2015-03", ("2015-03-01", None)),
    ],
)
def test_periods_are_written_in_many_ways(typed: str, period: tuple[str, str]) -> None:
    assert read_period(typed) == tuple(one and dt.date.fromisoformat(one) for one in period)


@pytest.mark.parametrize(
    "typed", ["", "..", "abc", "2014..2010", "2014-13", "32/01/2014", "0000", "<0001", ">9999"]
)
def test_what_is_no_period_is_refused(typed: str) -> None:
    assert read_period(typed) is None


def test_what_is_not_understood_is_said_and_left_aside() -> None:
    query = parse("eau date:demain niveau:x dans:moi objet:")
    assert query.text == "eau "
    assert query.problems == ("date:demain", "niveau:x", "dans:moi", "objet:")
    assert not query.has_filter


def test_a_colon_does_not_make_a_qualifier() -> None:
    assert parse("http://exemple.fr 12:30").text == "http://exemple.fr 12:30"


def test_the_last_word_stays_open_until_a_space() -> None:
    assert parse("factu").text == "factu"
    assert parse("factu ").text == "factu "


@given(st.text())
def test_nothing_typed_is_an_error(typed: str) -> None:
    write(parse(typed))


@given(
    st.builds(
        BoxQuery,
        text=st.sampled_from(["", "facture eau", '"eau potable" 2014-021']),
        agencies=st.lists(st.sampled_from(["A", "Direction des finances"]), unique=True).map(tuple),
        levels=st.lists(st.sampled_from(["File", "Item", "Subseries"]), unique=True).map(tuple),
        unit_types=st.lists(st.sampled_from(["INGEST", "HOLDING_UNIT"]), unique=True).map(tuple),
        start=st.none() | st.dates(),
        end=st.none(),
        with_object=st.none() | st.booleans(),
    )
)
def test_what_is_written_is_read_back(query: BoxQuery) -> None:
    read = parse(write(query))
    assert read.text.strip() == query.text
    assert (read.agencies, read.levels, read.unit_types, read.start, read.with_object) == (
        query.agencies, query.levels, query.unit_types, query.start, query.with_object,
    )  # fmt: skip
    assert read.problems == ()
