"""Every answer beyond a count equals reading each record by hand, with kernels and without."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import ceil, isfinite
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.dataset import key_page, ordering
from indexer.dataset.batches import batches
from indexer.dataset.breakdown import BINNED, breakdown
from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.pages import page, sample
from indexer.dataset.parts import Part
from indexer.dataset.reading import PlainReading, Reading
from indexer.dataset.tally import top_values
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.hot import HotForms
from indexer.intake.arrow_types import arrow_type
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import (
    BinCount,
    Change,
    Cursor,
    OrderBy,
    Record,
    Upsert,
    ValueCount,
)
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of
from tests.indexer.drawing import ABSENT, FIELDS, POOLS, changes, plans, schema_with
from tests.indexer.reference import Reference, rank
from tests.support.draws import draw as draw_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SCHEMAS = (
    schema_with("id", FieldType.INT, FIELDS),
    schema_with("id", FieldType.KEYWORD, FIELDS),
)
READINGS: tuple[Reading, ...] = (PlainReading(), FusedReading(Engine(HotForms(2**30))))
ROUNDS = 150
ORDERED = tuple(field for field in FIELDS if field.type is not FieldType.SET)
World = tuple[DatasetView, Reference]


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a handful of records takes every way that millions take."""
    monkeypatch.setattr(ordering, "SORTED_MAX", 1)
    monkeypatch.setattr(key_page, "FEW_MAX", 2)
    monkeypatch.setattr(key_page, "STRIDE", 3)


@st.composite
def worlds(draw: Any) -> World:
    """A dataset over several small shards beside the plain records it holds."""
    schema = draw(st.sampled_from(SCHEMAS))
    limits = IndexLimits(bitmaps_per_field_max=draw(st.sampled_from((1, 4_096))))
    sent = draw(st.lists(changes(schema), max_size=40))
    bits = draw(st.sampled_from((1, 2, 6, 7)))
    return world_of(schema, sent, bits, limits)


def world_of(schema: Schema, sent: Sequence[Change], bits: int, limits: IndexLimits) -> World:
    """The same changes in both."""
    reference = Reference([field.name for field in schema.columns])
    reference.apply(sent)
    written = apply_changes(
        empty_view(schema, bits), sent, targets=Targets({}, None), now=NOW, limits=limits
    )
    return written.view, reference


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_pages_walk_every_member_once_in_order(world: World, data: st.DataObject) -> None:
    """In every order, by pages of every size, cursor after cursor."""
    view, reference = world
    plan = data.draw(plans(view.schema))
    order = data.draw(st.lists(orders(), max_size=3))
    limit = data.draw(st.integers(1, 4))
    names = [each.field for each in order]

    for reading in READINGS:
        members = reading.members(view, program_of([plan]))
        walked: list[Record] = []
        after: Cursor | None = None
        for _ in range(len(members) + 1):
            records, after = page(
                view, members, fields=names, limit=limit, after=after, order=order
            )
            walked += records
            if after is None:
                break

        expected = ordered(reference, reference.members(plan), order)
        assert expected == [record.key for record in walked]
        assert [[reference.value(key, name) for name in names] for key in expected] == [
            [record.values[name] for name in names] for record in walked
        ]


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_a_cursor_is_a_place_wherever_no_record_stands(world: World, data: st.DataObject) -> None:
    """Values and key may be those of nobody: what comes after them comes."""
    view, reference = world
    order = data.draw(st.lists(orders(), max_size=2))
    fields = [view.schema.field(each.field) for each in order]
    key = data.draw(st.sampled_from([*reference.records, *absent_keys(view.schema)]))
    after = Cursor(tuple(data.draw(places_of(each, key)) for each in fields if each), key)

    for reading in READINGS:
        members = reading.members(view, program_of([EVERYTHING]))
        records, _ = page(view, members, fields=[], limit=5, after=after, order=order)

        later = [
            key
            for key in ordered(reference, [*reference.records], order)
            if comes_after(reference, key, after, order)
        ]
        assert later[:5] == [record.key for record in records]


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_a_sample_is_those_with_the_smallest_draws(world: World, data: st.DataObject) -> None:
    """Whatever the shards are."""
    view, reference = world
    plan, size = data.draw(plans(view.schema)), data.draw(st.integers(0, 5))

    for reading in READINGS:
        members = reading.members(view, program_of([plan]))
        found = view.read(sample(view, members, size, 7), [])

        drawn = sorted(reference.members(plan), key=lambda key: draw_of(key, "7"))
        assert drawn[:size] == [record.key for record in found]


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_a_breakdown_counts_every_value_of_every_member(world: World, data: st.DataObject) -> None:
    """What is listed, what is null and what is left over add up to all there is."""
    view, reference = world
    plan = data.draw(st.one_of(st.just(EVERYTHING), plans(view.schema)))
    name = data.draw(st.sampled_from([*(field.name for field in FIELDS), KEY_FIELD]))
    limit, prefix = data.draw(st.integers(1, 4)), data.draw(st.sampled_from(("", "a", "\u00c4")))
    pairs, null = reference.values(name, plan, "", 1_000)
    starting, _ = reference.values(name, plan, prefix, limit)

    for reading in READINGS:
        members = reading.members(view, program_of([plan]))
        items, nulls, other = breakdown(
            (Part(view, members),), name, reading, limit=limit, bins=None
        )
        top = top_values((Part(view, members),), name, reading, prefix=prefix, limit=limit)

        assert tuple(ValueCount(*pair) for pair in pairs[:limit]) == items
        assert (null, sum(count for _, count in pairs[limit:])) == (nulls, other)
        assert (tuple(ValueCount(*pair) for pair in starting), null) == top


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_bins_are_of_equal_width_and_count_what_they_say(world: World, data: st.DataObject) -> None:
    """Edges are exact ones rounded up; every finite number is in the one bin that says so."""
    view, reference = world
    plan = data.draw(st.one_of(st.just(EVERYTHING), plans(view.schema)))
    field = data.draw(st.sampled_from([each for each in FIELDS if each.type in BINNED]))
    bins = data.draw(st.sampled_from((1, 2, 3, 7, 1_000)))
    values: list[Any] = [reference.value(key, field.name) for key in reference.members(plan)]
    filled = [value for value in values if value is not None]

    for reading in READINGS:
        members = reading.members(view, program_of([plan]))
        items, null, other = breakdown(
            (Part(view, members),), field.name, reading, limit=1, bins=bins
        )

        assert binned([value for value in filled if isfinite(value)], bins) == items
        assert len(values) - len(filled) == null
        assert sum(not isfinite(value) for value in filled) == other


