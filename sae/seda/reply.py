"""What an ArchiveTransferReply says, as plain values, whatever the version it is written in."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v{version}"
DEFAULT_VERSION = "2.2"
CODE_LISTS = (
    "ReplyCodeListVersion",
    "MessageDigestAlgorithmCodeListVersion",
    "FileFormatCodeListVersion",
)


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """One event of the journal as the reply tells it; ``detail_data`` is JSON text."""

    code: str
    label: str
    occurred_at: dt.datetime
    outcome: str
    outcome_detail: str
    message: str
    detail_data: str = ""
    object_reference: str = ""


@dataclass(frozen=True, slots=True)
class ReplyObject:
    """A data object, by its identifier in the manifest and the one given to it."""

    manifest_id: str
    is_binary: bool
    system_id: str
    group_system_id: str
    version: str
    ark: str = ""


@dataclass(frozen=True, slots=True)
class ReplyGroup:
    """A group with its objects and what went wrong in it."""

    manifest_id: str
    objects: Sequence[ReplyObject]
    events: Sequence[ReplyEvent] = ()


@dataclass(frozen=True, slots=True)
class ReplyUnit:
    """A unit, by its identifier in the manifest and the one given to it.

    ``ark``: its persistent identifier, for versions that know such (2.3); as for objects.
    """

    manifest_id: str
    system_id: str
    events: Sequence[ReplyEvent] = ()
    ark: str = ""


@dataclass(frozen=True, slots=True)
class ReplyArchive:
    """The whole of what was deposited, under the one identifier by which it can be asked for.

    ``manifest_id`` and ``system_id`` are those of the unit that holds all others; empty when the
    deposit has several roots.
    """

    identifier: str
    title: str = ""
    manifest_id: str = ""
    system_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reply says. Groups and units are read once, as streams."""

    message_identifier: str
    reply_code: str
    date: dt.datetime
    request_identifier: str = ""
    version: str = DEFAULT_VERSION
    archival_agreement: str = ""
    archival_profile: str = ""
    code_lists: Mapping[str, str] = field(default_factory=dict)
    archival_agency: str = ""
    transferring_agency: str = ""
    grant_date: dt.datetime | None = None
    comment: str = ""
    groups: Iterable[ReplyGroup] = ()
    units: Iterable[ReplyUnit] = ()
    events: Iterable[ReplyEvent] = ()
    archive: ReplyArchive | None = None


def xml_text(value: str) -> str:
    """Drop what XML 1.0 cannot carry (controls, lone surrogates)."""
    if value.isprintable():
        return value
    return "".join(
        character
        for character in value
        if character in "\t\n\r" or (character >= " " and not "\ud800" <= character <= "\udfff")
        if character not in "\ufffe\uffff"
    )


def moment_text(moment: dt.datetime) -> str:
    """Return a moment as the messages write it."""
    return moment.isoformat(timespec="milliseconds")
