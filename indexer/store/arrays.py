"""Arrays and keys as bytes, and back. Whatever can't be what was written is SnapshotCorrupt."""

import struct
from collections.abc import Collection
from typing import Any

import msgspec
import numpy as np

from indexer.dataset.keys import IntKeys, Keys, TextKeys, key_array
from indexer.encoding.bits import WORD_BITS, Words, words_for
from indexer.encoding.frame import LANE_TYPES
from indexer.model.errors import SnapshotCorrupt
from indexer.model.schema import FieldType

FRAME = struct.Struct("<qQ")
"""A base and a unit."""

Types = Collection[type[np.generic]]

_TYPE_LENGTH_BYTES = 1
_INT64_MAX = np.iinfo(np.int64).max


def typed_bytes(values: Any) -> bytes:
    """A little-endian array, after the length and the letters of its type."""
    name: bytes = values.dtype.name.encode()
    return bytes([len(name)]) + name + np.ascontiguousarray(values).tobytes()


def typed_array(data: bytes, types: Types, name: str) -> Any:
    """What ``typed_bytes`` wrote, of one of these types. Raises: SnapshotCorrupt."""
    start = _TYPE_LENGTH_BYTES + data[0] if data else 0
    written = data[_TYPE_LENGTH_BYTES:start]
    kind = next((kind for kind in types if kind.__name__.encode() == written), None)
    if kind is None or (len(data) - start) % np.dtype(kind).itemsize:
        raise SnapshotCorrupt(f"{name} is no array of a type it can have")
    return np.frombuffer(data[start:], kind)


def words_from(data: bytes, size: int, name: str) -> Words:
    """Words of ``size`` bits. Raises: SnapshotCorrupt, also for a bit beyond them."""
    words = np.frombuffer(data, np.uint64) if len(data) == 8 * words_for(size) else None
    beyond = size % WORD_BITS
    if words is None or (beyond and int(words[-1]) >> beyond):
        raise SnapshotCorrupt(f"{name} does not have one bit a record")
    return words


def frame_from(data: bytes, most: int, name: str) -> tuple[int, int]:
    """A base and a unit by which lanes up to ``most`` are int64. Raises: SnapshotCorrupt."""
    base, unit = FRAME.unpack(data)
    if unit < 1 or base + unit * most > _INT64_MAX:
        raise SnapshotCorrupt(f"{name} has a frame that its lanes do not fit")
    return base, unit


def key_bytes(keys: Keys) -> bytes:
    """Int keys as their frame and lanes, if they have any; texts as a list."""
    match keys:
        case IntKeys(_, lanes, base, unit):
            return FRAME.pack(base, unit) + (b"" if lanes is None else typed_bytes(lanes))
        case TextKeys(texts):
            return msgspec.msgpack.encode(texts.tolist())


def keys_from(data: bytes, type_: FieldType, size: int, name: str) -> Keys:
    """What ``key_bytes`` wrote for a shard of this size. Raises: SnapshotCorrupt."""
    if type_ is FieldType.INT:
        head, rest = data[: FRAME.size], data[FRAME.size :]
        lanes = typed_array(rest, LANE_TYPES, name) if rest else None
        most = max(0, size - 1) if lanes is None else int(lanes.max(initial=0))
        keys: Keys = IntKeys(size, lanes, *frame_from(head, most, name))
        held = size if lanes is None else len(lanes)
    else:
        texts = key_array(msgspec.msgpack.decode(data, type=list[str]), type_)
        keys, held = TextKeys(texts), len(texts)
    if held != size:
        raise SnapshotCorrupt(f"{name} has {held} keys for {size} records")
    return keys
