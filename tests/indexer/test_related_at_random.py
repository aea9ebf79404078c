"""Whatever links to whatever, and whatever changes: lookups about others hold as links say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from statistics import median
from typing import Any, get_args

import pytest

from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.keys import MISSING
from indexer.dataset.present import presents
from indexer.dataset.reading import PlainReading, Reading
from indexer.hot import HotForms
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName, RecordKey
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.model.switches import Switches
from indexer.node import Node
from indexer.plan.nodes import (
    EVERYTHING,
    And,
    Equals,
    Everything,
    HasValue,
    Leaf,
    Minus,
    Or,
    Plan,
    Range,
)
from indexer.plan.program import from_bytes, program_of, to_bytes
from indexer.plan.related import (
    Fold,
    FoldName,
    Followed,
    Linked,
    Related,
    SequenceStep,
    Tally,
    Within,
)
from indexer.results import Results
from tests.indexer.linked import (
    ACCOUNTS,
    BY,
    EMAIL,
    OF,
    PEOPLE,
    SALES,
    SIZE,
    dataset,
    node_with,
    pointed_by_value,
)
from tests.support.dice import Dice, SeededDice, one_in

SEEDS, SEEDS_OF_TORTURE = 3, 300
DEPTH = 3
BUDGET = 2**24
AT = FieldName("at")
NAMES = (ACCOUNTS, PEOPLE, SALES)
WITHIN = (None, *(Within(micros=micros) for micros in range(5)))
KEYS = {ACCOUNTS: 6, PEOPLE: 10, SALES: 24}
WORLDS = (
    ((), (Link("account", OF, ACCOUNTS),), (Link("buyer", OF, PEOPLE), Link("by", BY, PEOPLE))),
    (
        (Link("owner", OF, PEOPLE, SIZE),),
        (Link("account", OF, ACCOUNTS), Link("friend", BY, PEOPLE)),
        (Link("mail", EMAIL, PEOPLE, EMAIL), Link("account", BY, ACCOUNTS)),
    ),
)
"""A chain of datasets whose records live beside one another; and circles, by unique fields too."""

Declared = Mapping[DatasetName, tuple[Link, ...]]


def ways() -> list[tuple[Reading, Reading]]:
    """How a dataset is read, and how what changed in it: with what is remembered, and without."""
    off = Switches(answers=False, sub_trees=False, leaf_results=False, kept=False)
    beside = FusedReading(_engine(off))
    switched = (
        Switches(),
        Switches(answers=False, sub_trees=False, leaf_results=False),
        Switches(answers=False, sub_trees=False, kept=False, threads=False),
    )
    plain = PlainReading()
    return [
        (plain, plain),
        (beside, beside),
        *((FusedReading(_engine(each)), beside) for each in switched),
    ]


def _engine(switches: Switches) -> Engine:
    return Engine(HotForms(BUDGET), Results(BUDGET), switches, kept=Results(BUDGET))


def a_leaf(dice: Dice) -> Plan:
    """A question about one dataset; often about all its records."""
    ends = [None, *range(10)]
    return dice.pick((
        EVERYTHING, EVERYTHING,
        Leaf(Range(SIZE, dice.pick(ends), dice.pick(ends))),
        Leaf(Equals(SIZE, dice.number(0, 9))),
        Leaf(Range(KEY_FIELD, dice.number(0, 9), None)),
        Leaf(HasValue(OF)),
    ))  # fmt: skip


def a_plan(dice: Dice, declared: Declared, name: DatasetName, depth: int = DEPTH) -> Plan:
    """A question about a dataset that leads through others, unless it is deep already."""
    if not depth:
        return a_leaf(dice)
    found = (a_join(dice, declared, name, depth), a_leaf(dice))
    return dice.pick((found[0], found[0], And(found), Or(found), Minus(EVERYTHING, found[0])))


def a_join(dice: Dice, declared: Declared, name: DatasetName, depth: int) -> Plan:
    """A lookup about another dataset, or the same one, along a link from it or to it."""
    inward = [(other, link) for other, own in declared.items() for link in own if link.to == name]
    outward = [(link.to, link) for link in declared[name]]
    place = dice.number(0, len(inward) + len(outward) - 1)
    far, link = (inward + outward)[place]

    def where() -> bytes:
        inner = dice.pick((0, 0, depth - 1))
        return to_bytes(program_of([a_plan(dice, declared, far, inner)]))

    if place >= len(inward):
        return Leaf(Linked(far, link.name, where()))
    if one_in(dice, 4):
        steps = [SequenceStep(where(), dice.pick(WITHIN)) for _ in range(dice.number(2, 3))]
        return Leaf(Followed(far, link.name, AT, tuple(steps), dice.pick((True, False))))
    tally = Tally(dice.number(-1, 3), dice.pick((None, None, *range(-1, 4))))
    measures: Sequence[Tally | Fold] = (tally, tally, a_fold(dice))
    return Leaf(Related(far, link.name, where(), dice.pick(measures)))


def a_fold(dice: Dice) -> Fold:
    """A function between two ends, or with any result."""
    name = dice.pick(get_args(FoldName))
    text = name in ("min", "max", "first", "last", "count_distinct") and one_in(dice, 3)
    numbers: Sequence[Any] = range(13)
    if name in ("sum", "avg", "median"):
        numbers = [f"{half / 2}" for half in range(20)]
    elif text and name != "count_distinct":
        numbers = ("", "a", "b")
    low, high = (dice.pick((None, dice.pick(numbers))) for _ in range(2))
    opens = (dice.pick((True, False)), dice.pick((True, False)))
    order = AT if name in ("first", "last") else None
    return Fold(name, EMAIL if text else SIZE, low, high, *opens, order_by=order)


def a_batch(dice: Dice, node: Node) -> tuple[DatasetName, list[Change]]:
    """Records of one dataset that come, go or point somewhere else.

    Most batches have nobody new: for whom somebody waits, all changes are made a part of the base.
    """
    name = dice.pick(NAMES)
    keys: Sequence[RecordKey] = range(KEYS[name])
    known: Sequence[RecordKey] = node.published.view(name).order.keys.tolist()
    if known and not one_in(dice, 4):
        keys = known
    changes: list[Change] = []
    for _ in range(dice.number(1, 12)):
        key = dice.pick(keys)
        if one_in(dice, 5):
            changes.append(Delete(key))
            continue
        changes.append(Upsert(key, {
            OF: dice.pick((None, *range(10))), BY: dice.pick((None, *range(10))),
            SIZE: dice.pick((None, *range(10))), EMAIL: dice.pick((None, "", "a", "b")),
            AT: dice.pick((None, *range(6))),
        }))  # fmt: skip
    return name, changes


@dataclass(frozen=True)
class Told:
    """What records say by themselves: the datasets of a node, read record by record."""

    node: Node
    values: Mapping[DatasetName, Mapping[RecordKey, Mapping[FieldName, Value]]]
    pointed: Callable[[DatasetName, Link, RecordKey], RecordKey | None]
    held: dict[tuple[DatasetName, bytes], set[RecordKey]] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node) -> "Told":
        """The records there are now."""
        views = node.published.views()
        values: dict[DatasetName, dict[RecordKey, Mapping[FieldName, Value]]] = {}
        keys: dict[DatasetName, dict[int, RecordKey]] = {}
        for name, view in views.items():
            listed = view.order.keys.tolist()
            values[name] = {key: view.record(key).values for key in listed}
            keys[name] = dict(zip(view.find(listed).tolist(), listed, strict=True))

        @cache
        def pointed(name: DatasetName, link: Link, key: RecordKey) -> RecordKey | None:
            at = pointed_by_value(node.published, views[name], link, key)
            return None if at == MISSING else keys[link.to][at]

        return cls(node, values, pointed)

    def members(self, name: DatasetName, plan: Plan) -> set[RecordKey]:
        """Keys of the records that satisfy the plan."""
        everybody = set(self.values[name])
        match plan:
            case Leaf(lookup):
                return self._found(name, lookup)
            case And(children):
                return everybody.intersection(*(self.members(name, each) for each in children))
            case Or(children):
                return set().union(*(self.members(name, each) for each in children))
            case Minus(base, without):
                return self.members(name, base) - self.members(name, without)

    def _found(self, name: DatasetName, lookup: Any) -> set[RecordKey]:
        records = self.values[name]
        match lookup:
            case Everything():
                return set(records)
            case HasValue(field):
                return {key for key, held in records.items() if held[field] is not None}
            case Equals(field, value):
                return {key for key, held in records.items() if held[field] == value}
            case Range(field, low, high):
                return {
                    key
                    for key, held in records.items()
                    if within(key if field == KEY_FIELD else held[field], low, high)
                }
            case Linked(far, link, where):
                there = self._where(far, where)
                return {key for key in records if self._target(name, link, key) in there}
            case Related(far, link, where, Fold() as fold):
                return {
                    key
                    for key in records
                    if falls_within(
                        self._result(far, fold, self._pointing(far, link, where, key)), fold
                    )
                }
            case Related(far, link, where, measure):
                return {
                    key
                    for key in records
                    if within(len(self._pointing(far, link, where, key)), measure.low, measure.high)
                }
            case Followed():
                return {key for key in records if self._follows(lookup, key)}
            case _:
                raise AssertionError(lookup)

    def _where(self, name: DatasetName, where: bytes) -> set[RecordKey]:
        if (name, where) not in self.held:
            program = from_bytes(where)
            self.held[name, where] = self.members(name, plan_of(program, program.outputs[0]))
        return self.held[name, where]

    def _pointing(
        self, far: DatasetName, link: str, where: bytes, key: RecordKey
    ) -> list[RecordKey]:
        """Records of the far dataset that satisfy a program and point to this one."""
        return [
            each for each in sorted(self._where(far, where)) if self._target(far, link, each) == key
        ]

    def _result(self, far: DatasetName, fold: Fold, keys: list[RecordKey]) -> Any:
        """What the function gives; None for nothing."""
        records = [(key, self.values[far][key]) for key in keys]
        held = [(key, each) for key, each in records if each[fold.field] is not None]
        values: list[Any] = [each[fold.field] for _, each in held]
        match fold.function:
            case "sum":
                return sum(values)
            case "count_distinct":
                return len(set(values))
            case "first" | "last" as end:
                timed: Any = [(each[AT], key) for key, each in held if each[AT] is not None]
                chosen = min(timed, default=None) if end == "first" else max(timed, default=None)
                return None if chosen is None else self.values[far][chosen[1]][fold.field]
            case _ if not values:
                return None
            case "min" | "max" as end:
                return min(values) if end == "min" else max(values)
            case "avg":
                return Fraction(sum(values), len(values))
            case _:
                return median(map(Fraction, values))

    def _follows(self, lookup: Followed, key: RecordKey) -> bool:
        """Every chain tried."""
        steps = [
            [
                at
                for each in self._pointing(lookup.dataset, lookup.link, step.where, key)
                if (at := self.values[lookup.dataset][each][AT]) is not None
            ]
            for step in lookup.steps
        ]
        ends: set[Any] = set(steps[0])
        for place, step in enumerate(lookup.steps[1:], 1):
            reach = step.within.micros if step.within else 99
            later = {at: {to for to in steps[place] if at < to <= at + reach} for at in ends}
            if lookup.absent and place == len(steps) - 1:
                return not all(later.values())
            ends = set().union(*later.values())
        return bool(ends)

    def _target(self, name: DatasetName, link: str, key: RecordKey) -> RecordKey | None:
        links = self.node.published.base(name).schema.links
        return self.pointed(name, next(each for each in links if each.name == link), key)


def within(value: Any, low: Any, high: Any) -> bool:
    """Whether a value, if it is one, lies between the ends."""
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def falls_within(result: Any, fold: Fold) -> bool:
    """Whether a result, if it is one, lies between the bounds."""
    if result is None:
        return False
    low, high = (
        Fraction(end) if isinstance(end, str) and not isinstance(result, str) else end
        for end in (fold.low, fold.high)
    )
    above = low is None or (result > low if fold.low_open else result >= low)
    return above and (high is None or (result < high if fold.high_open else result <= high))


def plan_of(program: Any, place: int) -> Plan:
    """The plan that a step of a program says."""
    step = program.steps[place]
    match type(step).__name__:
        case "Find":
            return Leaf(step.lookup)
        case "Every":
            return And(tuple(plan_of(program, each) for each in step.steps))
        case "Some":
            return Or(tuple(plan_of(program, each) for each in step.steps))
        case _:
            return Minus(plan_of(program, step.base), plan_of(program, step.without))


@pytest.mark.parametrize("declared", WORLDS, ids=range(len(WORLDS)))
def test_lookups_about_others_hold_for_whom_links_say(
    declared: tuple[tuple[Link, ...], ...], torture_size: Callable[[int, int], int]
) -> None:
    """Read every way, settled or with changes over the base, remembered or not."""
    by_name = dict(zip(NAMES, declared, strict=True))
    changed = 0
    for seed in range(torture_size(SEEDS, SEEDS_OF_TORTURE)):
        dice, read = SeededDice(seed), ways()
        node = node_with(*(timed(dataset(name, *own)) for name, own in by_name.items()))
        for _ in range(12):
            node.apply(*a_batch(dice, node))
        asked = [(about, a_plan(dice, by_name, about)) for about in NAMES * 8]
        for _ in range(6):
            if one_in(dice, 3):
                node.published = node.published.with_views(node.published.views())
            node.apply(*a_batch(dice, node))
            changed += sum(overlay.weight > 0 for overlay in node.published.overlays.values())
            told = Told.of(node)
            for about, plan in asked:
                expected = told.members(about, plan)
                for reading, beside in read:
                    assert expected == answer(node, about, plan, reading, beside), seed
    assert changed or any(link.to_field for own in declared for link in own)


def timed(schema: Schema) -> Schema:
    """With a time of each record."""
    return replace(schema, fields=(*schema.fields, Field(AT, FieldType.TIMESTAMP)))


def answer(
    node: Node, name: DatasetName, plan: Plan, reading: Reading, beside: Reading
) -> set[RecordKey]:
    """Keys of the plan's records, once counts and single records say the same."""
    published, program = node.published, program_of([plan])
    present = presents(published.overlay, reading, beside)(name, 0)
    settled = presents(published.readable, reading, beside)(name, 0)
    records, _ = present.page(program, fields=[], limit=100, after=None, order=[])
    keys = {record.key for record in records}
    assert [len(keys)] == present.counts(program) == settled.counts(program)
    everybody = [*range(24)]
    assert tuple(key in keys for key in everybody) == present.contains(program, everybody)
    return keys