@settings(max_examples=ROUNDS)
@given(world=worlds(), data=st.data())
def test_bitmaps_and_batches_hold_the_members(world: World, data: st.DataObject) -> None:
    """Keys and values of every type, as typed columns; both readings byte by byte alike."""
    view, reference = world
    plan, size = data.draw(plans(view.schema)), data.draw(st.integers(1, 5))
    names = data.draw(st.lists(st.sampled_from(NAMES), max_size=4))
    expected = {key: [reference.value(key, name) for name in names] for key in
                reference.members(plan)}  # fmt: skip

    roaring = []
    for reading in READINGS:
        members = reading.members(view, program_of([plan]))
        made = [
            *batches((Part(view, members),), fields=names, batch_rows=size, as_of=SequenceNo(7))
        ]
        table = pa.Table.from_batches(made)
        columns = [plain(column) for column in table.columns]
        roaring.append([reading.roaring(members.words[shard.id]) for shard in view.shards])
        firsts = [shard.id << view.shard_bits for shard in view.shards]
        parts = zip(firsts, roaring[-1], strict=True)
        told = [first + each for first, part in parts for each in BitMap.deserialize(part)]

        assert members.ordinals().tolist() == told
        assert all(len(batch) == size for batch in made[:-1])
        assert view.find(columns[0]).tolist() == members.ordinals().tolist()
        assert expected == {key: row for key, *row in zip(*columns, strict=True)}
        assert [arrow_type(field) for name in names if (field := view.schema.field(name))] == [
            *table.schema.types[1:]
        ]
        assert [members.offsets(shard.id).tolist() for shard in view.shards] == [
            [*BitMap.deserialize(data)] for data in roaring[-1]
        ]
    assert roaring[0] == roaring[1]


def test_texts_that_share_long_beginnings_are_told_apart() -> None:
    """Byte by byte, up to where one ends and the other goes on; equal texts by key."""
    texts = [
        "", "\0", "a" * 6, "a" * 7, "a" * 7 + "\0", "a" * 8, "a" * 13, "a" * 14, "a" * 15,
        "a" * 14 + "\u00e4", "a" * 14 + "\U0001f600", "b" * 40, "b" * 40,
    ]  # fmt: skip
    schema, name = SCHEMAS[0], FieldName("text_field")
    sent = [Upsert(key, {name: text}) for key, text in enumerate([*texts, None, *texts])]
    view, reference = world_of(schema, sent, 3, IndexLimits())
    members = READINGS[0].members(view, program_of([EVERYTHING]))

    for descending in (False, True):
        order = [OrderBy(name, descending)]
        for limit in range(1, len(sent) + 1):
            walked: list[RecordKey] = []
            after: Cursor | None = None
            while not walked or after is not None:
                records, after = page(
                    view, members, fields=[], limit=limit, after=after, order=order
                )
                walked += [record.key for record in records]
            assert ordered(reference, [*reference.records], order) == walked


