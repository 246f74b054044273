"""Text that no spreadsheet takes for a formula (CSV injection, OWASP)."""

import re

_FORMULA_START = re.compile(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d\u202f\u00a0 ]*(?:[.,]\d+)?\Z")


def neutralise(text: str) -> str:
    """Return the text with an apostrophe before what would be a formula.

    Signed numbers stay readable as numbers: ``-12,5`` evaluates to itself.
    """
    if not _FORMULA_START.match(text) or _PLAIN_NUMBER.match(text):
        return text
    return f"'{text}"
