"""Reads a manifest in one pass: checks its grammar and hands it over piece by piece.

Valid quickly, explain slowly: ``read_manifest`` stops at the first fault, ``explain_manifest``
goes through again and lists them all. Nothing is fetched from anywhere, document types are
refused, and memory does not grow with the manifest but for eight bytes per identifier.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from sae.kernel.problems import Problem
from sae.seda import reasons
from sae.seda.assembly import Assembly, IgnoringConsumer, ManifestConsumer
from sae.seda.automaton import Automaton
from sae.seda.dialects import SUPPORTED_VERSIONS, dialect_of
from sae.seda.faults import FaultSink, ManifestRefused
from sae.seda.identifiers import CompactRegister, ExactRegister, IdentifierRegister
from sae.seda.model import ManifestSummary

ENCODINGS = frozenset({"utf-8", "us-ascii", "utf-16", "iso-8859-1", "iso-8859-15", "windows-1252"})
"""Encodings that a manifest may declare; the field's rule is UTF-8."""

_CHUNK = 1 << 18
_TEXT_BUFFER = 1 << 16


@dataclass(frozen=True, slots=True)
class ManifestLimits:
    """What a manifest may cost. ``max_depth`` counts nested elements, so nested units too."""

    max_bytes: int = 16 << 30
    max_depth: int = 2048
    max_text: int = 16 << 20
    max_tag: int = 1 << 20
    max_names: int = 20_000
    max_problems: int = 10_000


DEFAULT_LIMITS = ManifestLimits()


def read_manifest(
    path: Path | str, consumer: ManifestConsumer, *, limits: ManifestLimits = DEFAULT_LIMITS
) -> ManifestSummary:
    """CHECK_SEDA: check a manifest and hand it over to ``consumer`` while it is read.

    Raises :class:`ManifestRefused` at the first fault; what the consumer has received is then to
    be thrown away. References, cycles, usages and empty titles are not judged here: they come out
    as they are.
    """
    register = CompactRegister()
    summary = _Reading(path, consumer, register, FaultSink(collect=False), limits).run()
    repeated = _repeated_identifiers(path, register, limits)
    if repeated:
        raise ManifestRefused(tuple(repeated))
    return summary


def explain_manifest(path: Path | str, *, limits: ManifestLimits = DEFAULT_LIMITS) -> list[Problem]:
    """Every fault of grammar of a manifest, in the order of lines; none when it is valid."""
    faults = FaultSink(collect=True, limit=limits.max_problems)
    register = CompactRegister()
    with contextlib.suppress(ManifestRefused):
        _Reading(path, IgnoringConsumer(), register, faults, limits).run()
    problems = faults.problems + _repeated_identifiers(path, register, limits)
    return sorted(problems, key=lambda problem: problem.place.line or 0)


def read_despite_faults(
    path: Path | str, consumer: ManifestConsumer, *, limits: ManifestLimits = DEFAULT_LIMITS
) -> ManifestSummary | None:
    """Hand over what can be read of a refused manifest, to look for what else is wrong with it.

    What is at fault is handed over without what was wrong in it; elements that have no place where
    they stand are left out whole. ``None`` when the manifest could not be read to its end.
    """
    faults = FaultSink(collect=True, limit=limits.max_problems)
    reading = _Reading(path, consumer, CompactRegister(), faults, limits)
    with contextlib.suppress(ManifestRefused):
        reading.run()
    return reading.summary()


def _repeated_identifiers(
    path: Path | str, register: CompactRegister, limits: ManifestLimits
) -> list[Problem]:
    suspects = register.suspects()
    if not suspects:
        return []
    exact = ExactRegister(suspects)
    # Other faults were told by the first reading; this one only looks at identifiers.
    others = FaultSink(collect=True, limit=limits.max_problems)
    with contextlib.suppress(ManifestRefused):
        _Reading(path, IgnoringConsumer(), exact, others, limits).run()
    sink = FaultSink(collect=True, limit=limits.max_problems + 1)
    for identifier, line, first in exact.repeated[: limits.max_problems]:
        sink.add(
            reasons.IDENTIFIER_DUPLICATED,
            line=line,
            identifier=identifier,
            seen=identifier,
            first_line=first,
        )
    return sink.problems


