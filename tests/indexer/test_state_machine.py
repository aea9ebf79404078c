"""Random changes, loads, new fields and restarts: the index stays equal to a dict of records."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from indexer.api import FieldStats, LoadMode
from indexer.dataset.settling import settled
from indexer.local import LocalIndex
from indexer.model.errors import UnknownRecord
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.limits import IndexLimits
from indexer.model.record import Applied, Change, Cursor, Origin, Record
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import EVERYTHING, Equals, HasValue, Leaf, OneOf, Plan, Range, complement
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from tests.indexer.drawing import (
    FIELDS,
    PEOPLE,
    POOLS,
    UNORDERED,
    batches_of,
    changes,
    keys_of,
    plans,
    schema_with,
    tables,
)
from tests.indexer.reference import Figures, Reference, ranked

T = TypeVar("T")

NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)
FIRST_FIELDS = 5
"""Fields a dataset starts with; the others are added on the way."""
STEPS, MACHINES = 12, 12
STEPS_OF_TORTURE, MACHINES_OF_TORTURE = 50, 300
PAGE = 2


class IndexMachine(RuleBasedStateMachine):
    """One dataset in a data folder beside its reference."""

    shard_bits = 2
    bitmaps_max = 4_096
    settled_when_read_max = 16_384

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = tempfile.TemporaryDirectory()
        self.clock = ManualClock(NOW)
        self.index: LocalIndex | None = None
        self.reference = Reference([])
        self.schema = schema_with(None, None, ())
        self.left: list[Field] = []

    def teardown(self) -> None:
        """Let the folder go."""
        if self.index is not None:
            self.run(self.index.close())
        self.home.cleanup()
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine gives."""
        return self.runner.run(work)

    @property
    def opened(self) -> LocalIndex:
        """The index, which is open between all steps."""
        assert self.index is not None
        return self.index

    @initialize(
        fields=st.permutations(FIELDS),
        key=st.sampled_from(("id", None)),
        kind=st.sampled_from((FieldType.INT, FieldType.KEYWORD)),
        told=st.booleans(),
    )
    def create(self, fields: list[Field], key: str | None, kind: FieldType, *, told: bool) -> None:
        """A dataset whose keys are ints, texts or made here; the first record may decide it."""
        kind = kind if key else FieldType.INT
        self.left = fields[FIRST_FIELDS:]
        self.schema = schema_with(key, kind, fields[:FIRST_FIELDS])
        self.reference = Reference([each.name for each in self.schema.fields])
        self.index = self.run(self.open())
        made = self.schema if told else replace(self.schema, key_type=None)
        self.run(self.opened.create(made))

    async def open(self) -> LocalIndex:
        """The index of the folder, as it was left."""
        limits = IndexLimits(
            bitmaps_per_field_max=self.bitmaps_max,
            settled_when_read_max=self.settled_when_read_max,
        )
        return await LocalIndex.open(
            Path(self.home.name), shard_bits=self.shard_bits, clock=self.clock, limits=limits
        )

    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        """A batch of changes, several of one record among them."""
        batch: list[Change] = data.draw(st.lists(changes(self.schema), max_size=6))
        before = self.sequence()

        applied = self.run(self.opened.apply(PEOPLE, batch))

        expected = self.reference.apply(batch)
        assert expected == Figures(
            applied.created, applied.updated, applied.deleted, applied.unchanged
        )
        touched = bool(expected.created or expected.updated or expected.deleted)
        assert before + touched == applied.sequence

    @rule(data=st.data(), mode=st.sampled_from(LoadMode), clear_empty=st.booleans())
    def load(self, data: st.DataObject, mode: LoadMode, *, clear_empty: bool) -> None:
        """A table of rows in one of the five modes."""
        rows = data.draw(tables(self.schema))
        before = self.sequence()

        loaded = self.run(
            self.opened.load(
                PEOPLE,
                arriving(batches_of(self.schema, rows)),
                mode=mode,
                clear_empty=clear_empty,
            )
        )

        expected = self.reference.load(rows, mode, clear_empty=clear_empty)
        assert expected == Figures(loaded.created, loaded.updated, loaded.deleted, loaded.unchanged)
        touched = bool(expected.created or expected.updated or expected.deleted)
        assert before + touched == loaded.sequence

    @precondition(lambda self: bool(self.left))
    @rule(first=st.booleans())
    def add_field(self, *, first: bool) -> None:
        """One more field, before or after the others; null everywhere."""
        fresh = (self.left.pop(),)
        known = self.schema.fields
        self.alter(replace(self.schema, fields=(*fresh, *known) if first else (*known, *fresh)))

    @precondition(lambda self: not self.schema.links)
    @rule(data=st.data())
    def add_link(self, data: st.DataObject) -> None:
        """A link to records of the dataset itself, or to a dataset that is not there."""
        linkable = [
            each.name
            for each in self.schema.fields
            if each.type in (FieldType.INT, FieldType.KEYWORD)
        ]
        if linkable:
            to = data.draw(st.sampled_from((PEOPLE, DatasetName("nowhere"))))
            link = Link("friend", data.draw(st.sampled_from(linkable)), to)
            self.alter(replace(self.schema, links=(link,)))

    def alter(self, schema: Schema) -> None:
        """Put the schema in the place of the one before."""
        decided = self.run(self.opened.schema(PEOPLE)).key_type
        self.run(self.opened.alter(replace(schema, key_type=decided)))
        self.schema = schema
        self.reference.fields = [each.name for each in schema.fields]

    @rule()
    def restart(self) -> None:
        """Save, let the folder go, and read it again."""
        before = self.run(self.opened.dataset(PEOPLE))
        self.run(self.opened.close())
        self.index = None

        self.index = self.run(self.open())

        assert before == self.run(self.opened.dataset(PEOPLE))

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """Random plans, counted in one program, and the members of one of them."""
        asked: list[Plan] = data.draw(st.lists(plans(self.schema), min_size=1, max_size=4))

        counts = self.run(self.opened.count(PEOPLE, program_of(asked)))

        assert tuple(len(self.reference.members(plan)) for plan in asked) == counts.counts
        assert len(self.reference.records) == counts.total
        assert self.reference.members(asked[0]) == self.members(asked[0])

    @rule(data=st.data(), prefix=st.sampled_from(("", "", "a", "1", "\u1e9e", "T")))
    def tally(self, data: st.DataObject, prefix: str) -> None:
        """The most frequent values of a field among some records."""
        name = data.draw(st.sampled_from([each.name for each in self.schema.fields]))
        limit = data.draw(st.integers(1, 4))
        plan = data.draw(plans(self.schema, leaves=2) | st.just(EVERYTHING))

        found = self.run(
            self.opened.values(PEOPLE, name, program=program_of([plan]), prefix=prefix, limit=limit)
        )

        items = [(item.value, item.count) for item in found.items]
        assert self.reference.values(name, plan, prefix, limit) == (items, found.null)

    @precondition(lambda self: self.index is not None)
    @invariant()
    def every_value_of_every_field_is_counted_right(self) -> None:
        """All pools at once: equality, lists, ranges, complements."""
        asked = questions_of(self.schema)

        counts = self.run(self.opened.count(PEOPLE, program_of(asked)))

        assert [len(self.reference.members(plan)) for plan in asked] == list(counts.counts)

    @precondition(lambda self: self.index is not None)
    @invariant()
    def every_record_reads_as_it_was_written(self) -> None:
        """In key order by pages, one by one, and not when it is gone."""
        names = [each.name for each in self.schema.fields]
        expected = {
            key: {name: state.get(name) for name in names}
            for key, state in self.reference.records.items()
        }

        assert self.reference.members(EVERYTHING) == self.members(EVERYTHING)
        for key in (*keys_of(self.schema), *expected):
            assert expected.get(key) == self.record(key)

    @precondition(lambda self: self.index is not None)
    @invariant()
    def the_figures_are_those_of_the_records(self) -> None:
        """Fill and distinct counts of every field."""
        info = self.run(self.opened.dataset(PEOPLE))

        assert len(self.reference.records) == info.records
        for each in self.schema.fields:
            assert FieldStats(*self.reference.figures(each.name)) == info.fields[each.name]

    def members(self, plan: Plan) -> list[RecordKey]:
        """Keys of the members, page by page."""
        return [each.key for each in self.run(paged(self.opened, plan))]

    def record(self, key: RecordKey) -> dict[FieldName, Any] | None:
        """The record's values; None when there is no such record."""
        try:
            return dict(self.run(self.opened.record(PEOPLE, key)).values)
        except UnknownRecord:
            return None

    def sequence(self) -> int:
        """The sequence before a step."""
        return self.run(self.opened.dataset(PEOPLE)).sequence


