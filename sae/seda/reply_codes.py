"""The numeric reply codes of the exchange standard (code list in use since SEDA 0.2).

Clients of SEDA 1.0 and of as@lae take ``000`` for an acceptance and any other code for a refusal:
a deposit accepted with warnings is therefore told ``000``, and its warnings in the comment.
"""

from __future__ import annotations

import re

ACCEPTED = "000"
MALFORMED = "101"
UNAVAILABLE = "102"
IN_ERROR = "104"

_BY_CHECK = (
    ("CHECK_HEADER.CHECK_AGENT", "200"),
    ("CHECK_HEADER.CHECK_CONTRACT_INGEST", "300"),
    ("CHECK_HEADER.CHECK_IC_AP_RELATION", "203"),
    ("CHECK_HEADER.CHECK_ARCHIVEPROFILE", "203"),
    ("CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER", "211"),
    ("CHECK_DIGEST", "207"),
    ("OG_OBJECTS_FORMAT_CHECK.REJECTED_FORMAT", "307"),
    ("OG_OBJECTS_FORMAT_CHECK.FILE_FORMAT.REJECTED", "307"),
    ("OG_OBJECTS_FORMAT_CHECK", "204"),
    ("CHECK_UNIT_SCHEMA", "203"),
    ("CHECK_ARCHIVE_UNIT_PROFILE", "203"),
    ("UNITS_RULES_COMPUTE", "203"),
    ("CHECK_SEDA", MALFORMED),
    ("CHECK_CONTAINER", MALFORMED),
    ("MANIFEST_", MALFORMED),
    ("UPLOAD_SIP", MALFORMED),
    ("CHECK_DATAOBJECTPACKAGE", MALFORMED),
)
_TEST = "Test "
_NUMERIC = re.compile(r"\d{3}")


def numeric_reply_code(reply_code: str, outcome_details: list[str]) -> str:
    """Return the numeric code of a reply (``OK``, ``KO``, ``Test OK``…).

    ``outcome_details`` are the detailed outcomes of what went wrong, the most precise deciding.

    >>> numeric_reply_code("WARNING", [])
    '000'
    >>> numeric_reply_code("KO", ["CHECK_DIGEST.KO"])
    '207'
    """
    prefix = _TEST if reply_code.startswith(_TEST) else ""
    body = reply_code.removeprefix(_TEST)
    if _NUMERIC.fullmatch(body):
        return reply_code
    if body in ("OK", "WARNING"):
        return prefix + ACCEPTED
    if body == "FATAL":
        return prefix + UNAVAILABLE
    for check, code in _BY_CHECK:
        if any(detail.startswith(check) for detail in outcome_details):
            return prefix + code
    return prefix + IN_ERROR
