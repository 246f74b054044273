import datetime as dt
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sae.journal.canonical import admissible, canonical, canonical_moment
from sae.kernel.outcomes import Outcome

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_the_canonical_form_is_that_of_any_json_library(value):
    kept = admissible(value)
    plain = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(kept) == plain.encode()


@given(values)
def test_a_kept_value_is_kept_as_it_is_the_second_time(value):
    assert admissible(admissible(value)) == admissible(value)


def test_keys_are_sorted_and_no_space_is_written():
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_what_postgresql_would_not_give_back_is_replaced_or_refused():
    assert admissible("a\0b\ud800") == "a�b�"
    with pytest.raises(TypeError):
        admissible({"duration": 1.5})
    with pytest.raises(TypeError):
        admissible({1: "one"})
    with pytest.raises(TypeError):
        admissible(2**63)


def test_identifiers_dates_and_outcomes_become_text():
    identifier = uuid.UUID(int=7)
    moment = dt.datetime(2026, 1, 31, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert admissible([identifier, moment, moment.date(), Outcome.KO]) == [
        str(identifier),
        "2026-01-31T08:00:00.000000Z",
        "2026-01-31",
        "KO",
    ]


def test_a_date_without_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        canonical_moment(dt.datetime(2026, 1, 1))
