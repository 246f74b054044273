"""Text that a browser would run: refused wherever a referential comes from.

The peers refuse any value with HTML or script in it before reading its meaning. Output is escaped
in our own pages, but what is stored here is also given to other people's tools.
"""

import re

_MARKUP = re.compile(
    r"""(?<!\(\?)<\s*(?:!|\?|/?\s*[a-z][a-z0-9:-]*(?:\s|/|>|$))  # a tag; not a regex group
      | javascript\s*:
      | &\#x?[0-9a-f]+;?\s*script
      | \bon(?:error|load|click|mouseover|focus)\s*=""",
    re.IGNORECASE | re.VERBOSE,
)


def find_markup(text: str) -> str:
    """Return the first piece of markup or script in ``text``, empty when there is none.

    « < 10 ans » or « a<b » are plain text.
    """
    found = _MARKUP.search(text)
    return text[found.start() : found.start() + 60] if found else ""
