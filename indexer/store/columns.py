"""Columns and bitmaps as bytes, and back. The only place that knows both."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyroaring import BitMap

from indexer.encoding.bits import WORD_BITS, words_for
from indexer.encoding.cells import AnyColumn, empty_column
from indexer.encoding.coded import CODE_TYPES, CodedColumn
from indexer.encoding.frame import LANE_TYPES
from indexer.encoding.number import NumberColumn
from indexer.encoding.sets import SetColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.schema import Field, FieldType

Parts = dict[str, bytes]
"""A column's byte strings by part name."""

_ENTRY = struct.Struct("<IQ")
_FRAME = struct.Struct("<qQ")
_NAMED: dict[str, type[np.generic]] = {
    kind.__name__: kind for kind in (*LANE_TYPES, *CODE_TYPES, np.float64)
}


def parts_of(column: AnyColumn) -> Parts:
    """The column as bytes: little-endian arrays after their type, portable Roaring bitmaps."""
    match column:
        case NumberColumn(lanes, present, base, unit):
            return {
                "lanes": _typed(lanes),
                "frame": _FRAME.pack(base, unit),
                "present": _raw(present),
            }
        case SetColumn(_, lengths, codes, present, bitmaps, _):
            return {
                "lengths": _typed(lengths),
                "codes": _typed(codes),
                "present": _raw(present),
                "bitmaps": _bitmap_bytes(bitmaps),
            }
        case CodedColumn(_, codes, bitmaps, _):
            return {"codes": _typed(codes), "bitmaps": _bitmap_bytes(bitmaps)}


def column_of(
    field: Field, parts: Mapping[str, bytes], vocabulary: Vocabulary, size: int, bitmaps_max: int
) -> AnyColumn:
    """The column of these parts. Raises: SnapshotCorrupt when they don't fit each other."""
    empty: Any = empty_column(field, vocabulary, bitmaps_max=bitmaps_max)
    if isinstance(empty, NumberColumn):
        return _numbers(field, parts, size)
    bitmaps = _bitmaps(parts["bitmaps"])
    codes = _array(parts["codes"], field)
    _expect(codes.dtype.type in CODE_TYPES, field)
    if isinstance(empty, SetColumn):
        lengths = _array(parts["lengths"], field)
        _expect(lengths.dtype.type in LANE_TYPES and len(lengths) == size, field)
        _expect(int(lengths.sum(dtype=np.uint64)) == len(codes), field)
        _expect(int(codes.max(initial=0)) < max(1, len(vocabulary)), field)
        present = _words(parts["present"], size, field)
        return SetColumn(vocabulary, lengths, codes, present, bitmaps, empty.bitmaps_max)
    _expect(len(codes) == size, field)
    known = codes[codes != np.iinfo(codes.dtype).max]
    _expect(int(known.max(initial=0)) < max(1, len(vocabulary)), field)
    kind: type[CodedColumn] = type(empty)
    return kind(vocabulary, codes, bitmaps, empty.bitmaps_max)


def bitmap_from(data: bytes, size: int, name: str) -> BitMap:
    """A bitmap whose members are all below ``size``. Raises: SnapshotCorrupt."""
    try:
        bitmap = BitMap.deserialize(data)
    except (ValueError, IndexError, TypeError) as error:
        raise SnapshotCorrupt(f"bitmap {name!r} can't be read") from error
    if bitmap and bitmap.max() >= size:
        raise SnapshotCorrupt(f"bitmap {name!r} names records the shard does not have")
    return bitmap


def _raw(values: Any) -> bytes:
    return np.ascontiguousarray(values).tobytes()


def _typed(values: Any) -> bytes:
    """The array after the length and the letters of its type."""
    name: bytes = values.dtype.name.encode()
    return bytes([len(name)]) + name + _raw(values)


def _array(data: bytes, field: Field) -> Any:
    """What ``_typed`` wrote."""
    start = 1 + data[0] if data else 0
    kind = _NAMED.get(data[1:start].decode("latin-1"))
    _expect(kind is not None and (len(data) - start) % np.dtype(kind).itemsize == 0, field)
    return np.frombuffer(data[start:], kind)


def _words(data: bytes, size: int, field: Field) -> Any:
    """The words of ``size`` bits, none beyond them set."""
    _expect(len(data) == words_for(size) * (WORD_BITS // 8), field)
    words = np.frombuffer(data, np.uint64)
    beyond = size % WORD_BITS
    _expect(not beyond or int(words[-1]) >> beyond == 0, field)
    return words


def _numbers(field: Field, parts: Mapping[str, bytes], size: int) -> NumberColumn:
    lanes = _array(parts["lanes"], field)
    kinds = (np.float64,) if field.type is FieldType.FLOAT else LANE_TYPES
    _expect(len(lanes) == size and lanes.dtype.type in kinds, field)
    base, unit = _FRAME.unpack(parts["frame"])
    _expect(unit > 0, field)
    if lanes.dtype.kind != "f" and size:
        _expect(base + unit * int(lanes.max()) <= np.iinfo(np.int64).max, field)
    return NumberColumn(lanes, _words(parts["present"], size, field), base, unit)


def _bitmap_bytes(bitmaps: Mapping[int, BitMap] | None) -> bytes:
    """Empty bytes for a column without bitmaps; else (code, length, bytes) one after another."""
    if bitmaps is None:
        return b""
    written = [b"\1"]
    for code, bitmap in bitmaps.items():
        data = bitmap.serialize()
        written += [_ENTRY.pack(code, len(data)), data]
    return b"".join(written)


def _bitmaps(data: bytes) -> dict[int, BitMap] | None:
    if not data:
        return None
    found: dict[int, BitMap] = {}
    at = 1
    while at < len(data):
        code, length = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        found[code] = BitMap.deserialize(data[at : at + length])
        at += length
    return found


def _expect(holds: bool, field: Field) -> None:
    if not holds:
        raise SnapshotCorrupt(f"the parts of field {field.name!r} do not fit each other")
