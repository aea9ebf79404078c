"""Cursors: opaque to callers, inside the place to go on after.

A record's cursor begins with a digest of the order asked for and of itself, so that one that was
altered, or given for a list in another order, is refused and not misread. That is no secret: a
cursor gives nobody more than asking does.
"""

import base64
import binascii
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

import msgspec

from indexer.model.errors import BadShape, Problem
from indexer.model.record import Cursor, OrderBy

DIGEST_BYTES = 8

T = TypeVar("T")


def cursor_of_name(name: str) -> str:
    """The cursor of a page of names that ends with this one."""
    return _text(msgspec.msgpack.encode(name))


def name_of(cursor: str | None) -> str | None:
    """The name a cursor of a list of names stands for. Raises: BadShape."""
    return None if cursor is None else _decoded(_bytes(cursor), str)


def cursor_in_list(place: object, order: str) -> str:
    """The cursor of a page, in some order, that ends at a place of plain values."""
    packed = msgspec.msgpack.encode(place)
    return _text(_digest(order, packed) + packed)


def place_in_list(cursor: str | None, order: str, type_: type[T]) -> T | None:
    """The place a cursor of a list in this order stands for. Raises: BadShape."""
    return None if cursor is None else _decoded(_checked(cursor, order), type_)


def cursor_of(place: Cursor | None, order: Sequence[OrderBy] = ()) -> str | None:
    """The cursor of a page of records that ends here; None at the end."""
    if place is None:
        return None
    packed = msgspec.msgpack.encode(place)
    return _text(_digest(order, packed) + packed)


def place_of(cursor: str | None, order: Sequence[OrderBy] = ()) -> Cursor | None:
    """The place a cursor of a list of records in this order stands for. Raises: BadShape."""
    if cursor is None:
        return None
    return _decoded(_checked(cursor, order), Cursor)


def _checked(cursor: str, order: object) -> bytes:
    """What is packed in a cursor that was given for this order."""
    data = _bytes(cursor)
    digest, packed = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if digest != _digest(order, packed):
        raise _not_ours()
    return packed


def _digest(order: object, packed: bytes) -> bytes:
    return blake2b(msgspec.msgpack.encode([order, packed]), digest_size=DIGEST_BYTES).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(cursor: str) -> bytes:
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _not_ours() from None


def _decoded(packed: bytes, type_: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(packed, type=type_)
    except (ValueError, msgspec.DecodeError):
        raise _not_ours() from None


def _not_ours() -> BadShape:
    message = "send a next_cursor as it was given, with the order it was given for"
    problem = Problem("bad_value", "/cursor", message)
    return BadShape("this cursor is not one of this list", problems=(problem,))
