"""A dataset's first load makes whole shards; another path puts the same rows in one by one."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.api import LoadMode
from indexer.dataset.reading import PlainReading
from indexer.dataset.view import DatasetView
from indexer.intake.ahead import ahead
from indexer.local import LocalIndex
from indexer.model.errors import BadFile, TooLarge
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Delete, Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.node import Node
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from indexer.store.datasets import blobs_of, view_of
from tests.indexer.drawing import FIELDS, PEOPLE, changes, plans, schema_with
from tests.indexer.linked import NOW

SCHEMA = schema_with("id", FieldType.INT, FIELDS)
PLAIN = PlainReading()
FOUNDING = (LoadMode.UPSERT, LoadMode.INSERT, LoadMode.REPLACE)
SIZE = FieldName("size")


def node_of(schema: Schema, shard_bits: int, limits: IndexLimits | None = None) -> Node:
    """A node in memory with an empty dataset."""
    node = Node(
        keeping=None, shard_bits=shard_bits, clock=ManualClock(NOW), limits=limits or IndexLimits()
    )
    node.create(schema)
    return node


@st.composite
def batch_lists(draw: Any) -> list[pa.RecordBatch]:
    """Batches that need not agree on their columns; keys may repeat, ascend, or do neither."""
    batches = []
    for _ in range(draw(st.integers(0, 4))):
        sent = draw(st.lists(changes(SCHEMA), max_size=6))
        rows = [change for change in sent if isinstance(change, Upsert)]
        keys: list[Any] = [row.key for row in rows]
        if draw(st.booleans()):
            keys = sorted(set(keys))
        columns = {"_key": pa.array(keys, pa.int64())}
        for field in draw(st.lists(st.sampled_from(SCHEMA.columns), unique=True)):
            values = [rows[at].values.get(field.name) for at in range(len(keys))]
            array = pa.array(values, SCHEMA_TYPES[field.name])
            coded = field.type in (FieldType.KEYWORD, FieldType.TEXT) and draw(st.booleans())
            columns[field.name] = array.dictionary_encode() if coded else array
        batches.append(pa.RecordBatch.from_pydict(columns))
    return batches


def arrow_types() -> dict[FieldName, pa.DataType]:
    """The type of each field's column in a batch."""
    from indexer.intake.arrow_types import arrow_type  # noqa: PLC0415

    return {field.name: arrow_type(field) for field in SCHEMA.columns}


SCHEMA_TYPES = arrow_types()


def all_of(view: DatasetView) -> dict[Any, Any]:
    """Every record's values by key."""
    records = view.read(view.order.ordinals, [field.name for field in view.schema.columns])
    return {record.key: record.values for record in records}


@settings(max_examples=150)
@given(
    batches=batch_lists(),
    mode=st.sampled_from(FOUNDING),
    clear_empty=st.booleans(),
    bits=st.sampled_from((1, 3, 8)),
    asked=st.lists(plans(SCHEMA), min_size=1, max_size=3),
)
def test_founding_shards_is_putting_rows_into_them(
    batches: list[pa.RecordBatch], mode: LoadMode, clear_empty: bool, bits: int, asked: list[Any]
) -> None:
    """Same records, figures, answers and next key; and the same from disk."""
    founded, put = node_of(SCHEMA, bits), node_of(SCHEMA, bits)
    put.apply(PEOPLE, [Upsert(-1, {}), Delete(-1)])

    made = founded.load(PEOPLE, batches, mode=mode, clear_empty=clear_empty)
    wanted = put.load(PEOPLE, batches, mode=mode, clear_empty=clear_empty)

    view, other = founded.published.view(PEOPLE), put.published.view(PEOPLE)
    assert (wanted.created, wanted.updated, wanted.unchanged, wanted.deleted) == (
        made.created, made.updated, made.unchanged, made.deleted,
    )  # fmt: skip
    assert all_of(other) == all_of(view)
    assert other.order.keys.tolist() == view.order.keys.tolist()
    program = program_of(asked)
    assert other.counts(program) == view.counts(program)
    assert max(other.next_key, 1) == view.next_key
    again, _ = view_of(dict(blobs_of(view, 7)).__getitem__, IndexLimits())
    assert all_of(view) == all_of(again)
    assert view.counts(program) == again.counts(program)


def test_a_dataset_with_few_ordinals_refuses_a_load_that_needs_more() -> None:
    """And stays empty."""
    schema = Schema(PEOPLE, None, FieldType.INT, (Field(SIZE, FieldType.INT),))
    node = node_of(schema, 2, IndexLimits(ordinals_max=7))
    batch = pa.RecordBatch.from_pydict({SIZE: pa.array(range(9))})

    with pytest.raises(TooLarge):
        node.load(PEOPLE, [batch], mode=LoadMode.UPSERT, clear_empty=False)

    assert node.published.view(PEOPLE).records == 0
    loaded = node.load(PEOPLE, [batch.slice(0, 8)], mode=LoadMode.UPSERT, clear_empty=False)
    assert 8 == loaded.created


@pytest.mark.parametrize("before", [0, 1])
async def test_a_load_that_is_given_up_leaves_no_text_behind(tmp_path: Path, before: int) -> None:
    """Neither in an empty dataset nor in one with records."""
    name = FieldName("name")
    schema = Schema(DatasetName("people"), None, FieldType.INT, (Field(name, FieldType.KEYWORD),))
    index = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    await index.create(schema)
    await index.apply(PEOPLE, [Upsert(None, {name: "anne"})][:before])

    async def broken() -> Any:
        yield pa.RecordBatch.from_pydict({name: pa.array(["bert", "carl"])})
        raise BadFile("no more")

    with pytest.raises(BadFile):
        await index.load(PEOPLE, broken())

    await index.close()
    again = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    found = (await again.dataset(PEOPLE)).fields[name]
    await again.close()
    assert before == found.distinct
    assert b"bert" not in everything_in(tmp_path)


def everything_in(folder: Path) -> bytes:
    """All that the newest generations hold."""
    return b"".join(path.read_bytes() for path in folder.rglob("data.mdb"))


def test_work_ahead_keeps_the_order() -> None:
    """However many threads there are, none among them."""
    for threads in (1, 2, 5):
        assert [2 * item for item in range(50)] == list(
            ahead(lambda item: 2 * item, range(50), threads)
        )


def test_what_breaks_ahead_is_raised_in_its_place() -> None:
    """What comes before it is given first; work and items alike."""

    def work(item: int) -> int:
        if item == 3:
            raise BadFile("work")
        return item

    def items() -> Iterator[int]:
        yield from range(2)
        raise BadFile("items")

    for broken, given_first in ((ahead(work, range(9), 2), 3), (ahead(work, items(), 2), 2)):
        assert list(range(given_first)) == list(islice(broken, given_first))
        with pytest.raises(BadFile):
            next(broken)


def test_a_reader_that_stops_closes_what_it_reads_from() -> None:
    """The items' generator is closed, in whatever place it waits."""
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(1_000)
        finally:
            closed.append(True)

    reader: Any = ahead(lambda item: item, items(), 2)
    next(reader)

    reader.close()

    assert [True] == closed
