"""Edges where a remote index could differ from a local one: odd arguments, broken calls, races."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from indexer.api import Counts, Index, LoadMode
from indexer.dataset.overlay import Overlay
from indexer.local import LocalIndex
from indexer.model import errors
from indexer.model.errors import CardinalError
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName, SequenceNo
from indexer.model.record import Change, Cursor, Delete, OrderBy, Upsert
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import Equals, HasValue, Leaf, OneOf, Range
from indexer.plan.program import program_of
from indexer.published import Published
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import KINDS, NOW, an_index
from tests.contract.people import ALL, COLOUR, NAME, NOWHERE, PEOPLE, SCHEMA, SIZE, batches, fill

OF_NO_FIELD = program_of([Leaf(HasValue(COLOUR))])
Question = Callable[[Index], Awaitable[object]]
QUESTIONS: dict[str, Question] = {
    "members beyond 64 bits": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, after=Cursor((), 2**63)
    ),
    "members after a text": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, after=Cursor((), "1")
    ),
    "no members at all": lambda index: index.members(PEOPLE, ALL, fields=[], limit=0),
    "a field twice": lambda index: index.members(PEOPLE, ALL, fields=[NAME, NAME], limit=2),
    "members with their key": lambda index: index.members(
        PEOPLE, ALL, fields=[KEY_FIELD, SIZE], limit=2
    ),
    "members of no field": lambda index: index.members(PEOPLE, ALL, fields=[COLOUR], limit=0),
    "count of no field": lambda index: index.count(PEOPLE, OF_NO_FIELD),
    "members by no field": lambda index: index.members(PEOPLE, OF_NO_FIELD, fields=[], limit=5),
    "values by no field": lambda index: index.values(
        PEOPLE, NAME, program=OF_NO_FIELD, prefix="", limit=5
    ),
    "an order of no field": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, order=[OrderBy(COLOUR)]
    ),
    "an order by key": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=1, order=[OrderBy(FieldName("id"), descending=True)]
    ),
    "a number after a text": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, order=[OrderBy(SIZE)], after=Cursor(("1",), 1)
    ),
    "a number after a flag": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, order=[OrderBy(SIZE)], after=Cursor((True,), 1)
    ),
    "members after nothing": lambda index: index.members(
        PEOPLE, ALL, fields=[], limit=5, order=[OrderBy(SIZE)], after=Cursor((None,), 1)
    ),
    "a sample of none": lambda index: index.sample(PEOPLE, ALL, fields=[NAME], size=0, seed=1),
    "a sample": lambda index: index.sample(PEOPLE, ALL, fields=[NAME], size=2, seed="a b"),
    "a sample too large": lambda index: index.sample(PEOPLE, ALL, fields=[], size=10_001, seed=1),
    "a sample by no field": lambda index: index.sample(
        PEOPLE, OF_NO_FIELD, fields=[], size=1, seed=1
    ),
    "a breakdown of no field": lambda index: index.breakdown(PEOPLE, ALL, COLOUR, limit=1),
    "a breakdown of the key": lambda index: index.breakdown(PEOPLE, ALL, KEY_FIELD, limit=2),
    "a breakdown of all nulls": lambda index: index.breakdown(PEOPLE, ALL, SIZE, limit=2),
    "bins of the key": lambda index: index.breakdown(PEOPLE, ALL, KEY_FIELD, limit=2, bins=2),
    "bins of all nulls": lambda index: index.breakdown(PEOPLE, ALL, SIZE, limit=2, bins=2),
    "bins of texts": lambda index: index.breakdown(PEOPLE, ALL, NAME, limit=2, bins=2),
    "no bins": lambda index: index.breakdown(PEOPLE, ALL, SIZE, limit=2, bins=0),
    "no part of a breakdown": lambda index: index.breakdown(PEOPLE, ALL, NAME, limit=0),
    "bitmaps": lambda index: index.bitmaps(PEOPLE, ALL),
    "bitmaps by no field": lambda index: index.bitmaps(PEOPLE, OF_NO_FIELD),
    "rows": lambda index: anext(index.rows(PEOPLE, ALL, fields=[NAME, NAME], batch_rows=2)),
    "rows by no field": lambda index: anext(
        index.rows(PEOPLE, OF_NO_FIELD, fields=[], batch_rows=2)
    ),
    "rows of nothing": lambda index: anext(index.rows(NOWHERE, ALL, fields=[], batch_rows=2)),
    "rows of no size": lambda index: anext(index.rows(PEOPLE, ALL, fields=[], batch_rows=0)),
    "keys of both types": lambda index: index.contains(PEOPLE, ALL, [1, "1", 2**63, -1]),
    "no keys": lambda index: index.contains(PEOPLE, ALL, []),
    "keys by no field": lambda index: index.contains(PEOPLE, OF_NO_FIELD, [1]),
    "too many keys": lambda index: index.contains(PEOPLE, ALL, [1] * 100_001),
    "records of both types": lambda index: index.records(PEOPLE, [1, "1", 2**63], [NAME]),
    "records of no field": lambda index: index.records(PEOPLE, [9], [COLOUR]),
    "values of no field": lambda index: index.values(
        PEOPLE, COLOUR, program=ALL, prefix="", limit=5
    ),
    "no values at all": lambda index: index.values(PEOPLE, NAME, program=ALL, prefix="", limit=0),
    "values of the key": lambda index: index.values(
        PEOPLE, FieldName("id"), program=ALL, prefix="1", limit=5
    ),
    "no plans": lambda index: index.count(PEOPLE, program_of([])),
    "a key out of reach": lambda index: index.count(
        PEOPLE,
        program_of([Leaf(Equals(KEY_FIELD, 2**63)), Leaf(OneOf(KEY_FIELD, (1, 2**64 - 1)))]),
    ),
    "keys of the other type": lambda index: index.count(
        PEOPLE, program_of([Leaf(Equals(KEY_FIELD, "1")), Leaf(OneOf(KEY_FIELD, ("1", "2")))])
    ),
    "keys between texts": lambda index: index.count(
        PEOPLE, program_of([Leaf(Range(KEY_FIELD, "", None)), Leaf(Range(KEY_FIELD, None, "a"))])
    ),
    "keys between": lambda index: index.count(PEOPLE, program_of([Leaf(Range(KEY_FIELD, 2, 3))])),
    "a record out of reach": lambda index: index.record(PEOPLE, 2**63),
    "a record by text": lambda index: index.record(PEOPLE, "1"),
    "no changes": lambda index: index.apply(PEOPLE, []),
    "no batches": lambda index: index.load(PEOPLE, batches([])),
    "a removal out of reach": lambda index: index.apply(PEOPLE, [Delete(2**63), Delete("1")]),
    "changes of no field": lambda index: index.apply(PEOPLE, [Upsert(1, {COLOUR: "red"})]),
    "new records of no field": lambda index: index.apply(PEOPLE, [Upsert(99, {COLOUR: "red"})]),
    "a name twice": lambda index: index.create(SCHEMA),
    "a name too long": lambda index: index.create(replace(SCHEMA, name=DatasetName("x" * 201))),
    "another key": lambda index: index.alter(replace(SCHEMA, key=NAME)),
    "another key type": lambda index: index.alter(replace(SCHEMA, key_type=FieldType.KEYWORD)),
    "generated texts": lambda index: index.create(
        replace(SCHEMA, name=NOWHERE, key=None, key_type=FieldType.KEYWORD)
    ),
    "a link of no field": lambda index: index.alter(
        replace(SCHEMA, links=(Link("a", COLOUR, PEOPLE), Link("a", SIZE, PEOPLE)))
    ),
    "a load into nothing": lambda index: index.load(NOWHERE, batches([1])),
}


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """Three people, of every kind of index in turn."""
    async with an_index(request.param, tmp_path) as made:
        await fill(made)
        yield made


@pytest.mark.parametrize("name", QUESTIONS)
async def test_every_implementation_answers_alike(name: str, tmp_path: Path) -> None:
    """Equal answers; errors equal in class, code, message and problems, and all of them ours."""
    outcomes = []
    for kind in KINDS:
        async with an_index(kind, tmp_path) as index:
            await fill(index)
            outcomes.append(await _outcome(QUESTIONS[name](index)))

    assert [outcomes[0]] * len(KINDS) == outcomes


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("members beyond 64 bits", errors.BadShape),
        ("members after a text", errors.BadShape),
        ("count of no field", errors.UnknownField),
        ("members by no field", errors.UnknownField),
        ("changes of no field", errors.UnknownField),
        ("new records of no field", errors.UnknownField),
        ("a record out of reach", errors.UnknownRecord),
        ("generated texts", errors.BadSchema),
        ("another key type", errors.BadSchema),
    ],
)
async def test_an_odd_question_gets_an_error_of_its_own(
    index: Index, name: str, error: type[CardinalError]
) -> None:
    """One that says what to do, never one of a library."""
    with pytest.raises(error):
        await QUESTIONS[name](index)


async def test_a_page_of_no_records_is_empty(index: Index) -> None:
    """Wherever it starts."""
    page = await index.members(PEOPLE, ALL, fields=[], limit=0, after=Cursor((), 1))

    assert () == page.records


@pytest.mark.parametrize("arrived", [0, 1, 2, 5])
async def test_a_load_that_breaks_off_is_never_taken_for_a_whole_one(
    index: Index, arrived: int
) -> None:
    """However much of it had arrived, and also when it replaces everything."""
    for mode in (LoadMode.UPSERT, LoadMode.REPLACE):
        for _ in range(5):
            broken = batches([*range(50, 50 + arrived)], then=ValueError("cut off"))
            with pytest.raises(ValueError, match="cut off"):
                await index.load(PEOPLE, broken, mode=mode)

    applied = await index.apply(PEOPLE, [Upsert(9, {})])

    assert 4 == (await index.count(PEOPLE, ALL)).total
    assert 1 == applied.created


async def test_a_load_whose_caller_goes_away_is_not_taken(index: Index) -> None:
    """Cancelled while batches are still to come."""
    waiting, never = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[pa.RecordBatch]:
        async for batch in batches([50, 51]):
            yield batch
        waiting.set()
        await never.wait()

    task = asyncio.ensure_future(index.load(PEOPLE, slow(), mode=LoadMode.REPLACE))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    applied = await index.apply(PEOPLE, [Upsert(9, {})])

    assert (1, 4) == (applied.created, (await index.count(PEOPLE, ALL)).total)


async def test_a_wrong_question_does_not_harm_those_beside_it(index: Index) -> None:
    """Many are on their way together; each gets its own answer or its own error."""
    asked: list[Awaitable[object]] = []
    for _ in range(30):
        asked += [
            index.count(PEOPLE, ALL),
            index.count(PEOPLE, OF_NO_FIELD),
            index.count(NOWHERE, ALL),
            index.count(PEOPLE, program_of([Leaf(Range(NAME, 1, 2))])),
        ]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    totals = {getattr(answer, "total", None) for answer in answers[::4]}
    assert {3} == totals
    assert {errors.UnknownField} == {type(answer) for answer in answers[1::4]}
    assert {errors.UnknownDataset} == {type(answer) for answer in answers[2::4]}


async def test_callers_that_go_away_leave_the_others_their_answers(index: Index) -> None:
    """A cancelled question is nobody's loss but its own."""
    tasks = [asyncio.ensure_future(index.count(PEOPLE, ALL)) for _ in range(40)]
    await asyncio.sleep(0)

    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [3] * 20 == [getattr(answer, "total", None) for answer in answers[1::2]]


