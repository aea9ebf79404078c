"""Inner values to MessagePack bytes, and back, in pairs.

Records hold unions that MessagePack can't tell apart by itself (a set is an array, a key is an
int or text), which is why the field types of the values are not needed here: stored form uses a
different MessagePack type for each Python one.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import pyarrow as pa

from indexer.api import DatasetInfo, Erased, Explained, Loaded, Purged
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import FieldName, RecordKey, SequenceNo
from indexer.model.record import (
    UNKNOWN_ORIGIN,
    Applied,
    BinCount,
    Breakdown,
    Change,
    Cursor,
    Delete,
    OrderBy,
    Origin,
    Record,
    RecordPage,
    Upsert,
    ValueCount,
    ValueCounts,
)
from indexer.model.schema import Schema

T = TypeVar("T")


class WireUpsert(msgspec.Struct, frozen=True, tag="upsert"):
    """An ``Upsert``; a struct, because MessagePack unions need a tag."""

    key: RecordKey | None
    values: dict[FieldName, bool | int | float | str | tuple[str, ...] | None]


class WireBreakdown(msgspec.Struct, frozen=True):
    """A ``Breakdown``; two lists, because MessagePack can't tell the items apart."""

    values: tuple[ValueCount, ...]
    bins: tuple[BinCount, ...]
    null: int
    other: int
    as_of: SequenceNo


class WireDelete(msgspec.Struct, frozen=True, tag="delete"):
    """A ``Delete``."""

    key: RecordKey


def pack(
    value: Schema
    | DatasetInfo
    | RecordPage
    | Record
    | ValueCounts
    | Explained
    | Applied
    | Loaded
    | Erased
    | Purged
    | RecordKey
    | Sequence[Record | None],
) -> bytes:
    """One of the index's plain values as bytes."""
    return msgspec.msgpack.encode(value)


def unpack(data: bytes, type_: type[T]) -> T:
    """The value of these bytes. Raises: ValueError (msgspec.DecodeError) if they are not one."""
    return msgspec.msgpack.decode(data, type=type_)


def key_of_wire(data: bytes) -> RecordKey:
    """The record key of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=int | str)


def keys_to_wire(keys: Sequence[RecordKey]) -> bytes:
    """Record keys in order."""
    return msgspec.msgpack.encode(keys)


def keys_from_wire(data: bytes) -> list[RecordKey]:
    """The record keys of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=list[int | str])


def cursor_to_wire(cursor: Cursor | None) -> bytes:
    """A cursor; no bytes for None."""
    return b"" if cursor is None else msgspec.msgpack.encode(cursor)


def cursor_from_wire(data: bytes) -> Cursor | None:
    """The cursor of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=Cursor) if data else None


def order_to_wire(order: Sequence[OrderBy]) -> bytes:
    """What a listing is ordered by; no bytes for nothing."""
    return msgspec.msgpack.encode(order) if order else b""


def order_from_wire(data: bytes) -> tuple[OrderBy, ...]:
    """The order of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=tuple[OrderBy, ...]) if data else ()


def hints_to_wire(hints: Hints) -> bytes:
    """Hints; no bytes for none."""
    return b"" if hints == NO_HINTS else msgspec.msgpack.encode(hints)


def hints_from_wire(data: bytes) -> Hints:
    """The hints of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=Hints) if data else NO_HINTS


def breakdown_to_wire(breakdown: Breakdown) -> bytes:
    """A breakdown by values or by bins."""
    values = tuple(item for item in breakdown.items if isinstance(item, ValueCount))
    bins = tuple(item for item in breakdown.items if isinstance(item, BinCount))
    return msgspec.msgpack.encode(
        WireBreakdown(values, bins, breakdown.null, breakdown.other, breakdown.as_of)
    )


def breakdown_from_wire(data: bytes) -> Breakdown:
    """The breakdown of these bytes. Raises: ValueError."""
    wired = msgspec.msgpack.decode(data, type=WireBreakdown)
    return Breakdown(wired.values or wired.bins, wired.null, wired.other, wired.as_of)


def changes_to_wire(changes: Sequence[Change]) -> bytes:
    """Changes in order."""
    return msgspec.msgpack.encode([_to_wire(change) for change in changes])


def changes_from_wire(data: bytes) -> list[Change]:
    """The changes of these bytes. Raises: ValueError."""
    wired = msgspec.msgpack.decode(data, type=list[WireUpsert | WireDelete])
    return [_from_wire(change) for change in wired]


def origin_to_wire(origin: Origin) -> bytes:
    """Where changes come from; no bytes where it is not known."""
    return b"" if origin == UNKNOWN_ORIGIN else msgspec.msgpack.encode(origin)


def origin_from_wire(data: bytes) -> Origin:
    """The origin of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=Origin) if data else UNKNOWN_ORIGIN


def batch_to_wire(batch: pa.RecordBatch) -> bytes:
    """One record batch as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def batch_from_wire(data: bytes) -> pa.RecordBatch:
    """The batch of these bytes. Raises: ValueError."""
    try:
        with pa.ipc.open_stream(data) as reader:
            return reader.read_next_batch()
    except (pa.ArrowInvalid, OSError, StopIteration) as error:
        raise ValueError("these bytes are no record batch") from error


def _to_wire(change: Change) -> WireUpsert | WireDelete:
    match change:
        case Upsert(key, values):
            return WireUpsert(key, dict(values))
        case Delete(key):
            return WireDelete(key)


def _from_wire(change: WireUpsert | WireDelete) -> Change:
    match change:
        case WireUpsert(key, values):
            return Upsert(key, values)
        case WireDelete(key):
            return Delete(key)