class _Reading:
    """One pass over a manifest."""

    def __init__(
        self,
        path: Path | str,
        consumer: ManifestConsumer,
        register: IdentifierRegister,
        faults: FaultSink,
        limits: ManifestLimits,
    ) -> None:
        self._path = path
        self._consumer = consumer
        self._register = register
        self._faults = faults
        self._limits = limits
        self._ended = False
        self._build: Assembly | None = None
        self._automaton: Automaton | None = None
        self._names: dict[str, str] = {}
        self._parser = expat.ParserCreate(None, " ", self._names)
        self._parser.buffer_text = True
        self._parser.buffer_size = _TEXT_BUFFER
        self._parser.StartElementHandler = self._root
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def run(self) -> ManifestSummary:
        """Read to the end. Raises :class:`ManifestRefused` if there was any fault."""
        try:
            with open(self._path, "rb") as file:
                self._feed(file)
        except FileNotFoundError:
            raise self._faults.stop(reasons.MANIFEST_NOT_FOUND) from None
        except expat.ExpatError as error:
            raise self._faults.stop(
                reasons.XML_MALFORMED,
                line=error.lineno,
                column=error.offset + 1,
                seen=expat.ErrorString(error.code),
            ) from None
        if self._faults.problems or self._build is None:
            raise ManifestRefused(tuple(self._faults.problems))
        return self._build.summary()

    def summary(self) -> ManifestSummary | None:
        """What was read, whatever the faults; ``None`` when the end was not reached."""
        whole = self._ended and self._build is not None and self._build.header is not None
        return self._build.summary() if whole and self._build else None

    def _feed(self, file: BinaryIO) -> None:
        parser, limits = self._parser, self._limits
        fed = 0
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > limits.max_tag:
                raise self._stop(reasons.TAG_TOO_LONG, limits.max_tag)
            if fed > limits.max_bytes:
                raise self._stop(reasons.MANIFEST_TOO_LARGE, limits.max_bytes)
            if len(self._names) > limits.max_names:
                raise self._stop(reasons.TOO_MANY_NAMES, limits.max_names)
            text = self._automaton.text if self._automaton else []
            if text and sum(map(len, text)) > limits.max_text:
                raise self._stop(reasons.TEXT_TOO_LONG, limits.max_text)
        parser.Parse(b"", True)
        self._ended = True

    def _stop(self, reason: str, limit: int) -> ManifestRefused:
        return self._faults.stop(reason, line=self._parser.CurrentLineNumber, limit=limit)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        dialect = dialect_of(namespace)
        if dialect is None:
            raise self._faults.stop(
                reasons.VERSION_UNSUPPORTED,
                line=self._parser.CurrentLineNumber,
                element=local,
                seen=namespace,
                expected=", ".join(SUPPORTED_VERSIONS),
            )
        root = dialect.root
        if local != root.name:
            raise self._faults.stop(
                reasons.ROOT_UNEXPECTED,
                line=self._parser.CurrentLineNumber,
                element=local,
                seen=local,
                expected=root.name,
            )
        self._build = dialect.assembly(self._consumer, dialect.version, namespace)
        automaton = Automaton(
            self._parser,
            self._build,
            self._register,
            self._faults,
            structure=dialect.structure,
            max_depth=self._limits.max_depth,
        )
        self._parser.StartElementHandler = automaton.start
        self._parser.EndElementHandler = automaton.end
        self._parser.CharacterDataHandler = automaton.text.append
        automaton.open_root(root, attributes)
        self._automaton = automaton

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise self._faults.stop(
                reasons.ENCODING_UNSUPPORTED, line=1, seen=encoding, expected="UTF-8"
            )

    def _doctype(self, *_: object) -> None:
        raise self._faults.stop(reasons.DOCTYPE_FORBIDDEN, line=self._parser.CurrentLineNumber)
