"""Who may call what. Knows no tokens: whoever starts the server does."""

from collections.abc import Callable
from enum import Enum
from typing import Any


class Need(Enum):
    """What a call shows or does, and so what its caller must be allowed to."""

    COUNTS = "counts"
    RECORDS = "records"
    CHANGES = "changes"


Admit = Callable[[str, Need], None]
"""Lets the sender of an ``authorization`` header (empty for none) see or do that, or raises
NotSignedIn or NotAllowed."""


def anybody(_: str, __: Need) -> None:
    """Lets everybody see and do everything."""


def authorization_of(context: Any) -> str:
    """The ``authorization`` header of a call, empty for none."""
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("authorization", ""))
