"""French full text, without the server: one way to cut words, for the index and for the query.

The same function makes the ``tsvector`` sent by COPY and the ``tsquery`` of a search, so that the
two never diverge, and PostgreSQL does no text work. Accents are folded before stemming: whoever
types « deliberations » finds « Délibération ». Pure functions; nothing here knows a database.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import Stemmer

MAX_POSITION = 16_383
"""Largest position a ``tsvector`` keeps; later words are indexed at that position."""
MAX_POSITIONS_PER_WORD = 255
MAX_VECTOR_BYTES = 900_000
"""PostgreSQL refuses a ``tsvector`` over 1 MiB: the end of a longer text is left out."""
MAX_WORD = 64
MAX_QUERY_WORDS = 32
SORT_KEY_LENGTH = 80

# An elision (« l’ », « qu’ », « jusqu’ ») is matched to be skipped; group 1 is a word.
_WORDS = re.compile(
    r"\b(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’ʼ](?=\w)|([^\W_]+)", re.IGNORECASE
)
_PLAIN_WORDS = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    """
    a ai ait as au aux avait avec avoir c ce ceci cela ces cet cette ceux ci d dans de des
    du elle elles en entre es est et etaient etait etant etc eu eux furent fut il ils j je l
    la le les leur leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou par pas
    pour qu que qui s sa sans se sera seront ses si soit son sont sur t ta te tes toi ton tu
    un une vos votre vous y
    """.split()  # noqa: SIM905
)
_KEPT_PLURALS = ("as", "is", "os", "us", "eux", "oux")
_stemmer = Stemmer.Stemmer("french", 0)
_lexemes: dict[str, str] = {}
_LEXEMES_KEPT = 100_000
_MARKS = {mark: [f"{at}{mark}" for at in range(MAX_POSITION + 1)] for mark in "ABC"}


def fold(text: str) -> str:
    """Return ``text`` in lower case without accents nor ligatures."""
    if text.isascii():
        return text.lower()
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", text)
    return decomposed if decomposed.isascii() else decomposed.translate(_without_marks)


class _WithoutMarks(dict[int, int | None]):
    """What ``str.translate`` makes of each character: nothing of a combining mark."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        self[code] = kept
        return kept


_without_marks = _WithoutMarks()


def lexeme(word: str) -> str:
    """Return what is indexed of one word: its folded stem, or ``""`` for a stop word."""
    known = _lexemes.get(word)
    if known is not None:
        return known
    if word.isascii() and word.isdecimal():
        # Numbers are their own stem, and too many to be remembered.
        return word[:MAX_WORD]
    folded = fold(word)[:MAX_WORD]
    found = "" if folded in _STOP_WORDS else _stemmer.stemWord(_singular(folded))
    if len(_lexemes) >= _LEXEMES_KEPT:
        _lexemes.clear()
    _lexemes[word] = found
    return found


def _singular(folded: str) -> str:
    """Drop the plurals that the stemmer keeps: « rendus », « lois », « revenus », « jeux »."""
    return folded[:-1] if len(folded) > 3 and folded.endswith(_KEPT_PLURALS) else folded


def words(text: str) -> Iterator[re.Match[str]]:
    """Yield one match per word of ``text`` (group 1; positions are those of ``text``)."""
    return (match for match in _WORDS.finditer(text) if match[1])


def composed(text: str) -> str:
    """Return ``text`` with each accent joined to its letter: a lone accent would cut the word."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def tsvector_literal(title: str, description: str = "", rest: str = "") -> str:
    """Return the text form of a ``tsvector``: title A, description B, rest C.

    Lexemes hold letters and digits only, so the literal needs no escaping of its own and goes by
    COPY as it is. Positions, their number by word and the whole size stay within PostgreSQL's
    limits whatever the length of the texts.
    """
    places: dict[str, str | list[str]] = {}
    position = 0
    room = MAX_VECTOR_BYTES
    lexemes = _lexemes
    for marks, text in ((_MARKS["A"], title), (_MARKS["B"], description), (_MARKS["C"], rest)):
        for word in _words_of(composed(text)):
            position += 1
            found = lexemes.get(word)
            if found is None:
                found = lexeme(word)
            if not found:
                continue
            at = marks[position if position < MAX_POSITION else MAX_POSITION]
            known = places.get(found)
            if known is None:
                room -= 16 + 4 * len(found)
                if room < 0:
                    break
                places[found] = at
            elif isinstance(known, str):
                # Most words come once: a list is made for the others.
                if known != at:
                    room -= 2
                    places[found] = [known, at]
            elif len(known) < MAX_POSITIONS_PER_WORD and known[-1] != at:
                room -= 2
                known.append(at)
    return " ".join(
        [
            f"'{word}':{at}" if isinstance(at, str) else f"'{word}':{','.join(at)}"
            for word, at in places.items()
        ]
    )


def _words_of(text: str) -> list[str]:
    if "'" in text or "’" in text or "ʼ" in text:
        return [word for word in _WORDS.findall(text) if word]
    # Without an apostrophe there is no elision to look for, which takes half of the time.
    return _PLAIN_WORDS.findall(text)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a query: words that follow each other, the last maybe unfinished.

    ``gaps`` holds the distance of each lexeme to the one before it (stop words leave holes);
    ``prefix`` is the folded beginning of an unfinished last word, else ``""``.
    """

    lexemes: tuple[str, ...]
    gaps: tuple[int, ...]
    prefix: str = ""

    def expression(self) -> str:
        parts = [f"'{one}'" for one in self.lexemes]
        if self.prefix:
            # The stem as it is, or any stem that begins like what was typed: the stem itself as
            # a prefix would make « mars » find « marché ».
            parts[-1] = f"({parts[-1]} | '{self.prefix}':*)"
        text = parts[0]
        for part, gap in zip(parts[1:], self.gaps[1:], strict=True):
            text += f" <{gap}> {part}"
        return text


