"""Columns and bitmaps as bytes, and back. The only place that knows both."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyroaring import BitMap

from indexer.encoding.cells import AnyColumn, empty_column
from indexer.encoding.coded import CodedColumn
from indexer.encoding.number import DTYPES, NumberColumn
from indexer.encoding.sets import SetCells, SetColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.schema import Field

Parts = dict[str, bytes]
"""A column's byte strings by part name."""

_ENTRY = struct.Struct("<IQ")


def parts_of(column: AnyColumn) -> Parts:
    """The column as bytes: raw little-endian arrays, portable Roaring bitmaps."""
    match column:
        case NumberColumn(numbers, present):
            return {"numbers": _raw(numbers), "present": np.packbits(present).tobytes()}
        case SetColumn(_, sets, bitmaps, _):
            return {
                "starts": _raw(sets.starts),
                "codes": _raw(sets.codes),
                "filled": np.packbits(sets.filled).tobytes(),
                "bitmaps": _bitmap_bytes(bitmaps),
            }
        case CodedColumn(_, codes, bitmaps, _):
            return {"codes": _raw(codes), "bitmaps": _bitmap_bytes(bitmaps)}


def column_of(
    field: Field, parts: Mapping[str, bytes], vocabulary: Vocabulary, size: int, bitmaps_max: int
) -> AnyColumn:
    """The column of these parts. Raises: SnapshotCorrupt when they don't fit each other."""
    empty: Any = empty_column(field, vocabulary, bitmaps_max=bitmaps_max)
    most = empty.bitmaps_max if isinstance(empty, CodedColumn | SetColumn) else 0
    if isinstance(empty, NumberColumn):
        numbers = np.frombuffer(parts["numbers"], DTYPES[field.type])
        _expect(len(numbers) == size, field)
        return NumberColumn(numbers, _mask(parts["present"], size))
    bitmaps = _bitmaps(parts["bitmaps"])
    if isinstance(empty, SetColumn):
        starts = np.frombuffer(parts["starts"], np.int64)
        codes = np.frombuffer(parts["codes"], np.int32)
        _expect(len(starts) == size + 1 and starts[-1] == len(codes), field)
        _expect(not len(codes) or int(codes.max()) < len(vocabulary), field)
        return SetColumn(
            vocabulary, SetCells(starts, codes, _mask(parts["filled"], size)), bitmaps, most
        )
    codes = np.frombuffer(parts["codes"], np.int32)
    _expect(len(codes) == size, field)
    _expect(not len(codes) or int(codes.max()) < len(vocabulary), field)
    kind: type[CodedColumn] = type(empty)
    return kind(vocabulary, codes, bitmaps, most)


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


def _mask(data: bytes, size: int) -> Any:
    return np.unpackbits(np.frombuffer(data, np.uint8), count=size).astype(np.bool_)


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
