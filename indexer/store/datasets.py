"""A dataset view as named blobs, and back."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from indexer.dataset.keys import MISSING
from indexer.dataset.order import KeyOrder
from indexer.dataset.shard import Shard, Targets
from indexer.dataset.view import DatasetView
from indexer.encoding.texts import Starts, Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import ShardId
from indexer.model.limits import IndexLimits
from indexer.model.schema import FieldType, Schema
from indexer.store.arrays import key_bytes, keys_from, typed_array, typed_bytes
from indexer.store.columns import bitmap_from, column_of, parts_of

META = "meta"
PIECE_BYTES = 1 << 26
"""Bytes of a vocabulary in one blob: LMDB's values end at 4 GB, and a blob is copied as a whole."""

Blobs = Iterator[tuple[str, bytes]]
ReadBlob = Callable[[str], bytes]


class _ShardMeta(msgspec.Struct, frozen=True):
    home: int
    size: int
    parts: dict[int, list[str]]


class _Meta(msgspec.Struct, frozen=True):
    sequence: int
    shard_bits: int
    next_key: int
    updated_at: datetime | None
    schema: Schema
    shards: list[_ShardMeta]


def blobs_of(view: DatasetView, sequence: int) -> Blobs:
    """Every blob of the view, by name; the meta blob comes last, when all else is there."""
    columns = view.schema.columns
    shards = []
    for place, field in enumerate(columns):
        yield from _texts_blobs(view.vocabularies[field.name].texts, f"vocabulary/{place}")
    for shard in view.shards:
        head = f"shard/{shard.id}"
        yield f"{head}/live", shard.live.serialize()
        yield f"{head}/keys", key_bytes(shard.keys)
        for place, link in enumerate(view.schema.links):
            yield f"{head}/target/{place}", typed_bytes(shard.targets[link.name])
        names: dict[int, list[str]] = {}
        for place, field in enumerate(columns):
            parts = parts_of(shard.columns[field.name])
            names[place] = list(parts)
            for name, data in parts.items():
                yield f"{head}/field/{place}/{name}", data
        shards.append(_ShardMeta(shard.home, shard.size, names))
    meta = _Meta(sequence, view.shard_bits, view.next_key, view.updated_at, view.schema, shards)
    yield META, msgspec.json.encode(meta)


def view_of(read: ReadBlob, limits: IndexLimits) -> tuple[DatasetView, int]:
    """The view of these blobs and the sequence it was written at. Raises: SnapshotCorrupt."""
    meta = msgspec.json.decode(read(META), type=_Meta)
    vocabularies = {
        field.name: Vocabulary.of(_texts_from(read, f"vocabulary/{place}"))
        for place, field in enumerate(meta.schema.columns)
    }
    key_type = meta.schema.key_type or FieldType.INT
    shards = tuple(
        _shard(place, each, meta.schema, vocabularies, read, limits)
        for place, each in enumerate(meta.shards)
    )
    view = DatasetView(
        schema=meta.schema,
        shard_bits=meta.shard_bits,
        shards=shards,
        order=KeyOrder.of(
            key_type,
            meta.shard_bits,
            [shard.keys for shard in shards],
            [shard.live for shard in shards],
        ),
        vocabularies=vocabularies,
        next_key=meta.next_key,
        updated_at=meta.updated_at,
    )
    return view, meta.sequence


def _texts_blobs(texts: Texts, head: str) -> Blobs:
    """How many bytes a start has, the starts, and the texts' bytes in pieces."""
    width = np.array([texts.starts.itemsize], np.int64)
    yield f"{head}/starts", width.tobytes() + texts.starts.tobytes()
    for first in range(0, len(texts.data), PIECE_BYTES):
        piece = texts.data[first : first + PIECE_BYTES]
        yield f"{head}/bytes/{first // PIECE_BYTES}", piece.tobytes()


def _texts_from(read: ReadBlob, head: str) -> Texts:
    blob = read(f"{head}/starts")
    (width,) = np.frombuffer(blob, np.int64, 1)
    starts: Starts = np.frombuffer(blob, f"<i{width}", offset=8)
    pieces = [
        read(f"{head}/bytes/{first // PIECE_BYTES}")
        for first in range(0, int(starts[-1]), PIECE_BYTES)
    ]
    return Texts(np.frombuffer(b"".join(pieces), np.uint8), starts)


def _shard(
    place: int,
    meta: _ShardMeta,
    schema: Schema,
    vocabularies: Any,
    read: ReadBlob,
    limits: IndexLimits,
) -> Shard:
    head = f"shard/{place}"
    columns = {}
    for number, field in enumerate(schema.columns):
        parts = {name: read(f"{head}/field/{number}/{name}") for name in meta.parts[number]}
        columns[field.name] = column_of(
            field, parts, vocabularies[field.name], meta.size, limits.bitmaps_per_field_max
        )
    return Shard(
        id=ShardId(place),
        home=meta.home,
        live=bitmap_from(read(f"{head}/live"), meta.size, f"{head}/live"),
        keys=keys_from(
            read(f"{head}/keys"), schema.key_type or FieldType.INT, meta.size, f"{head}/keys"
        ),
        columns=columns,
        targets={
            link.name: _targets(read(f"{head}/target/{number}"), meta.size, link.name)
            for number, link in enumerate(schema.links)
        },
    )


def _targets(data: bytes, size: int, link: str) -> Targets:
    targets: Targets = typed_array(data, (np.int32, np.int64), f"target {link!r}")
    if len(targets) != size or int(targets.min(initial=0)) < MISSING:
        raise SnapshotCorrupt(f"the targets of link {link!r} do not fit their shard")
    return targets
