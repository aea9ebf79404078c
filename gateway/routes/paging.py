"""Cursors: opaque to callers, inside the key to go on after."""

import base64
import binascii

import msgspec

from indexer.model.errors import BadShape, Problem
from indexer.model.ids import RecordKey


def cursor_of(key: RecordKey | None) -> str | None:
    """The cursor of a page that ends with this key; None at the end."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(key)).decode()


def key_of(cursor: str | None) -> RecordKey | None:
    """The key a cursor stands for. Raises: BadShape."""
    if cursor is None:
        return None
    try:
        packed = base64.b64decode(cursor, altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=int | str)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        problem = Problem("bad_value", "/cursor", "send a next_cursor as it was given")
        raise BadShape("this cursor is not one of ours", problems=(problem,)) from None
