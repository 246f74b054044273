"""What one line of the matrix says."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenants.permissions import Permission
from tests.builders.people import Cast

EVERYONE = "everyone signed in"
PUBLIC = "everyone"


@dataclass(frozen=True)
class Line:
    """Who may see one address. ``of`` names the thing of coffre A that its address carries."""

    permission: Permission | str
    of: str = ""
    also: tuple[tuple[str, Any], ...] = ()
    method: str = "get"
    granted: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Thing:
    """One thing of organisation A that addresses carry as ``parameter``, and how it is made.

    ``make`` is called once the referentials are imported and one deposit is made; it returns the
    identifier. ``None``: an identifier of nothing.
    """

    parameter: str
    make: Callable[[Cast], uuid.UUID] | None = None
