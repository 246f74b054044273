"""Range headers as RFC 9110 has them."""

import pytest

from sae.storage.ranges import RangeRequest, UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-99", (0, 100)),
        ("bytes=10-", (10, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=50-1000", (50, 100)),
        (" BYTES = 1-2 ", (1, 3)),
    ],
)
def test_a_range_is_cut_to_the_object(header: str, expected: tuple[int, int]) -> None:
    found = parse_range(header, 100)
    assert found == RangeRequest(*expected)


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4"),
        *("lines=0-1", "bytes=" + "9" * 5_000 + "-"),
    ],
)
def test_what_is_not_one_range_asks_for_the_whole(header: str) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_past_the_end_is_unsatisfiable(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 100)


def test_an_empty_object_has_no_range() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=0-", 0)


def test_the_answer_says_which_bytes_it_holds() -> None:
    assert RangeRequest(10, 20).content_range(100) == "bytes 10-19/100"
