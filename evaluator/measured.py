"""What the records related with one record come to: told beside why it is in or out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum
from typing import TypeVar

from evaluator.api import FieldValue
from evaluator.condition.joins import Join, join_of
from evaluator.condition.measures import RECORDS
from evaluator.condition.surroundings import Surroundings
from evaluator.condition.tree import AllOf, AnyOf, Condition, Not, RelatedTest
from indexer.api import Index
from indexer.model.hints import Hints
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Record, Scalar, Value
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import Equals, Leaf, Minus, Nothing, Plan
from indexer.plan.program import Every, Find, Program, from_bytes
from indexer.plan.related import Fold, Related

N = TypeVar("N", int, float)

NODES_MAX = 20
"""Conditions on related records that are measured; others are told without."""
RECORDS_MAX = 1_000
"""A function of more records than this is not computed again."""


@dataclass(frozen=True, slots=True)
class _Question:
    """The related records that a node's measure is over."""

    path: str
    join: Join
    program: Program
    fold: Fold | None


def joins_of(
    condition: Condition, schema: Schema, around: Surroundings
) -> Iterator[tuple[RelatedTest, Join]]:
    """The conditions on related records of a checked condition, none of those inside another."""
    match condition:
        case AllOf(children=children) | AnyOf(children=children):
            for child in children:
                yield from joins_of(child, schema, around)
        case Not(child=child):
            yield from joins_of(child, schema, around)
        case RelatedTest():
            join = join_of(schema, condition, around)
            assert isinstance(join, Join), condition.path
            yield condition, join
        case _:
            return


def linking_fields(joins: Sequence[tuple[RelatedTest, Join]]) -> tuple[FieldName, ...]:
    """The fields of the base by which it is linked."""
    names = (join.link.field if join.leads else join.link.to_field for _, join in joins)
    return tuple(dict.fromkeys(name for name in names if name is not None))


async def measured(
    index: Index,
    joins: Sequence[tuple[RelatedTest, Join]],
    plans: Mapping[str, Plan],
    schema: Schema,
    record: Record,
    hints: Hints,
) -> dict[str, FieldValue]:
    """By path: how many records match, what a function of them gives, or where the link leads.

    Nothing for sequences, for functions of more than ``RECORDS_MAX`` records, and beyond
    ``NODES_MAX`` nodes. Asked after the record was read: changes in between show.
    """
    found: dict[str, FieldValue] = {}
    for test, join in joins[:NODES_MAX]:
        if join.leads:
            field = schema.field(join.link.field)
            assert field is not None, test.path
            found[test.path] = FieldValue(field, _held(record, field))
        elif (question := _question(test, join, plans[test.path], schema, record)) is not None:
            value = await _answer(index, question, hints)
            if value is not None:
                found[test.path] = value
    return found


def _question(
    test: RelatedTest, join: Join, plan: Plan, schema: Schema, record: Record
) -> _Question | None:
    lookup = _lookup(plan)
    target = schema.field(join.link.to_field or KEY_FIELD)
    pointing = join.schema.field(join.link.field)
    if lookup is None or target is None or pointing is None:
        return None
    key = _held(record, target)
    assert not isinstance(key, tuple), "a link leads to a single value"
    where = from_bytes(lookup.where)
    (matching,) = where.outputs
    points = Find(Nothing() if key is None else Equals(pointing.name, key))
    place = len(where.steps)
    steps = (*where.steps, points, Every((matching, place)))
    fold = lookup.measure if isinstance(lookup.measure, Fold) else None
    return _Question(test.path, join, Program(steps, (place + 1,)), fold)


def _lookup(plan: Plan) -> Related | None:
    match plan:
        case Leaf(Related() as lookup):
            return lookup
        case Minus(base, without):
            return _lookup(without) or _lookup(base)
        case _:
            return None


async def _answer(index: Index, question: _Question, hints: Hints) -> FieldValue | None:
    name, fold = question.join.schema.name, question.fold
    if fold is None:
        counts = await index.count(name, question.program, hints=hints)
        return FieldValue(RECORDS, counts.counts[0])
    field = question.join.schema.field(fold.field)
    assert field is not None, question.path
    wanted = [fold.field, *([fold.order_by] if fold.order_by is not None else [])]
    page = await index.members(
        name,
        question.program,
        fields=[each for each in wanted if each != KEY_FIELD],
        limit=RECORDS_MAX,
        hints=hints,
    )
    return None if page.next_after is not None else _result(fold, field, page.records)


def _result(fold: Fold, field: Field, records: Sequence[Record]) -> FieldValue | None:
    """What the function gives; averages and medians of exact numbers as their nearest double."""
    if fold.order_by is not None:
        return FieldValue(field, _in_time(fold, fold.order_by, field, records))
    values = [held for each in records if (held := _single(each, field)) is not None]
    if fold.function == "count_distinct":
        return FieldValue(RECORDS, len(set(values)))
    if fold.function in ("min", "max"):
        ordered = sorted(values, key=_rank)
        end = 0 if fold.function == "min" else -1
        return FieldValue(field, ordered[end] if ordered else None)
    numbers = [value for value in values if not isinstance(value, str)]
    if field.type is FieldType.FLOAT:
        return _of_floats(fold, field, [float(number) for number in numbers])
    total = sum(int(number) for number in numbers)
    if fold.function == "sum":
        return FieldValue(field, total)
    double = Field(field.name, FieldType.FLOAT, label=field.label)
    if not numbers:
        return FieldValue(double, None)
    exact = Fraction(total, len(numbers))
    if fold.function == "median":
        exact = Fraction(_middle([int(number) for number in numbers])) / 2
    return FieldValue(double, float(exact / 10**field.scale))


def _of_floats(fold: Fold, field: Field, numbers: list[float]) -> FieldValue | None:
    if not numbers:
        return FieldValue(field, 0.0 if fold.function == "sum" else None)
    if fold.function == "median":
        return FieldValue(field, _middle(numbers) / 2)
    try:
        total = fsum(numbers)
    except (OverflowError, ValueError):
        # Beyond all doubles, or infinities of both signs.
        return None
    return FieldValue(field, total if fold.function == "sum" else total / len(numbers))


def _middle(numbers: list[N]) -> N:
    """The sum of the middle two in order; of an odd number, twice the one."""
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def _in_time(fold: Fold, by: FieldName, field: Field, records: Sequence[Record]) -> Value:
    timed = [
        (each.values[by], _rank(each.key), _single(each, field))
        for each in records
        if each.values[by] is not None and _single(each, field) is not None
    ]
    if not timed:
        return None
    end = min if fold.function == "first" else max
    return end(timed, key=lambda each: each[:2])[2]


def _single(record: Record, field: Field) -> Scalar | None:
    held = _held(record, field)
    assert not isinstance(held, tuple), "no function is over sets"
    return held


def _held(record: Record, field: Field) -> Value:
    return record.key if field.name == KEY_FIELD else record.values[field.name]


def _rank(value: Scalar) -> bytes | bool | int | float:
    """Texts by their UTF-8 bytes."""
    return value.encode() if isinstance(value, str) else value