class OneShardMachine(IndexMachine):
    """All records in one shard, codes and sets without bitmaps once two values are known."""

    shard_bits = 16
    bitmaps_max = 2


class OverlaidMachine(IndexMachine):
    """What changed stays beside the view, until somebody settles it while more comes."""

    settled_when_read_max = 0

    @rule(data=st.data(), later=st.integers(0, 4))
    def settle(self, data: st.DataObject, later: int) -> None:
        """A view is made of what changed so far, and adopted after a few changes more."""
        node = self.opened._node
        then = node.published.overlay(PEOPLE)
        view = settled(then, node.published.limits)
        batch: list[Change] = data.draw(
            st.lists(changes(self.schema), min_size=later, max_size=later)
        )
        self.run(self.opened.apply(PEOPLE, batch))
        self.reference.apply(batch)

        node.adopt(PEOPLE, then, view)

        assert len(self.reference.records) == node.published.overlay(PEOPLE).records


class CrashingMachine(OverlaidMachine):
    """Processes that end without a word; sources that send a batch again."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Applied] = {}
        self.positions: dict[str, str] = {}

    @rule(data=st.data(), key=st.sampled_from("abc"), source=st.sampled_from(("x", "y")))
    def send(self, data: st.DataObject, key: str, source: str) -> None:
        """A batch with a key and a position; what came before changes nothing."""
        batch: list[Change] = data.draw(st.lists(changes(self.schema), max_size=4))
        position = str(len(self.answers))

        done = self.run(self.opened.apply(PEOPLE, batch, Origin(key, source, position, key)))

        if key not in self.answers:
            self.reference.apply(batch)
            self.positions[source] = position
        assert self.answers.setdefault(key, done) == done
        assert self.positions == dict(self.run(self.opened.positions()))

    @rule()
    def save(self) -> None:
        """Snapshots of everything."""
        self.opened._node.save()

    @rule(torn=st.binary(max_size=40))
    def crash(self, torn: bytes) -> None:
        """The process ends, perhaps in the midst of a write, and another one begins."""
        before = self.run(self.opened.dataset(PEOPLE))
        keeping = self.opened._keeping
        assert keeping is not None
        log = keeping._changes
        assert log is not None
        assert log._handle is not None
        os.pwrite(log._handle, torn, log._end)
        keeping.poisoned = True
        self.run(self.opened.close())
        self.index = None

        self.index = self.run(self.open())

        after = self.run(self.opened.dataset(PEOPLE))
        assert (before.records, before.sequence) == (after.records, after.sequence)
        assert self.positions == dict(self.run(self.opened.positions()))


@pytest.mark.parametrize("machine", [IndexMachine, OneShardMachine, OverlaidMachine])
def test_an_index_agrees_with_a_dict_of_records(machine: type[IndexMachine]) -> None:
    """Whatever happens, in whatever order, on shards of four records and on one large one."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=MACHINES, stateful_step_count=STEPS, deadline=None)
    )