def parse_query(text: str, *, unfinished: bool = True) -> list[Term]:
    """Read what someone typed: words, ``"phrases"``, ``begin*``; never an error.

    All terms must be met. Words joined by a hyphen, a slash, a dot or an apostrophe
    (« 2014-021 ») follow each other. With ``unfinished``, the last word may go on, unless a space
    or a quote closes it.
    """
    text = composed(text.replace("\x00", " "))
    terms: list[Term] = []
    pieces = re.split(r'["«»“”]', text)
    for index, piece in enumerate(pieces):
        if index % 2:
            terms += _term(piece, prefix=False)
            continue
        groups = piece.split()
        for place, group in enumerate(groups):
            last = index == len(pieces) - 1 and place == len(groups) - 1
            open_end = unfinished and last and not piece[-1:].isspace()
            terms += _term(group, prefix=open_end or group.endswith("*"))
    return terms[:MAX_QUERY_WORDS]


def _term(text: str, *, prefix: bool) -> list[Term]:
    found: list[str] = []
    gaps: list[int] = []
    gap = 0
    last = ""
    for match in words(text):
        gap += 1
        last = match[1]
        stem = lexeme(last)
        if stem:
            found.append(stem)
            gaps.append(gap)
            gap = 0
    if not found:
        return []
    beginning = fold(last)[:MAX_WORD] if prefix and not gap else ""
    return [
        Term(
            tuple(found[:MAX_QUERY_WORDS]),
            tuple(gaps[:MAX_QUERY_WORDS]),
            beginning if len(beginning) > 2 and len(found) <= MAX_QUERY_WORDS else "",
        )
    ]


def tsquery(text: str, *, unfinished: bool = True) -> str:
    """Return the text form of a ``tsquery``, or ``""`` when nothing in ``text`` can be searched.

    Safe to cast (``%s::tsquery``) whatever was typed.
    """
    return " & ".join(term.expression() for term in parse_query(text, unfinished=unfinished))


def highlight(text: str, query: str, *, unfinished: bool = True) -> list[tuple[str, bool]]:
    """Cut ``text`` into ``(piece, is_hit)``; the pieces joined give back the (composed) text."""
    text = composed(text)
    terms = parse_query(query, unfinished=unfinished)
    wanted = {stem for term in terms for stem in term.lexemes}
    prefixes = tuple(term.prefix for term in terms if term.prefix)
    if not wanted:
        return [(text, False)] if text else []
    pieces: list[tuple[str, bool]] = []
    done = 0
    for match in words(text):
        stem = lexeme(match[1])
        if stem and (stem in wanted or (prefixes and stem.startswith(prefixes))):
            start, end = match.span(1)
            if start > done:
                pieces.append((text[done:start], False))
            pieces.append((text[start:end], True))
            done = end
    if done < len(text):
        pieces.append((text[done:], False))
    return pieces


def highlight_html(text: str, query: str, *, unfinished: bool = True) -> str:
    """Return escaped HTML with each hit in ``<mark>``."""
    return "".join(
        f"<mark>{escape(piece)}</mark>" if hit else escape(piece)
        for piece, hit in highlight(text, query, unfinished=unfinished)
    )


def excerpt(text: str, query: str, *, length: int = 180) -> str:
    """Return about ``length`` characters of ``text`` around the first hit, cut between words."""
    text = " ".join(composed(text).split())
    if len(text) <= length:
        return text
    before = 0
    for piece, hit in highlight(text, query):
        if hit:
            break
        before += len(piece)
    else:
        before = 0
    start = max(0, min(before - length // 4, len(text) - length))
    if start:
        start = text.find(" ", start) + 1
    end = start + length
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + length // 2)
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


_SORTED_PARTS = re.compile(r"0*(\d+)|([^\W\d_]+)")


def sort_key(title: str) -> str:
    """Return the key that lists titles as people expect: folded, and 9 before 10.

    A number is written behind its count of digits (« 2014-021 » gives ``42014 221``).
    """
    parts = [
        f"{min(len(number), 9)}{number}" if number else word
        for number, word in _SORTED_PARTS.findall(fold(title[: 2 * SORT_KEY_LENGTH]))
    ]
    return " ".join(parts)[:SORT_KEY_LENGTH]


_NOT_SEARCHED = frozenset({"Title", "Title_", "Description", "Description_", "DescriptionLevel"})
MAX_TEXT = 200_000
"""Characters of one unit's metadata that are indexed beside its title."""


def text_of_content(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return ``(description, rest)`` to index from a unit's descriptive metadata (SEDA names).

    Every text of the metadata is searched, in all its languages; identifiers and dates too, since
    people paste what they have. Names in their own order: the text is the same from a manifest and
    from the database, which keeps no order.
    """
    description: list[str] = []
    rest: list[str] = []
    for name in ("Description", "Description_"):
        _gather(content.get(name), description)
    for name in ("Title_",):
        _gather(content.get(name), rest)
    for name in sorted(content):
        if name not in _NOT_SEARCHED:
            _gather(content[name], rest)
    return "\n".join(description)[:MAX_TEXT], "\n".join(rest)[:MAX_TEXT]


def _gather(value: Any, into: list[str]) -> None:
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, Mapping):
        for name in sorted(value):
            _gather(value[name], into)
    elif isinstance(value, list | tuple):
        for inner in value:
            _gather(inner, into)
    elif value is not None and not isinstance(value, bool):
        into.append(str(value))