def test_many_values_of_one_count_are_told_in_order() -> None:
    """The first of them, among texts and among numbers."""
    text, number = FieldName("text_field"), FieldName("int_field")
    sent = [Upsert(key, {text: f"t{key * 7 % 100:03}", number: key * 7 % 100}) for key in range(99)]
    view, _ = world_of(SCHEMAS[0], sent, 6, IndexLimits())

    for reading in READINGS:
        members = reading.members(view, program_of([EVERYTHING]))
        texts, _, _ = breakdown((Part(view, members),), text, reading, limit=3, bins=None)
        numbers, _, other = breakdown((Part(view, members),), number, reading, limit=3, bins=None)

        assert tuple(ValueCount(f"t{n:03}", 1) for n in range(3)) == texts
        assert tuple(ValueCount(n, 1) for n in range(3)) == numbers
        assert 96 == other


NAMES = [*(field.name for field in FIELDS), KEY_FIELD]


def test_nulls_of_every_shard_come_after_a_null() -> None:
    """Also of shards looked at after a page's worth of values was found."""
    schema = schema_with("id", FieldType.INT, FIELDS)
    name = FieldName("bool_field")
    sent = [Upsert(key, {name: True} if key in (2, 3) else {}) for key in range(8)]
    view, _ = world_of(schema, sent, 2, IndexLimits())
    members = PlainReading().members(view, program_of([EVERYTHING]))

    records, _ = page(
        view, members, fields=[], limit=1, after=Cursor((None,), 3), order=[OrderBy(name)]
    )

    assert [4] == [record.key for record in records]


def orders() -> st.SearchStrategy[OrderBy]:
    """By any field that has an order, or by key."""
    names = st.sampled_from([*(field.name for field in ORDERED), KEY_FIELD])
    return st.builds(OrderBy, names, st.booleans())


def places_of(field: Field, key: RecordKey) -> st.SearchStrategy[Any]:
    """Values to go on after, known or not."""
    if field.name == KEY_FIELD:
        return st.just(key)
    return st.none() | st.sampled_from((*POOLS[field.type], *ABSENT.get(field.type, ())))


def absent_keys(schema: Schema) -> Sequence[RecordKey]:
    """Keys of nobody."""
    return (4, -(2**62)) if schema.key_type is FieldType.INT else ("aa", "\uffff\uffff")


def ordered(
    reference: Reference, keys: Sequence[RecordKey], order: Sequence[OrderBy]
) -> list[RecordKey]:
    """The keys in order: sorted from the last field to the first."""
    found = sorted(keys, key=rank)
    for each in reversed(order):
        held = [key for key in found if reference.value(key, each.field) is not None]
        rest = [key for key in found if reference.value(key, each.field) is None]
        held.sort(key=partial(_ranked, reference, each.field), reverse=each.descending)
        found = held + rest
    return found


def comes_after(
    reference: Reference, key: RecordKey, after: Cursor, order: Sequence[OrderBy]
) -> bool:
    """Whether a record comes after a place."""
    for each, theirs in zip(order, after.values, strict=True):
        ours = reference.value(key, each.field)
        if ours == theirs and each.field == KEY_FIELD:
            return False
        if ours == theirs:
            continue
        if ours is None or theirs is None:
            return ours is None
        return bool((rank(ours) > rank(theirs)) != each.descending)
    return bool(rank(key) > rank(after.key))


def binned(values: Sequence[Any], bins: int) -> tuple[BinCount, ...]:
    """Numbers one by one into the bin whose edges hold them."""
    if not values:
        return ()
    low, high = Fraction(min(values)), Fraction(max(values))
    exact = [low + (high - low) * place / bins for place in range(bins + 1)]
    edges = sorted({float(edge) if isinstance(values[0], float) else ceil(edge) for edge in exact})
    if len(edges) == 1:
        return (BinCount(edges[0], edges[0], len(values)),)
    return tuple(
        BinCount(start, end, sum(
            start <= value < end or (end == edges[-1] and value == end) for value in values
        ))
        for start, end in pairwise(edges)
    )  # fmt: skip


def plain(column: Any) -> list[Any]:
    """A column in stored form."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return [tuple(value) if isinstance(value, list) else value for value in column.to_pylist()]


def _ranked(reference: Reference, name: FieldName, key: RecordKey) -> Any:
    return rank(reference.value(key, name))
