"""Whatever links to whatever, and whatever changes: lookups about others hold as links say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.keys import MISSING
from indexer.dataset.present import presents
from indexer.dataset.reading import PlainReading, Reading
from indexer.hot import HotForms
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName, RecordKey
from indexer.model.record import Value
from indexer.model.schema import Link
from indexer.model.switches import Switches
from indexer.node import Node
from indexer.plan.nodes import And, Equals, Everything, HasValue, Leaf, Minus, Or, Plan, Range
from indexer.plan.program import from_bytes, program_of, to_bytes
from indexer.plan.related import Linked, Related, Tally
from indexer.results import Results
from tests.indexer.linked import OF, SIZE, dataset, node_with, pointed_by_value
from tests.indexer.test_links_at_random import NAMES, Batch, batches, links

WORLDS = 25
DEPTH = 3
BUDGET = 2**24

Declared = Mapping[DatasetName, tuple[Link, ...]]


def ways() -> list[tuple[Reading, Reading]]:
    """How a dataset is read, and how what changed in it: with what is remembered, and without."""
    off = Switches(answers=False, sub_trees=False, leaf_results=False, kept=False)
    beside = FusedReading(_engine(off))
    switched = (
        Switches(),
        Switches(kept=False),
        Switches(leaf_results=False),
        Switches(answers=False, sub_trees=False, leaf_results=False),
        Switches(answers=False, leaf_results=False, kept=False, threads=False),
    )
    plain = PlainReading()
    return [
        (plain, plain),
        (beside, beside),
        *((FusedReading(_engine(each)), beside) for each in switched),
    ]


def _engine(switches: Switches) -> Engine:
    return Engine(HotForms(BUDGET), Results(BUDGET), switches, kept=Results(BUDGET))


def leaves() -> st.SearchStrategy[Plan]:
    """Questions about one dataset."""
    ends = st.none() | st.integers(0, 9)
    return st.one_of(
        st.just(Leaf(Everything())),
        st.builds(lambda low, high: Leaf(Range(SIZE, low, high)), ends, ends),
        st.builds(lambda size: Leaf(Equals(SIZE, size)), st.integers(0, 9)),
        st.builds(lambda key: Leaf(Range(KEY_FIELD, key, None)), st.integers(0, 9)),
        st.just(Leaf(HasValue(OF))),
    )


@st.composite
def plans(draw: Any, declared: Declared, name: DatasetName, depth: int = DEPTH) -> Plan:
    """A question about a dataset that may lead through others."""
    further = joined(declared, name, depth) if depth else leaves()
    found: list[Plan] = [draw(further | leaves()), *draw(st.lists(further, max_size=2))]
    match draw(st.integers(0, 3)):
        case 0:
            return And(tuple(found))
        case 1:
            return Or(tuple(found))
        case 2:
            return Minus(Leaf(Everything()), found[0])
        case _:
            return found[0]


@st.composite
def joined(draw: Any, declared: Declared, name: DatasetName, depth: int) -> Plan:
    """A lookup about another dataset, or everything where no link leads to or from it."""
    inward = [(other, link) for other, own in declared.items() for link in own if link.to == name]
    outward = [(link.to, link) for link in declared[name]]
    if not inward + outward:
        return Leaf(Everything())
    place = draw(st.integers(0, len(inward) + len(outward) - 1))
    far, link = (inward + outward)[place]
    where = to_bytes(program_of([draw(plans(declared, far, depth - 1))]))
    if place >= len(inward):
        return Leaf(Linked(far, link.name, where))
    low = draw(st.integers(-1, 3))
    high = draw(st.none() | st.integers(-1, 3))
    return Leaf(Related(far, link.name, where, Tally(low, high)))


@dataclass(frozen=True)
class Told:
    """What records say by themselves: the datasets of a node, read record by record."""

    node: Node
    values: Mapping[DatasetName, Mapping[RecordKey, Mapping[FieldName, Value]]]
    pointed: Callable[[DatasetName, Link, RecordKey], RecordKey | None]

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
            case Related(far, link, where, measure):
                assert isinstance(measure, Tally)
                pointed = [self._target(far, link, key) for key in self._where(far, where)]
                return {
                    key for key in records if within(pointed.count(key), measure.low, measure.high)
                }
            case _:
                raise AssertionError(lookup)

    def _where(self, name: DatasetName, where: bytes) -> set[RecordKey]:
        program = from_bytes(where)
        return self.members(name, plan_of(program, program.outputs[0]))

    def _target(self, name: DatasetName, link: str, key: RecordKey) -> RecordKey | None:
        links = self.node.published.base(name).schema.links
        return self.pointed(name, next(each for each in links if each.name == link), key)


def within(value: Any, low: Any, high: Any) -> bool:
    """Whether a value, if it is one, lies between the ends."""
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


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


@given(
    declared=st.tuples(links(), links(), links()),
    batches=batches(),
    settles=st.lists(st.booleans(), min_size=8, max_size=8),
    data=st.data(),
)
@settings(max_examples=WORLDS, deadline=None)
def test_lookups_about_others_hold_for_whom_links_say(
    declared: tuple[tuple[Link, ...], ...],
    batches: list[Batch],
    settles: list[bool],
    data: st.DataObject,
) -> None:
    """Read every way, settled or with changes over the base, remembered or not."""
    by_name = dict(zip(NAMES, declared, strict=True))
    node = node_with(*(dataset(name, *own) for name, own in by_name.items()))
    asked = [
        (name, data.draw(plans(by_name, name)))
        for name in data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
    ]
    read = ways()

    for (name, batch), settle in zip(batches, settles, strict=False):
        node.apply(name, batch)
        if settle:
            node.published = node.published.with_views(node.published.views())
        told = Told.of(node)
        for about, plan in asked:
            expected = told.members(about, plan)
            for reading, beside in read:
                assert expected == answer(node, about, plan, reading, beside)


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
    everybody = [*range(10)]
    assert tuple(key in keys for key in everybody) == present.contains(program, everybody)
    return keys
