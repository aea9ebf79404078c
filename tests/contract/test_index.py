"""The contract of ``indexer.api.Index``, held by every implementation."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from indexer.api import Counts, FieldStats, Index, Loaded, LoadMode
from indexer.intake.arrow_types import arrow_type
from indexer.model import errors
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.record import (
    Applied,
    Change,
    Cursor,
    Delete,
    Record,
    Upsert,
    Value,
    ValueCount,
)
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import (
    EVERYTHING,
    And,
    Equals,
    HasValue,
    Leaf,
    OneOf,
    Or,
    Range,
    complement,
)
from indexer.plan.program import Program, program_of
from tests.contract.indexes import KINDS, NOW, an_index

PEOPLE = DatasetName("people")
FIELDS = {
    FieldName(type_.value): Field(FieldName(type_.value), type_, scale=2 * (type_ == "decimal"))
    for type_ in FieldType
}
SCHEMA = Schema(
    PEOPLE, FieldName("id"), FieldType.KEYWORD,
    (Field(FieldName("id"), FieldType.KEYWORD), *FIELDS.values()),
)  # fmt: skip
ANNE: dict[FieldName, Value] = {
    FieldName("bool"): True,
    FieldName("int"): 2**63 - 1,
    FieldName("decimal"): -1250,
    FieldName("float"): 0.1,
    FieldName("date"): -719_162,
    FieldName("timestamp"): 1_700_000_000_000_001,
    FieldName("keyword"): "",
    FieldName("text"): "naïve 😀",
    FieldName("set"): ("a", "b"),
}
NOTHING_KNOWN: dict[FieldName, Value] = dict.fromkeys(FIELDS)
ALL = program_of([EVERYTHING])


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """An empty index, of every kind in turn."""
    async with an_index(request.param, tmp_path) as made:
        yield made


@pytest.fixture
async def people(index: Index) -> Index:
    """Two people: Anne with a value of every type, Bob with none."""
    await index.create(SCHEMA)
    await index.apply(PEOPLE, [Upsert("anne", ANNE), Upsert("bob", {})])
    return index


async def test_a_record_comes_back_as_it_was_given(people: Index) -> None:
    """Every type survives, and so does null."""
    anne = await people.record(PEOPLE, "anne")
    bob = await people.record(PEOPLE, "bob")

    assert Record("anne", {FieldName("id"): "anne", **ANNE}) == anne
    assert Record("bob", {FieldName("id"): "bob", **NOTHING_KNOWN}) == bob


async def test_one_program_answers_many_plans_at_one_sequence(people: Index) -> None:
    """Counts come in the order of the outputs, with the total."""
    anne = Leaf(Equals(FieldName("int"), 2**63 - 1))
    plans = [
        anne,
        complement(anne),
        And((anne, Leaf(Range(FieldName("decimal"), None, -1250)))),
        Or((anne, Leaf(Equals(KEY_FIELD, "bob")))),
        Leaf(OneOf(FieldName("set"), ("b", "z"))),
        Leaf(HasValue(FieldName("text"))),
        anne,
    ]

    counted = await people.count(PEOPLE, program_of(plans))

    assert Counts((1, 1, 1, 2, 1, 1, 1), total=2, as_of=counted.as_of) == counted


async def test_members_come_in_key_order_page_by_page(people: Index) -> None:
    """The key to go on after is there until the end."""
    await people.apply(PEOPLE, [Upsert("émile", {}), Upsert("Zoe", {})])

    first = await people.members(PEOPLE, ALL, fields=[FieldName("keyword")], limit=2)
    second = await people.members(PEOPLE, ALL, fields=[], limit=2, after=first.next_after)

    assert ["Zoe", "anne"] == [record.key for record in first.records]
    assert {FieldName("keyword"): ""} == first.records[1].values
    assert Cursor((), "anne") == first.next_after
    assert ["bob", "émile"] == [record.key for record in second.records]
    assert second.next_after is None


async def test_values_are_counted_among_the_members_of_a_program(people: Index) -> None:
    """Most frequent first; nulls apart; a prefix narrows the values, not the nulls."""
    tags = FieldName("set")
    await people.apply(PEOPLE, [Upsert("carl", {tags: ("b",)}), Upsert("dora", {tags: ()})])

    everyone = await people.values(PEOPLE, tags, program=ALL, prefix="", limit=9)
    prefixed = await people.values(PEOPLE, tags, program=ALL, prefix="A", limit=9)
    flags = await people.values(PEOPLE, FieldName("bool"), program=ALL, prefix="", limit=9)

    assert (ValueCount("b", 2), ValueCount("a", 1)) == everyone.items
    assert 1 == everyone.null
    assert (ValueCount("a", 1),) == prefixed.items
    assert 1 == prefixed.null
    assert (ValueCount(value=True, count=1),) == flags.items


async def test_changes_are_weighed_one_by_one(people: Index) -> None:
    """Created, updated, unchanged and deleted add up to what was sent."""
    number = FieldName("int")
    changes: list[Change] = [
        Upsert("carl", {number: 1}),
        Upsert("carl", {number: 1}),
        Upsert("bob", {number: 2}),
        Delete("anne"),
        Delete("nobody"),
    ]

    applied = await people.apply(PEOPLE, changes)

    assert Applied(applied.sequence, created=1, updated=1, deleted=1, unchanged=2) == applied


async def test_an_answer_holds_every_change_acknowledged_before(people: Index) -> None:
    """``as_of`` is never before the sequence a change was told."""
    applied = await people.apply(PEOPLE, [Upsert("carl", {})])

    counted = await people.count(PEOPLE, ALL)

    assert 3 == counted.total
    assert applied.sequence <= counted.as_of


@pytest.mark.parametrize(
    "mode, expected",
    [
        (LoadMode.UPSERT, (1, 1, 0, 0, 3)),
        (LoadMode.INSERT, (1, 0, 1, 0, 3)),
        (LoadMode.UPDATE, (0, 1, 1, 0, 2)),
        (LoadMode.REPLACE, (1, 1, 0, 1, 2)),
        (LoadMode.DELETE, (0, 0, 1, 1, 1)),
    ],
)
async def test_a_load_does_what_its_mode_says(
    people: Index, mode: LoadMode, expected: tuple[int, ...]
) -> None:
    """Anne and Carl are loaded into Anne and Bob."""
    loaded = await people.load(PEOPLE, _batches(["anne", "carl"], [1, 2]), mode=mode)

    counted = await people.count(PEOPLE, ALL)
    created, updated, unchanged, deleted, total = expected
    assert Loaded(loaded.sequence, created, updated, unchanged, deleted) == loaded
    assert total == counted.total


async def test_the_last_of_several_rows_with_one_key_wins(people: Index) -> None:
    """Also across batches."""
    await people.load(PEOPLE, _batches(["carl", "carl", "carl"], [1, 3, 2]))

    carl = await people.record(PEOPLE, "carl")

    assert 2 == carl.values[FieldName("int")]


async def test_an_empty_cell_clears_only_when_asked(people: Index) -> None:
    """Null in a file keeps what was there, unless it is to clear."""
    await people.load(PEOPLE, _batches(["anne"], [None]))
    kept = await people.record(PEOPLE, "anne")

    await people.load(PEOPLE, _batches(["anne"], [None]), clear_empty=True)
    cleared = await people.record(PEOPLE, "anne")

    assert 2**63 - 1 == kept.values[FieldName("int")]
    assert cleared.values[FieldName("int")] is None


async def test_a_load_that_breaks_off_leaves_the_dataset_as_it_was(people: Index) -> None:
    """What the source of the batches raises comes out unchanged."""

    async def broken() -> AsyncIterator[pa.RecordBatch]:
        async for batch in _batches(["carl"], [1]):
            yield batch
        raise errors.BadFile("line 3 is not text")

    with pytest.raises(errors.BadFile, match="line 3 is not text"):
        await people.load(PEOPLE, broken())

    assert 2 == (await people.count(PEOPLE, ALL)).total


async def test_figures_say_how_full_and_how_varied_a_field_is(people: Index) -> None:
    """Per field; the key is full and distinct."""
    await people.apply(PEOPLE, [Upsert("carl", {FieldName("keyword"): ""})])

    info = await people.dataset(PEOPLE)

    assert 3 == info.records
    assert NOW == info.updated_at
    assert FieldStats(filled=2, distinct=1) == info.fields[FieldName("keyword")]
    assert FieldStats(filled=1, distinct=2) == info.fields[FieldName("set")]
    assert FieldStats(filled=3, distinct=3) == info.fields[FieldName("id")]
    assert [PEOPLE] == [each.schema.name for each in await people.datasets()]


async def test_every_schema_is_told_at_once(people: Index) -> None:
    """By name, as each is told alone."""
    other = replace(SCHEMA, name=DatasetName("accounts"))
    await people.create(other)

    schemas = await people.schemas()

    assert (other, await people.schema(PEOPLE)) == schemas


async def test_a_dataset_may_gain_fields_and_links(people: Index) -> None:
    """A new field is null everywhere; nothing else changes."""
    colour = Field(FieldName("colour"), FieldType.KEYWORD)
    link = Link("boss", FieldName("keyword"), PEOPLE)
    wider = replace(SCHEMA, fields=(*SCHEMA.fields, colour), links=(link,))

    await people.alter(wider)

    assert wider == await people.schema(PEOPLE)
    assert (await people.record(PEOPLE, "anne")).values[FieldName("colour")] is None
    assert -1250 == (await people.record(PEOPLE, "anne")).values[FieldName("decimal")]


async def test_generated_keys_go_on_where_they_stopped(index: Index) -> None:
    """Ints from 1, in the order of arrival."""
    schema = Schema(PEOPLE, None, FieldType.INT, (FIELDS[FieldName("int")],))
    await index.create(schema)

    await index.load(PEOPLE, _batches(None, [10, 20]))
    await index.apply(PEOPLE, [Upsert(None, {FieldName("int"): 30})])

    page = await index.members(PEOPLE, ALL, fields=[FieldName("int")], limit=9)
    assert [(1, 10), (2, 20), (3, 30)] == [
        (record.key, record.values[FieldName("int")]) for record in page.records
    ]


async def test_the_first_records_decide_an_open_key_type(index: Index) -> None:
    """A dataset made without one takes ints or texts, whichever comes."""
    await index.create(replace(SCHEMA, key_type=None, fields=SCHEMA.fields[1:]))

    await index.apply(PEOPLE, [Upsert(7, {})])

    assert FieldType.INT == (await index.schema(PEOPLE)).key_type
    assert 7 == (await index.record(PEOPLE, 7)).key


@pytest.mark.parametrize("program", [ALL, program_of([Leaf(Equals(KEY_FIELD, "anne"))])])
async def test_an_unknown_dataset_is_told_everywhere(index: Index, program: Program) -> None:
    """Every method that names one says the same."""
    nowhere = DatasetName("nowhere")
    asked = [
        index.dataset(nowhere),
        index.schema(nowhere),
        index.alter(replace(SCHEMA, name=nowhere)),
        index.count(nowhere, program),
        index.members(nowhere, program, fields=[], limit=1),
        index.record(nowhere, "anne"),
        index.values(nowhere, FieldName("int"), program=program, prefix="", limit=1),
        index.apply(nowhere, [Delete("anne")]),
        index.load(nowhere, _batches(["anne"], [1])),
    ]

    for question in asked:
        with pytest.raises(errors.UnknownDataset, match="nowhere"):
            await question


async def test_unknown_records_and_fields_are_told(people: Index) -> None:
    """Each with its own error; a key of the other type is simply not there."""
    colour = FieldName("colour")

    with pytest.raises(errors.UnknownRecord):
        await people.record(PEOPLE, "nobody")
    with pytest.raises(errors.UnknownRecord):
        await people.record(PEOPLE, 7)
    with pytest.raises(errors.UnknownField, match="colour"):
        await people.members(PEOPLE, ALL, fields=[colour], limit=1)
    with pytest.raises(errors.UnknownField, match="colour"):
        await people.values(PEOPLE, colour, program=ALL, prefix="", limit=1)


async def test_a_dataset_is_made_once(people: Index) -> None:
    """The second time it is there already."""
    with pytest.raises(errors.DatasetExists, match="people"):
        await people.create(SCHEMA)


async def test_a_bad_schema_is_told_with_every_problem(index: Index) -> None:
    """Places and codes survive the way."""
    twice = Field(FieldName("a"), FieldType.DECIMAL, scale=19)
    bad = Schema(PEOPLE, None, FieldType.INT, (twice, twice), time_zone="Mars/Olympus")

    with pytest.raises(errors.BadSchema) as refused:
        await index.create(bad)

    assert {
        ("bad_value", "/fields/0/scale"),
        ("bad_value", "/fields/1/scale"),
        ("bad_value", "/fields/1/name"),
        ("bad_zone", "/time_zone"),
    } == {(problem.code, problem.path) for problem in refused.value.problems}


async def test_a_field_keeps_its_type(people: Index) -> None:
    """Neither its removal nor another type is taken."""
    retyped = replace(FIELDS[FieldName("int")], type=FieldType.TEXT)

    with pytest.raises(errors.BadSchema):
        await people.alter(replace(SCHEMA, fields=SCHEMA.fields[:-1]))
    with pytest.raises(errors.BadSchema):
        await people.alter(replace(SCHEMA, fields=(retyped, *SCHEMA.fields[2:])))


async def test_a_rehearsal_tells_what_a_load_does(people: Index) -> None:
    """And does nothing of it."""
    before = await people.dataset(PEOPLE)

    told = await people.rehearse(PEOPLE, _batches(["x", "y"], [1, None]))
    between = await people.dataset(PEOPLE)
    done = await people.load(PEOPLE, _batches(["x", "y"], [1, None]))

    assert before == between
    assert replace(told, sequence=done.sequence) == done


async def test_a_load_makes_its_dataset(index: Index) -> None:
    """With its schema, in one step; a rehearsal makes nothing."""
    await index.rehearse(PEOPLE, _batches(["x"], [1]), schema=SCHEMA)
    names = [each.schema.name for each in await index.datasets()]

    await index.load(PEOPLE, _batches(["x"], [1]), schema=SCHEMA)

    assert [] == names
    assert 1 == (await index.dataset(PEOPLE)).records


async def test_a_load_that_nobody_remembers_is_not_rolled_back(people: Index) -> None:
    """It was never done, or is kept no more."""
    with pytest.raises(errors.CannotRollBack):
        await people.roll_back(PEOPLE, "nothing")


async def _batches(
    keys: list[str] | None, numbers: list[int | None]
) -> AsyncIterator[pa.RecordBatch]:
    """One batch per row, so that batches matter."""
    for place, number in enumerate(numbers):
        columns = {"int": pa.array([number], arrow_type(FIELDS[FieldName("int")]))}
        if keys is not None:
            columns[KEY_FIELD] = pa.array([keys[place]], pa.string())
        yield pa.record_batch(columns)
