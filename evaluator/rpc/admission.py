"""Who may call what. Knows no tokens: whoever starts the server does."""

from collections.abc import Callable
from enum import Enum
from typing import Any


class Need(Enum):
    """What a call shows, and so what its caller must be allowed to see."""

    COUNTS = "counts"
    RECORDS = "records"


Admit = Callable[[str, Need], None]
"""Lets the sender of an ``authorization`` header (empty for none) see that, or raises
NotSignedIn or NotAllowed."""


def anybody(_: str, __: Need) -> None:
    """Lets everybody see everything."""


def authorization_of(context: Any) -> str:
    """The ``authorization`` header of a call, empty for none."""
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("authorization", ""))
