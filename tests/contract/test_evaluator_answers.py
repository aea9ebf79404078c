"""What the evaluator answers beyond counts, over every kind of index."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pyroaring import BitMap64

from evaluator.api import Evaluator, Explanation, FieldValue, Overlap
from evaluator.roaring.writing import pieces
from evaluator.service import LocalEvaluator
from indexer.model import errors
from indexer.model.hints import Hints
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.record import BinCount, Cursor, OrderBy, Upsert, ValueCount
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import KINDS, NOW, an_index

PEOPLE = DatasetName("people")
STATE, SPENT, TAGS = FieldName("state"), FieldName("spent"), FieldName("tags")
FIELDS = (
    Field(STATE, FieldType.KEYWORD),
    Field(SPENT, FieldType.DECIMAL, scale=2),
    Field(TAGS, FieldType.SET),
)
SCHEMA = Schema(PEOPLE, FieldName("id"), FieldType.KEYWORD, FIELDS)
EVERYBODY: dict[str, object] = {"all": []}
CALIFORNIAN = {"field": "state", "op": "is", "value": "CA"}
RICH = {"field": "spent", "op": "gt", "value": 2}
HINTS = Hints(cache=False, method="scan")


@pytest.fixture(params=KINDS)
async def evaluator(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Evaluator]:
    """Four people of two states, one of them without anything."""
    async with an_index(request.param, tmp_path) as index:
        await index.create(SCHEMA)
        await index.apply(
            PEOPLE,
            [
                Upsert("ann", {STATE: "CA", SPENT: 100, TAGS: ("a", "b")}),
                Upsert("bob", {STATE: "CA", SPENT: 300, TAGS: ()}),
                Upsert("cid", {STATE: "NY", SPENT: 700}),
                Upsert("dee", {}),
            ],
        )
        yield LocalEvaluator(index, clock=ManualClock(NOW))


async def test_members_are_listed_in_an_order(evaluator: Evaluator) -> None:
    """Page by page."""
    order = [OrderBy(STATE, True), OrderBy(SPENT)]

    first = await evaluator.members(PEOPLE, EVERYBODY, fields=[], limit=2, order=order)
    second = await evaluator.members(
        PEOPLE, EVERYBODY, fields=[], limit=2, order=order, after=first.next_after, hints=HINTS
    )

    keys = [record.key for record in (*first.records, *second.records)]
    assert ["cid", "ann", "bob", "dee"] == keys
    assert second.next_after is None


async def test_a_sample_and_a_breakdown_are_of_the_members(evaluator: Evaluator) -> None:
    """Values in stored form, with the field they are of."""
    sample = await evaluator.sample(PEOPLE, CALIFORNIAN, fields=[SPENT], size=9, seed=1)
    states = await evaluator.breakdown(PEOPLE, RICH, STATE, limit=1, hints=HINTS)
    spent = await evaluator.breakdown(PEOPLE, EVERYBODY, SPENT, limit=1, bins=2)

    assert {"ann": 100, "bob": 300} == {
        record.key: record.values[SPENT] for record in sample.records
    }
    assert ((ValueCount("CA", 1),), 0, 1) == (
        states.breakdown.items, states.breakdown.null, states.breakdown.other,
    )  # fmt: skip
    assert (BinCount(100, 400, 2), BinCount(400, 700, 1)) == spent.breakdown.items
    assert FIELDS[:2] == (states.field, spent.field)


async def test_conditions_overlap_at_one_sequence(evaluator: Evaluator) -> None:
    """Sizes, pairs and regions agree with each other."""
    found = await evaluator.overlap(PEOPLE, [CALIFORNIAN, RICH], hints=HINTS)
    counted = await evaluator.count(PEOPLE, EVERYBODY)

    expected = Overlap(
        sizes=(2, 2),
        intersections=((2, 1), (1, 2)),
        jaccard=((1.0, 1 / 3), (1 / 3, 1.0)),
        regions={"01": 1, "10": 1, "11": 1},
        as_of=counted.as_of,
    )
    assert expected == found


async def test_a_condition_is_explained_for_a_record(evaluator: Evaluator) -> None:
    """The key is a field like any other."""
    condition = {"all": [{"not": CALIFORNIAN}, {"field": "id", "op": "is_not", "value": "ann"}]}

    explained = await evaluator.explain(PEOPLE, condition, key="cid", hints=HINTS)
    plain = await evaluator.explain(PEOPLE, condition)

    outside, key = explained.root.children
    assert [("", 2, True), ("/all/0", 2, True), ("/all/1", 3, True)] == [
        (one.path, one.actual, one.holds) for one in (explained.root, outside, key)
    ]
    assert [None, FieldValue(FIELDS[0], "NY")] == [outside.value, outside.children[0].value]
    assert FieldValue(Field(KEY_FIELD, FieldType.KEYWORD, label="id"), "cid") == key.value
    assert {(None, None)} == {(one.holds, one.value) for one in _nodes(plain.root)}


async def test_a_long_condition_is_explained_in_short(evaluator: Evaluator) -> None:
    """Its English is cut, its nodes are all there."""
    condition = {"any": [{**CALIFORNIAN, "value": f"state number {n}"} for n in range(100)]}

    explained = await evaluator.explain(PEOPLE, condition)

    assert [1_000, "…"] == [len(explained.root.text), explained.root.text[-1]]
    assert 100 == len(explained.root.children)


async def test_members_come_as_bitmaps_rows_and_answers(evaluator: Evaluator) -> None:
    """All the ways to hand over who is in."""
    bitmaps = await evaluator.bitmaps(PEOPLE, CALIFORNIAN)
    rows = evaluator.rows(PEOPLE, CALIFORNIAN, fields=[STATE], batch_rows=1)
    held = await evaluator.contains(PEOPLE, CALIFORNIAN, ["dee", "bob", "zoe", 1], hints=HINTS)

    assert BitMap64([0, 1]) == BitMap64.deserialize(b"".join(pieces(bitmaps)))
    assert [{KEY_FIELD: "ann", STATE: "CA"}, {KEY_FIELD: "bob", STATE: "CA"}] == [
        row async for batch in rows for row in batch.to_pylist()
    ]
    assert (False, True, False, False) == held


@pytest.mark.parametrize(
    ("order", "after", "place"),
    [
        ([OrderBy(FieldName("nope"))], None, "/order_by/0/field"),
        ([OrderBy(STATE), OrderBy(TAGS)], None, "/order_by/1/field"),
        ([OrderBy(STATE)] * 9, None, "/order_by"),
        ([OrderBy(STATE)], Cursor((1,), "ann"), "/cursor"),
        ([OrderBy(SPENT)], Cursor(("1",), "ann"), "/cursor"),
        ([OrderBy(SPENT)], Cursor((True,), "ann"), "/cursor"),
        ([OrderBy(SPENT)], Cursor((), "ann"), "/cursor"),
        ([], Cursor((1,), "ann"), "/cursor"),
    ],
)
async def test_an_order_and_its_cursor_must_fit(
    evaluator: Evaluator, order: list[OrderBy], after: Cursor | None, place: str
) -> None:
    """The fields, and each value of the cursor."""
    with pytest.raises(errors.BadShape) as refused:
        await evaluator.members(PEOPLE, EVERYBODY, fields=[], limit=1, order=order, after=after)

    assert [place] == [problem.path for problem in refused.value.problems]


async def test_bounds_are_said_before_anything_is_counted(evaluator: Evaluator) -> None:
    """Each with its place."""
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "/conditions": lambda: evaluator.overlap(PEOPLE, []),
        "/conditions ": lambda: evaluator.overlap(PEOPLE, [EVERYBODY] * 101),
        "/bins": lambda: evaluator.breakdown(PEOPLE, EVERYBODY, SPENT, limit=1, bins=0),
        "/bins ": lambda: evaluator.breakdown(PEOPLE, EVERYBODY, STATE, limit=1, bins=2),
    }

    for place, ask in asked.items():
        with pytest.raises(errors.BadShape) as refused:
            await ask()
        assert [place.strip()] == [problem.path for problem in refused.value.problems]


async def test_errors_come_from_every_question(evaluator: Evaluator) -> None:
    """Unknown datasets, fields and records, and conditions with problems."""
    nope, nowhere = FieldName("nope"), DatasetName("nowhere")
    wrong = {"field": "nope", "op": "is_set"}
    unknown_field = [
        evaluator.sample(PEOPLE, EVERYBODY, fields=[nope], size=1),
        evaluator.breakdown(PEOPLE, EVERYBODY, nope, limit=1),
        anext(evaluator.rows(PEOPLE, EVERYBODY, fields=[nope], batch_rows=1)),
    ]
    of_condition = [
        evaluator.overlap(PEOPLE, [EVERYBODY, wrong]),
        evaluator.explain(PEOPLE, wrong),
        evaluator.contains(PEOPLE, wrong, []),
        evaluator.bitmaps(PEOPLE, wrong),
    ]

    for question in unknown_field:
        with pytest.raises(errors.UnknownField):
            await question
    for question in of_condition:
        with pytest.raises(errors.BadCondition):
            await question
    with pytest.raises(errors.UnknownDataset):
        await evaluator.overlap(nowhere, [EVERYBODY])
    with pytest.raises(errors.UnknownRecord):
        await evaluator.explain(PEOPLE, EVERYBODY, key="zoe")


def _nodes(node: Explanation) -> list[Explanation]:
    return [node, *(below for child in node.children for below in _nodes(child))]
