"""Batches into datasets: whole, once, and over any break, whatever is in them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sources.api import Event, Op, Refused, Row, StreamStopped
from gateway.sources.reached import Counts
from indexer.api import Index
from indexer.model.errors import UnknownRecord
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Change
from indexer.model.schema import Field, FieldType, Schema
from tests.contract.indexes import an_index
from tests.support.histories import COLUMNS, KEYS, Rows, arrivals, histories, outcome
from tests.support.listed_stream import BreakingIndex, ListedStream, followed_to_its_end

PEOPLE, ORDERS = DatasetName("people"), DatasetName("orders")
TABLES = {"people": "people", "orders": "orders"}
BREAKS = st.lists(st.sampled_from(["before", "after", "never", "never"]), max_size=12)
SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    """An index with two empty datasets."""
    async with an_index("memory", tmp_path) as opened:
        await _make(opened)
        yield opened


@settings(max_examples=30)
@given(data=st.data())
def test_nothing_is_lost_or_doubled_whatever_breaks(data: st.DataObject) -> None:
    """Two tables, entries late and twice, an end before or after any step: the rows agree."""
    people, orders = data.draw(histories(most=12)), data.draw(histories(table="orders", most=12))
    mixed = data.draw(st.permutations([0] * len(people) + [1] * len(orders)))
    queues = [iter(data.draw(arrivals(people))), iter(data.draw(arrivals(orders)))]
    entries = [event for side in mixed for event in _next_of(queues[side])]
    entries += [event for queue in queues for event in queue]
    breaks, sizes = iter(data.draw(BREAKS)), data.draw(SIZES)

    async def run() -> tuple[Rows, Rows, int]:
        async with an_index("memory", Path()) as index:
            await _make(index)
            breaking = BreakingIndex(index, breaks)
            report = await followed_to_its_end(breaking, ListedStream(entries, sizes), TABLES)
            return await _rows(index, PEOPLE), await _rows(index, ORDERS), report.counts.events

    expected = outcome(people), outcome(orders), len(entries)

    assert expected == asyncio.run(run())


@settings(max_examples=20)
@given(breaks=BREAKS, sizes=SIZES)
def test_no_record_goes_back_to_what_it_was(breaks: list[str], sizes: list[int]) -> None:
    """Not for a moment, also where a part of a batch is applied again in other company."""
    tables = ["people", "orders"] * 12
    entries = [_put(table, 1, spent=number) for number, table in enumerate(tables)]
    seen: dict[DatasetName, list[int]] = {PEOPLE: [], ORDERS: []}

    async def run() -> None:
        async with an_index("memory", Path()) as index:
            await _make(index)

            async def watch(dataset: DatasetName) -> None:
                spent = (await _rows(index, dataset))[1]["spent"]
                assert isinstance(spent, int)
                seen[dataset].append(spent)

            breaking = BreakingIndex(index, iter(breaks), watch)
            await followed_to_its_end(breaking, ListedStream(entries, sizes), TABLES)

    asyncio.run(run())

    assert all(values == sorted(values) for values in seen.values())


async def test_counts_and_position_survive_with_the_changes(index: Index) -> None:
    """One step holds all three, so they never disagree."""
    bad = Refused("people", "unreadable", "this is not JSON")
    stream = ListedStream([_put("people", 1), bad, _put("other", 1), _put("people", "x")], [2])

    first = await followed_to_its_end(index, stream, TABLES)
    again = await followed_to_its_end(index, stream, TABLES)

    assert Counts(events=4, applied=1, rejected=2, ignored=1) == first.counts == again.counts
    assert ["4", "4", "4"] == [first.position, again.position, stream.acknowledged]


async def test_a_refused_event_is_named_without_its_value(index: Index) -> None:
    """The others of its batch are applied."""
    stream = ListedStream([_put("people", 1, spent="much"), _put("people", 2, spent=5)])

    report = await followed_to_its_end(index, stream, TABLES)

    assert [("people", "wrong_type")] == [(each.table, each.code) for each in report.refused]
    assert "much" not in str(report.refused)
    assert [2] == list(await _rows(index, PEOPLE))


async def test_a_stream_brings_no_erased_record_back(index: Index) -> None:
    """What would is refused by name; the others of its batch are applied."""
    stream = ListedStream([_put("people", 1), _put("people", 2)])

    report = await followed_to_its_end(
        index, stream, TABLES, returning=lambda _, changes: [_keys(changes).index(1)]
    )

    assert [("people", "suppressed")] == [(each.table, each.code) for each in report.refused]
    assert Counts(events=2, applied=1, rejected=1) == report.counts
    assert [2] == list(await _rows(index, PEOPLE))


async def test_columns_without_a_field_are_named(index: Index) -> None:
    """And left out."""
    stream = ListedStream([_put("people", 1, shoe=44)])

    report = await followed_to_its_end(index, stream, TABLES)

    assert {"shoe"} == report.ignored_fields
    assert 1 == report.counts.applied


async def test_columns_become_fields_where_that_is_wanted(index: Index) -> None:
    """By what the stream knows of them, else by what their values look like."""
    known = {"worth": Field(FieldName("worth"), FieldType.DECIMAL, scale=2)}
    events = [
        replace(_put("people", 1, worth="1.25", shoe=44, nothing=None), columns=known),
        _put("people", 2, member=True),
    ]

    report = await followed_to_its_end(index, ListedStream(events, [1]), TABLES, add_fields=True)
    schema = await index.schema(PEOPLE)

    added = {each.name: (each.type, each.scale) for each in schema.fields[-3:]}
    assert {"worth": ("decimal", 2), "shoe": ("int", 0), "member": ("bool", 0)} == added
    assert {"nothing"} == report.ignored_fields
    assert {"shoe": 44, "worth": 125} == {
        name: (await index.record(PEOPLE, 1)).values[FieldName(name)] for name in ("shoe", "worth")
    }


async def test_a_dataset_is_made_where_that_is_wanted(index: Index) -> None:
    """Its key is the table's own; a table without one of one column can't make one."""
    stream = ListedStream([replace(_put("visits", 7, page="home"), key={"visit": 7})])

    await followed_to_its_end(index, stream, {"visits": "visits"}, add_fields=True)
    schema = await index.schema(DatasetName("visits"))

    assert ("visit", FieldType.INT) == (schema.key, schema.key_type)
    keyless = ListedStream([replace(_put("x", 1), key={})])
    with pytest.raises(StreamStopped, match="no key of one column"):
        await followed_to_its_end(index, keyless, {"x": "x"}, add_fields=True, source_id="src_2")


async def test_a_changed_key_takes_the_old_record_away(index: Index) -> None:
    """Where the table's own key is another column."""
    events = [_put("people", 1), replace(_put("people", 2), old={"id": 1})]

    await followed_to_its_end(index, ListedStream(events, [1]), TABLES)

    assert [2] == list(await _rows(index, PEOPLE))


