"""Cursors: opaque to callers, inside the place to go on after."""

import base64
import binascii
from typing import TypeVar

import msgspec

from indexer.model.errors import BadShape, Problem
from indexer.model.record import Cursor

T = TypeVar("T")


def cursor_of(place: Cursor | str | None) -> str | None:
    """The cursor of a page that ends here; None at the end."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode()


def name_of(cursor: str | None) -> str | None:
    """The name a cursor of a list of names stands for. Raises: BadShape."""
    return _place_of(cursor, str)


def place_of(cursor: str | None) -> Cursor | None:
    """The place a cursor of a list of records stands for. Raises: BadShape."""
    return _place_of(cursor, Cursor)


def _place_of(cursor: str | None, type_: type[T]) -> T | None:
    if cursor is None:
        return None
    try:
        packed = base64.b64decode(cursor, altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=type_)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        problem = Problem("bad_value", "/cursor", "send a next_cursor as it was given")
        raise BadShape("this cursor is not one of ours", problems=(problem,)) from None
