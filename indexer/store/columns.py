"""Columns and bitmaps as bytes, and back. The only place that knows both."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyroaring import BitMap

from indexer.encoding.cells import AnyColumn, empty_column
from indexer.encoding.coded import CODE_TYPES, CodedColumn, wide_codes
from indexer.encoding.frame import LANE_TYPES
from indexer.encoding.number import NumberColumn
from indexer.encoding.serial import Serial
from indexer.encoding.sets import SetColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.schema import Field, FieldType
from indexer.store.arrays import FRAME, frame_from, typed_array, typed_bytes, words_from

Parts = dict[str, bytes]
"""A column's byte strings by part name."""

_ENTRY = struct.Struct("<IQ")


def parts_of(column: AnyColumn) -> Parts:
    """The column as bytes: little-endian arrays after their type, portable Roaring bitmaps."""
    match column:
        case NumberColumn(lanes, present, base, unit):
            return {
                "lanes": typed_bytes(lanes),
                "frame": FRAME.pack(base, unit),
                "present": _raw(present),
            }
        case SetColumn(_, lengths, codes, present, bitmaps, _):
            return {
                "lengths": typed_bytes(lengths),
                "codes": typed_bytes(codes),
                "present": _raw(present),
                "bitmaps": _bitmap_bytes(bitmaps),
            }
        case CodedColumn(bitmaps=bitmaps):
            return {"codes": typed_bytes(column.codes), "bitmaps": _bitmap_bytes(bitmaps)}


def column_of(
    field: Field, parts: Mapping[str, bytes], vocabulary: Vocabulary, size: int, bitmaps_max: int
) -> AnyColumn:
    """The column of these parts. Raises: SnapshotCorrupt when they don't fit each other."""
    empty: Any = empty_column(field, vocabulary, bitmaps_max=bitmaps_max)
    if isinstance(empty, NumberColumn):
        return _numbers(field, parts, size)
    bitmaps = _bitmaps(parts["bitmaps"])
    name = f"field {field.name!r}"
    codes = typed_array(parts["codes"], CODE_TYPES, name)
    if isinstance(empty, SetColumn):
        lengths = typed_array(parts["lengths"], LANE_TYPES, name)
        _expect(len(lengths) == size, field)
        _expect(int(lengths.sum(dtype=np.uint64)) == len(codes), field)
        _expect(not len(codes) or int(codes.max()) < len(vocabulary), field)
        present = words_from(parts["present"], size, name)
        return SetColumn(vocabulary, lengths, codes, present, bitmaps, empty.bitmaps_max)
    _expect(len(codes) == size, field)
    known = codes[codes != np.iinfo(codes.dtype).max]
    _expect(not len(known) or int(known.max()) < len(vocabulary), field)
    kind: type[CodedColumn] = type(empty)
    serial = Serial.of(wide_codes(codes)) if bitmaps is None else None
    return kind(vocabulary, codes if serial is None else serial, bitmaps, empty.bitmaps_max)


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


def _numbers(field: Field, parts: Mapping[str, bytes], size: int) -> NumberColumn:
    name = f"field {field.name!r}"
    kinds = (np.float64,) if field.type is FieldType.FLOAT else LANE_TYPES
    lanes = typed_array(parts["lanes"], kinds, name)
    _expect(len(lanes) == size, field)
    most = 0 if field.type is FieldType.FLOAT else int(lanes.max(initial=0))
    base, unit = frame_from(parts["frame"], most, name)
    return NumberColumn(lanes, words_from(parts["present"], size, name), base, unit)


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
