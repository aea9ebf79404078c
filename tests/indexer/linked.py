"""Datasets that link to each other, and what must hold of every link at every moment."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from indexer.dataset.keys import MISSING
from indexer.dataset.view import DatasetView
from indexer.keeping import Keeping
from indexer.log.change_log import SEGMENT_BYTES
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Upsert, Value
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.node import Node
from indexer.published import Published
from indexer.runtime.clock import ManualClock
from indexer.store.guard import DiskGuard, GuardLimits, Usage

SHARD_BITS = 2
NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)
ACCOUNTS, PEOPLE, SALES = map(DatasetName, ("accounts", "people", "sales"))
ID, EMAIL, OF, BY, SIZE = map(FieldName, ("id", "email", "of", "by", "size"))


def node_with(
    *schemas: Schema, folder: Path | None = None, segment_bytes: int = SEGMENT_BYTES
) -> Node:
    """A node of small shards that holds these datasets, empty."""
    keeping = None
    if folder is not None:
        limits = GuardLimits(ballast_bytes=0, look_every_ms=0)
        guard = DiskGuard(folder, limits=limits, usage=_usage)
        keeping = Keeping(folder, guard, segment_bytes)
    node = Node(
        keeping=keeping, shard_bits=SHARD_BITS, clock=ManualClock(NOW), limits=IndexLimits()
    )
    node.recover()
    for schema in schemas:
        node.create(schema)
    return node


def dataset(
    name: DatasetName,
    *links: Link,
    key_type: FieldType | None = FieldType.INT,
    link_type: FieldType = FieldType.INT,
) -> Schema:
    """A dataset of an id, an email, a size and two fields that may link."""
    fields = (
        Field(EMAIL, FieldType.KEYWORD),
        Field(SIZE, FieldType.INT),
        Field(OF, link_type),
        Field(BY, link_type),
    )
    return Schema(name, ID, key_type, fields, links)


def put(node: Node, name: DatasetName, records: Mapping[RecordKey, Mapping[str, Value]]) -> None:
    """Create or change these records, in one batch."""
    changes: list[Change] = [
        Upsert(key, {FieldName(field): value for field, value in values.items()})
        for key, values in records.items()
    ]
    node.apply(name, changes)


def ordinal(node: Node, name: DatasetName, key: RecordKey) -> int:
    """Where the record is; MISSING when it is not there."""
    return int(node.published.view(name).find([key])[0])


def home(node: Node, name: DatasetName, key: RecordKey) -> int:
    """The home of the shard in which the record lives."""
    shards = node.published.view(name).shards
    return shards[ordinal(node, name, key) >> SHARD_BITS].home


def target(node: Node, name: DatasetName, key: RecordKey, link: str) -> int:
    """The ordinal the record points to; MISSING when that is no live record."""
    view = node.published.view(name)
    each = next(each for each in view.schema.links if each.name == link)
    return _pointed(node.published, view, each, ordinal(node, name, key))


def faults(published: Published, *, placed: Sequence[DatasetName]) -> list[str]:
    """Every link that does not point to what its value names, every record beside nobody.

    Records of ``placed`` datasets live in a shard whose home is the shard of the record they
    point to by their first link; those that point to none may have stayed where it was.
    """
    found = []
    for view in published.views().values():
        for key, at in zip(view.order.keys.tolist(), view.order.ordinals.tolist(), strict=True):
            shard = view.shards[at >> view.shard_bits]
            if at % (1 << view.shard_bits) not in shard.live:
                found.append(f"{view.schema.name} {key} is not alive")
            for place, link in enumerate(view.schema.links):
                expected = pointed_by_value(published, view, link, key)
                pointed = _pointed(published, view, link, at)
                if expected != pointed:
                    found.append(f"{view.schema.name} {key}: {link.name} {pointed} not {expected}")
                beside = shard.home if expected == MISSING else expected >> view.shard_bits
                if place == 0 and view.schema.name in placed and shard.home != beside:
                    found.append(f"{view.schema.name} {key}: home {shard.home} not {beside}")
    return found


def _pointed(published: Published, view: DatasetView, link: Link, at: int) -> int:
    pointed = int(
        view.shards[at >> view.shard_bits].targets[link.name][at % (1 << view.shard_bits)]
    )
    far = published.views().get(link.to)
    if far is None or pointed == MISSING:
        return MISSING
    live = far.shards[pointed >> far.shard_bits].live
    return pointed if pointed % (1 << far.shard_bits) in live else MISSING


def pointed_by_value(published: Published, view: DatasetView, link: Link, key: RecordKey) -> int:
    """The ordinal that the record's own value names; MISSING where it names no live record."""
    value = key if link.field == view.schema.key else view.record(key).values[link.field]
    far = published.views().get(link.to)
    if far is None or value is None:
        return MISSING
    if link.to_field in (None, far.schema.key):
        return int(far.find([value])[0]) if isinstance(value, int | str) else MISSING
    return min(_holding(far, link.to_field, value), default=MISSING)


def _holding(far: DatasetView, field: FieldName | None, value: Value) -> Iterator[int]:
    for key in far.order.keys.tolist():
        held = far.record(key).values.get(field) if field else None
        if held == value and type(held) is type(value):
            yield int(far.find([key])[0])


def _usage(path: Path) -> Usage:
    # Looked up when it is asked, as a test may have put another one there.
    return shutil.disk_usage(path)
