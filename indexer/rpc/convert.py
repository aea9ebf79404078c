"""Inner values to MessagePack bytes, and back, in pairs.

Records hold unions that MessagePack can't tell apart by itself (a set is an array, a key is an
int or text), which is why the field types of the values are not needed here: stored form uses a
different MessagePack type for each Python one.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import pyarrow as pa

from indexer.api import DatasetInfo, Loaded
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Applied, Change, Delete, Record, RecordPage, Upsert, ValueCounts
from indexer.model.schema import Schema

T = TypeVar("T")


class WireUpsert(msgspec.Struct, frozen=True, tag="upsert"):
    """An ``Upsert``; a struct, because MessagePack unions need a tag."""

    key: RecordKey | None
    values: dict[FieldName, bool | int | float | str | tuple[str, ...] | None]


class WireDelete(msgspec.Struct, frozen=True, tag="delete"):
    """A ``Delete``."""

    key: RecordKey


def pack(
    value: Schema | DatasetInfo | RecordPage | Record | ValueCounts | Applied | Loaded | RecordKey,
) -> bytes:
    """One of the index's plain values as bytes."""
    return msgspec.msgpack.encode(value)


def unpack(data: bytes, type_: type[T]) -> T:
    """The value of these bytes. Raises: ValueError (msgspec.DecodeError) if they are not one."""
    return msgspec.msgpack.decode(data, type=type_)


def key_of_wire(data: bytes) -> RecordKey:
    """The record key of these bytes. Raises: ValueError."""
    return msgspec.msgpack.decode(data, type=int | str)


def key_from_wire(data: bytes) -> RecordKey | None:
    """The same; None for no bytes."""
    return key_of_wire(data) if data else None


def changes_to_wire(changes: Sequence[Change]) -> bytes:
    """Changes in order."""
    return msgspec.msgpack.encode([_to_wire(change) for change in changes])


def changes_from_wire(data: bytes) -> list[Change]:
    """The changes of these bytes. Raises: ValueError."""
    wired = msgspec.msgpack.decode(data, type=list[WireUpsert | WireDelete])
    return [_from_wire(change) for change in wired]


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
