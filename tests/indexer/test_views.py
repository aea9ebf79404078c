"""Views never change, and the last record of a shard is followed by the first of another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.api import LoadMode
from indexer.dataset.key_page import by_key
from indexer.dataset.parts import Part
from indexer.dataset.reading import PlainReading
from indexer.dataset.tally import top_values
from indexer.dataset.view import DatasetView
from indexer.model.errors import TooLarge
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.node import Node
from indexer.plan.nodes import EVERYTHING, Equals, HasValue, Leaf, Plan, Range, complement
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from indexer.store.datasets import META, blobs_of, view_of
from tests.indexer.drawing import FIELDS, PEOPLE, POOLS, batches_of, changes, schema_with, tables
from tests.indexer.linked import NOW
from tests.indexer.reference import Row

SHARD = 1 << 16
FILLED = SHARD - 6
"""Records of a shard that is nearly full."""
SIZE = FieldName("size")
ROUNDS = 40
PLAIN = PlainReading()
NINE = schema_with("id", FieldType.KEYWORD, FIELDS)
LINKED = replace(NINE, links=(Link("friend", FieldName("keyword_field"), PEOPLE),))


def node_of(schema: Schema, *, shard_bits: int, limits: IndexLimits | None = None) -> Node:
    """A node in memory that holds this dataset, empty."""
    node = Node(
        keeping=None, shard_bits=shard_bits, clock=ManualClock(NOW), limits=limits or IndexLimits()
    )
    node.create(schema)
    return node


def reading(view: DatasetView) -> Sequence[object]:
    """All that can be asked of a view."""
    asked: list[Plan] = [
        plan
        for field in view.schema.fields
        for value in POOLS[field.type]
        for plan in (Leaf(Equals(field.name, value)), complement(Leaf(HasValue(field.name))))
    ]
    names = [field.name for field in view.schema.fields]
    everybody = PLAIN.members(view, program_of([EVERYTHING]))
    ordinals = by_key(view, everybody, 100, None)
    return (
        view.counts(program_of(asked)),
        ordinals.tolist(),
        view.read(ordinals, names),
        [top_values((Part(view, everybody),), name, PLAIN, prefix="", limit=9) for name in names],
        [shard.targets["friend"].tolist() for shard in view.shards],
    )


@given(data=st.data())
@settings(max_examples=ROUNDS)
def test_what_is_published_never_changes(data: st.DataObject) -> None:
    """Whatever is applied and loaded afterwards, an old view answers as it did."""
    node = node_of(LINKED, shard_bits=2)
    kept: list[tuple[DatasetView, Sequence[object]]] = []

    for _ in range(data.draw(st.integers(1, 4))):
        view = node.published.view(PEOPLE)
        kept.append((view, reading(view)))
        node.apply(PEOPLE, data.draw(st.lists(changes(NINE), max_size=6)))
        batches = batches_of(NINE, data.draw(tables(NINE)))
        mode = data.draw(st.sampled_from(LoadMode))
        node.load(PEOPLE, batches, mode=mode, clear_empty=data.draw(st.booleans()))

    for view, before in kept:
        assert before == reading(view)


@given(data=st.data())
@settings(max_examples=ROUNDS)
def test_a_view_survives_its_blobs(data: st.DataObject) -> None:
    """Written and read back it answers alike, and the description comes last."""
    node = node_of(LINKED, shard_bits=2)
    node.apply(PEOPLE, data.draw(st.lists(changes(NINE), max_size=20)))
    view = node.published.view(PEOPLE)

    blobs = list(blobs_of(view, 7))
    again, sequence = view_of(dict(blobs).__getitem__, IndexLimits())

    assert META == blobs[-1][0]
    assert 7 == sequence
    assert reading(view) == reading(again)
    assert (view.schema, view.next_key, view.updated_at) == (
        again.schema,
        again.next_key,
        again.updated_at,
    )


@pytest.fixture(scope="module")
def nearly_full() -> Node:
    """Records 0 to 65,529, each as large as its key."""
    schema = Schema(PEOPLE, FieldName("id"), FieldType.INT, (Field(SIZE, FieldType.INT),))
    node = node_of(schema, shard_bits=16)
    rows: list[Row] = [(key, {SIZE: key}) for key in range(FILLED)]
    batches = batches_of(schema, rows, at_once=10_000)
    node.load(PEOPLE, batches, mode=LoadMode.INSERT, clear_empty=False)
    return node


def copy_of(node: Node) -> Node:
    """A node that goes on from the same view."""
    copy = node_of(schema_with(None, None, ()), shard_bits=16)
    copy.published = node.published
    return copy


def counted(node: Node, *plans: Plan) -> list[int]:
    """How many people each plan holds for."""
    return node.published.view(PEOPLE).counts(program_of(plans))


def sized(low: int, high: int) -> Plan:
    """People of these sizes."""
    return Leaf(Range(SIZE, low, high))


def test_a_shard_fills_up_to_its_last_place(nearly_full: Node) -> None:
    """Six more fit; the seventh opens the next shard."""
    for more, shards in ((6, 1), (7, 2)):
        node = copy_of(nearly_full)
        sizes: Mapping[FieldName, Value] = {SIZE: -1}

        node.apply(PEOPLE, [Upsert(FILLED + place, sizes) for place in range(more)])

        view = node.published.view(PEOPLE)
        assert shards == len(view.shards)
        assert [more, FILLED + more] == counted(node, Leaf(Equals(SIZE, -1)), EVERYTHING)
        assert FILLED + more - 1 == int(view.find([FILLED + more - 1])[0])


def test_records_on_both_sides_of_an_edge_change_alike(nearly_full: Node) -> None:
    """Changed, removed, made again: in one batch over two shards."""
    node = copy_of(nearly_full)
    edge = [*range(SHARD - 4, SHARD + 4)]
    node.apply(PEOPLE, [Upsert(key, {SIZE: key}) for key in range(FILLED, SHARD + 10)])
    batch: list[Change] = [Upsert(key, {SIZE: -key}) for key in edge]
    batch += [Delete(key) for key in edge[::2]]
    batch += [Upsert(edge[0], {}), Delete(0), Delete(10**6)]

    applied = node.apply(PEOPLE, batch)

    assert (1, 8, 5, 1) == (applied.created, applied.updated, applied.deleted, applied.unchanged)
    assert [4, 0, SHARD + 10 - 4] == counted(
        node, sized(-SHARD - 9, -1), sized(edge[0], edge[-1]), EVERYTHING
    )
    assert [1] == counted(node, complement(Leaf(HasValue(SIZE))))
    everybody = PLAIN.members(view := node.published.view(PEOPLE), program_of([EVERYTHING]))
    following = view.read(by_key(view, everybody, 3, SHARD - 5), [])
    assert [SHARD - 4, SHARD - 3, SHARD - 1] == [record.key for record in following]


def test_ordinals_run_out_with_an_error_and_no_change() -> None:
    """The dataset says that it is full, and goes on answering."""
    schema = Schema(DatasetName("small"), None, FieldType.INT, (Field(SIZE, FieldType.INT),))
    node = node_of(schema, shard_bits=2, limits=IndexLimits(ordinals_max=7))
    node.apply(schema.name, [Upsert(None, {SIZE: 1})] * 8)
    before = node.published

    with pytest.raises(TooLarge, match="full"):
        node.apply(schema.name, [Upsert(1, {SIZE: 2}), Upsert(None, {})])

    assert before is node.published
    node.apply(schema.name, [Delete(1)])
    with pytest.raises(TooLarge, match="full"):
        node.apply(schema.name, [Upsert(None, {})])


def test_generated_keys_run_out_with_an_error() -> None:
    """After the largest key there is none; keys that are given still work."""
    schema = Schema(PEOPLE, None, FieldType.INT, (Field(SIZE, FieldType.INT),))
    node = node_of(schema, shard_bits=2)
    node.apply(PEOPLE, [Upsert(2**63 - 2, {})])
    rows: list[Row] = [(None, {SIZE: 1}), (None, {SIZE: 2})]

    with pytest.raises(TooLarge):
        node.load(PEOPLE, batches_of(schema, rows), mode=LoadMode.UPSERT, clear_empty=False)
    last = node.apply(PEOPLE, [Upsert(None, {})])
    with pytest.raises(TooLarge):
        node.apply(PEOPLE, [Upsert(None, {})])

    assert 1 == last.created
    assert 1 == node.apply(PEOPLE, [Upsert(5, {})]).created
    assert [5, 2**63 - 2, 2**63 - 1] == node.published.view(PEOPLE).order.keys.tolist()


def test_a_batch_has_a_bound() -> None:
    """One more change than that is too large, and nothing of it is applied."""
    schema = Schema(PEOPLE, None, FieldType.INT, (Field(SIZE, FieldType.INT),))
    node = node_of(schema, shard_bits=2, limits=IndexLimits(changes_per_batch_max=2))

    with pytest.raises(TooLarge):
        node.apply(PEOPLE, [Upsert(None, {})] * 3)

    assert 2 == node.apply(PEOPLE, [Upsert(None, {})] * 2).created