async def test_an_emptied_table_empties_its_dataset(index: Index) -> None:
    """Rows of the same batch too, but not those that came after."""
    events = [
        _put("people", 1, order=1),
        _put("people", 2, order=2),
        Event("people", Op.TRUNCATE, order=(50,)),
        _put("people", 3, order=60),
        _put("people", 2, order=3),
    ]

    await followed_to_its_end(index, ListedStream(events, [1]), TABLES)
    apart = list(await _rows(index, PEOPLE))
    await followed_to_its_end(index, ListedStream(events, [9]), TABLES, source_id="src_2")

    assert [3] == apart == list(await _rows(index, PEOPLE))


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (Event("people", Op.DELETE, {"id": 1}), 1),
        (Event("people", Op.DELETE, {"pk": 1}, old={"pk": 1, "state": "a"}), 1),
        (Event("people", Op.DELETE, {"pk": 9}, old={"id": 1}), 1),
        (Event("people", Op.DELETE, {"pk": 1}, old={"id": None}), None),
        (Event("people", Op.DELETE, {}, old={"state": "a"}), None),
        (Event("people", Op.DELETE), None),
    ],
)
async def test_a_removal_finds_its_record_or_is_refused(
    index: Index, event: Event, key: int | None
) -> None:
    """By the dataset's key where the row tells it, else by the table's; never by a guess."""
    report = await followed_to_its_end(index, ListedStream([_put("people", 1), event]), TABLES)

    assert ([] if key == 1 else [1]) == list(await _rows(index, PEOPLE))
    assert (0 if key == 1 else 1) == report.counts.rejected


async def test_a_key_of_several_columns_is_one_text(index: Index) -> None:
    """No two keys share one."""
    schema = Schema(DatasetName("lines"), FieldName("line"), FieldType.KEYWORD, ())
    await index.create(schema)
    keys: list[Row] = [{"a": "x|", "b": 1}, {"a": "x", "b": "|1"}, {"a": "x\\", "b": 1}]
    events = [Event("lines", Op.UPSERT, key) for key in keys]

    await followed_to_its_end(index, ListedStream(events), {"lines": "lines"})
    found = [(await index.record(schema.name, key)).key for key in ("x\\||1", "x|\\|1", "x\\\\|1")]

    assert 3 == len(found)


def _put(table: str, key: object, order: int | None = None, **values: object) -> Event:
    place = () if order is None else (order,)
    return Event(table, Op.UPSERT, {"id": key}, {"id": key, **values}, order=place)


def _next_of(queue: Iterator[Event]) -> list[Event]:
    event = next(queue, None)
    return [] if event is None else [event]


async def _make(index: Index) -> None:
    for name in (PEOPLE, ORDERS):
        fields = [Field(FieldName(column), FieldType.KEYWORD) for column in COLUMNS]
        fields.append(Field(FieldName("spent"), FieldType.INT))
        await index.create(Schema(name, FieldName("id"), FieldType.INT, tuple(fields)))


async def _rows(index: Index, dataset: DatasetName) -> Rows:
    rows: Rows = {}
    for key in (*KEYS, 9):
        try:
            record = await index.record(dataset, key)
        except UnknownRecord:
            continue
        rows[key] = {str(name): value for name, value in record.values.items() if name != "id"}
        if rows[key].get("spent") is None:
            rows[key].pop("spent", None)
    return rows


def _keys(changes: Sequence[Change]) -> list[RecordKey]:
    return [change.key for change in changes if change.key is not None]