def test_an_index_that_crashes_agrees_with_a_dict_of_records(
    torture_size: Callable[[int, int], int],
) -> None:
    """Nothing that was acknowledged is ever another after it."""
    machines = torture_size(MACHINES, MACHINES_OF_TORTURE)
    steps = torture_size(STEPS, STEPS_OF_TORTURE)
    run_state_machine_as_test(
        CrashingMachine,
        settings=settings(max_examples=machines, stateful_step_count=steps, deadline=None),
    )


async def arriving(batches: Sequence[pa.RecordBatch]) -> AsyncIterator[pa.RecordBatch]:
    """The batches one by one, as a file's reader gives them."""
    for batch in batches:
        yield batch


async def paged(index: LocalIndex, plan: Plan) -> list[Record]:
    """All members of a plan, in small pages."""
    found: list[Record] = []
    after: Cursor | None = None
    while True:
        page = await index.members(PEOPLE, program_of([plan]), fields=[], limit=PAGE, after=after)
        found += page.records
        after = page.next_after
        if after is None:
            return found


def questions_of(schema: Schema) -> list[Plan]:
    """Every value of every field, pairs of them, what lies between, and what is not there."""
    asked: list[Plan] = [EVERYTHING]
    for each in schema.fields:
        pool = POOLS[each.type]
        asked += [Leaf(Equals(each.name, value)) for value in pool]
        asked += [Leaf(OneOf(each.name, ranked(pair))) for pair in pairwise(pool)]
        asked += [Leaf(HasValue(each.name)), complement(Leaf(HasValue(each.name)))]
        if each.type not in UNORDERED:
            asked += [Leaf(Range(each.name, low=value, low_open=True)) for value in pool]
            asked += [Leaf(Range(each.name, high=value)) for value in pool]
    return asked