async def test_counts_and_changes_at_once_each_see_one_sequence(index: Index) -> None:
    """What a count adds up to is what was there at its ``as_of``, never half of a batch."""
    parts = [Leaf(Equals(SIZE, 1)), Leaf(Equals(SIZE, 2)), Leaf(HasValue(SIZE))]
    batches_of_two: list[list[Change]] = [
        [Upsert(key, {SIZE: 1}), Upsert(key + 1, {SIZE: 2})] for key in range(10, 40, 2)
    ]
    seen: list[Counts] = []

    async def write() -> list[SequenceNo]:
        return [(await index.apply(PEOPLE, batch)).sequence for batch in batches_of_two]

    async def read() -> None:
        seen.extend([await index.count(PEOPLE, program_of(parts)) for _ in range(30)])

    written, *_ = await asyncio.gather(write(), read(), read())
    last = await index.count(PEOPLE, program_of(parts))

    for counted in (*seen, last):
        done = sum(sequence <= counted.as_of for sequence in written)
        assert (done, done, 2 * done) == counted.counts
        assert 3 + 2 * done == counted.total
    assert written[-1] <= last.as_of


async def test_a_dataset_is_described_as_of_one_sequence() -> None:
    """A change that lands while figures are made is in neither of them."""
    index = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    await fill(index)
    node = index._node
    before = await index.dataset(PEOPLE)

    published = node.published

    class Interrupted(Published):
        """A change is applied as soon as somebody has taken the dataset."""

        def readable(self, name: DatasetName) -> Overlay:
            node.published = published
            node.apply(PEOPLE, [Upsert(77, {})])
            return published.readable(name)

    node.published = Interrupted(published.sequence, published.datasets, published.overlays)
    during = await index.dataset(PEOPLE)
    after = await index.dataset(PEOPLE)
    await index.close()

    assert before == during
    assert (before.sequence + 1, before.records + 1) == (after.sequence, after.records)


async def test_more_problems_than_a_header_can_carry_are_cut_short(index: Index) -> None:
    """The error arrives as what it is, with as many problems as fit."""
    bad = tuple(Field(FieldName(f"field {n}"), FieldType.INT, scale=3) for n in range(1_000))

    with pytest.raises(errors.BadSchema) as refused:
        await index.create(Schema(NOWHERE, None, FieldType.INT, bad))

    places = [f"/fields/{n}/scale" for n in range(20)]
    assert places == [problem.path for problem in refused.value.problems][:20]


async def _outcome(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except CardinalError as error:
        return type(error), error.code, error.message, error.problems, error.retry_after_s
