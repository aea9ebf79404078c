"""Formula fields over the time and over related records, asked about and read record by record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.condition.language import ConditionLimits, compile_condition, read
from evaluator.service import LocalEvaluator
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, Upsert
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import Leaf, Range
from indexer.plan.related import Computed
from indexer.runtime.clock import ManualClock

LIMITS = ConditionLimits()
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT = (NOW - EPOCH) // timedelta(microseconds=1)
PEOPLE, BUYS = DatasetName("people"), DatasetName("buys")
SEEN, BORN, NAME, OF, PAID, TS = map(FieldName, ("seen", "born", "name", "of", "paid", "ts"))


def _formula(name: str, text: str) -> Field:
    return Field(FieldName(name), FieldType.BOOL, formula=text)


PEOPLE_SCHEMA = Schema(
    PEOPLE,
    FieldName("id"),
    FieldType.INT,
    (
        Field(SEEN, FieldType.TIMESTAMP),
        Field(BORN, FieldType.DATE),
        Field(NAME, FieldType.KEYWORD),
        _formula("age", "days_since(seen)"),
        _formula("days", "days_since(born)"),
        _formula("late", "if(age > 10, 'late ' || name, 'early')"),
        _formula("buys", "count(buys)"),
        _formula("spent", "sum(buys.paid)"),
        _formula("mean", "round(spent / buys, 2)"),
        _formula("latest", "days_since(last(buys.ts))"),
        _formula("shops", "count_distinct(buys.name)"),
        _formula("middle", "median(buys.paid)"),
        _formula("first_name", "first(buys.name, buys.ts)"),
        _formula("early", "seen < '2025-05-01'"),
    ),
)
BUYS_SCHEMA = Schema(
    BUYS,
    FieldName("id"),
    FieldType.INT,
    (
        Field(OF, FieldType.INT),
        Field(PAID, FieldType.DECIMAL, scale=2),
        Field(NAME, FieldType.KEYWORD),
        Field(TS, FieldType.TIMESTAMP),
    ),
    (Link("of", OF, PEOPLE),),
)


async def world(*batches: tuple[DatasetName, list[Change]], settled: bool = True) -> LocalEvaluator:
    """An evaluator over both datasets after these changes, which lie beside views or in them."""
    clock = ManualClock(NOW)
    limits = IndexLimits() if settled else IndexLimits(settled_when_read_max=0)
    index = await LocalIndex.open(None, shard_bits=3, clock=clock, limits=limits)
    await index.create(Schema(PEOPLE, FieldName("id"), FieldType.INT, PEOPLE_SCHEMA.fields[:3]))
    await index.create(BUYS_SCHEMA)
    await index.alter(PEOPLE_SCHEMA)
    for name, changes in batches:
        await index.apply(name, changes)
    return LocalEvaluator(index, clock=clock)


INSTANTS = st.integers(-40, 5).map(lambda days: AT + days * DAY) | st.integers(
    AT - 40 * DAY, AT + DAY
)
PERSON = st.fixed_dictionaries(
    {},
    optional={
        SEEN: st.none() | INSTANTS,
        BORN: st.none() | st.integers(AT // DAY - 30, AT // DAY + 2),
        NAME: st.none() | st.sampled_from(["a", "b"]),
    },
)
BUY = st.fixed_dictionaries(
    {OF: st.none() | st.integers(1, 7)},
    optional={
        PAID: st.none() | st.integers(-300, 300),
        NAME: st.none() | st.sampled_from(["x", "y", "z"]),
        TS: st.none() | INSTANTS,
    },
)


def _changes(record: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Change]]:
    keys = st.integers(1, 12)
    one = st.one_of(*[st.builds(Upsert, keys, record)] * 4, st.builds(Delete, keys))
    return st.lists(one, max_size=10)


def _held(batches: list[tuple[DatasetName, list[Change]]], name: DatasetName) -> dict[int, Any]:
    held: dict[int, Any] = {}
    for dataset, changes in batches:
        for change in changes if dataset == name else ():
            assert isinstance(change.key, int)
            if isinstance(change, Upsert):
                held[change.key] = {**held.get(change.key, {}), **change.values}
            else:
                held.pop(change.key, None)
    return held


def _fields(key: int, person: Any, buys: dict[int, Any]) -> dict[str, Any]:
    """The person with its formula fields, in stored form."""
    mine = [(own, buy) for own, buy in buys.items() if buy.get(OF) == key]
    paid = sorted(buy[PAID] for _, buy in mine if buy.get(PAID) is not None)
    timed = sorted((buy[TS], own, buy) for own, buy in mine if buy.get(TS) is not None)
    seen, born, name = (person.get(each) for each in (SEEN, BORN, NAME))
    age = None if seen is None else (AT - seen) // DAY
    named = [buy[NAME] for _, _, buy in timed if buy.get(NAME) is not None]
    late = "late " + (name or "") if age is not None and age > 10 else "early"
    return {
        "age": age,
        "days": None if born is None else (AT - born * DAY) // DAY,
        "late": late,
        "buys": len(mine),
        "spent": sum(paid),
        "latest": (AT - timed[-1][0]) // DAY if timed else None,
        "shops": len({buy[NAME] for _, buy in mine if buy.get(NAME) is not None}),
        "middle": _middle(paid),
        "first_name": named[0] if named else None,
    }


def _middle(paid: list[int]) -> int | None:
    """In thousandths, a digit more than what is paid."""
    if not paid:
        return None
    return 5 * (paid[(len(paid) - 1) // 2] + paid[len(paid) // 2])


CONDITIONS: list[tuple[str, dict[str, Any], Any]] = [
    ("age", {"op": "gt", "value": 10}, lambda value: value > 10),
    ("age", {"op": "is", "value": 3}, lambda value: value == 3),
    ("age", {"op": "between", "value": [-2, 7]}, lambda value: -2 <= value <= 7),
    ("age", {"op": "in", "value": [1, 5, 12]}, lambda value: value in (1, 5, 12)),
    ("days", {"op": "lte", "value": 4}, lambda value: value <= 4),
    ("days", {"op": "is_set"}, lambda _: True),
    ("late", {"op": "starts_with", "value": "late"}, lambda value: value.startswith("late")),
    ("late", {"op": "is", "value": "late a"}, lambda value: value == "late a"),
    ("buys", {"op": "gte", "value": 2}, lambda value: value >= 2),
    ("buys", {"op": "is", "value": 0}, lambda value: value == 0),
    ("spent", {"op": "gt", "value": "0.50"}, lambda value: value > 50),
    ("latest", {"op": "lt", "value": 5}, lambda value: value < 5),
    ("shops", {"op": "is", "value": 2}, lambda value: value == 2),
    ("middle", {"op": "gte", "value": 1}, lambda value: value >= 1_000),
    ("first_name", {"op": "in", "value": ["x", "y"]}, lambda value: value in ("x", "y")),
]


@given(
    people=_changes(PERSON),
    buys=_changes(BUY),
    later=_changes(PERSON),
    more=_changes(BUY),
    settled=st.booleans(),
)
@settings(max_examples=40, deadline=None)
async def test_what_is_computed_when_asked_equals_reading_every_record(
    people: list[Change],
    buys: list[Change],
    later: list[Change],
    more: list[Change],
    settled: bool,
) -> None:
    """Each condition on each field, after changes to the records and to those around them."""
    batches = [(PEOPLE, people), (BUYS, buys), (PEOPLE, later), (BUYS, more)]
    evaluator = await world(*batches, settled=settled)
    bought = _held(batches, BUYS)
    records = [_fields(key, each, bought) for key, each in _held(batches, PEOPLE).items()]
    expected = [
        sum(record[name] is not None and holds(record[name]) for record in records)
        for name, _, holds in CONDITIONS
    ]

    found = [
        (await evaluator.count(PEOPLE, {"field": name, **leaf})).count
        for name, leaf, _ in CONDITIONS
    ]

    assert expected == found


async def test_an_answer_follows_the_time_and_the_related_records() -> None:
    """Nothing is remembered past the moment it was true at."""
    evaluator = await world((PEOPLE, [Upsert(1, {SEEN: AT - 10 * DAY})]), (BUYS, []))
    late = {"field": "late", "op": "starts_with", "value": "late"}
    bought = {"field": "buys", "op": "gte", "value": 1}
    before = [(await evaluator.count(PEOPLE, each)).count for each in (late, bought)]

    tomorrow = NOW + timedelta(days=1)
    await evaluator._index.apply(BUYS, [Upsert(5, {OF: 1})])
    after = [(await evaluator.count(PEOPLE, each, now=tomorrow)).count for each in (late, bought)]

    assert [0, 0] == before
    assert [1, 1] == after


@pytest.mark.parametrize(
    ("field", "kind"), [("age", Range), ("days", Range), ("late", Computed), ("buys", Computed)]
)
async def test_days_since_is_a_question_about_the_time(field: str, kind: type) -> None:
    """A plain one goes to the sorted order of its field, all else is computed."""
    evaluator = await world()
    schemas = {schema.name: schema for schema in await evaluator._index.schemas()}
    value: Any = "a" if field == "late" else 30
    checked = read({"field": field, "op": "lte", "value": value}, schemas[PEOPLE], LIMITS)

    plan = compile_condition(checked, schemas[PEOPLE], NOW).plan

    assert isinstance(plan, Leaf)
    assert isinstance(plan.lookup, kind)


async def test_a_record_is_explained_by_what_is_stored_of_it() -> None:
    """Whether a computed field holds is told, without its value."""
    evaluator = await world((PEOPLE, [Upsert(1, {SEEN: AT - 40 * DAY})]))

    told = await evaluator.explain(PEOPLE, {"field": "age", "op": "gt", "value": 30}, key=1)

    assert told.root.holds
