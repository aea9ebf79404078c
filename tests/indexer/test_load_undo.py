"""Loads that are rolled back, whatever they did; what is remembered of them, and for how long."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.api import Loaded, LoadMode
from indexer.dataset.key_page import by_key
from indexer.dataset.reading import PlainReading
from indexer.dataset.undo import Undo
from indexer.model.errors import BadSchema, CannotRollBack
from indexer.model.ids import DatasetName, FieldName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import Origin, Upsert
from indexer.model.schema import Field, FieldType, Link
from indexer.node import Node
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from indexer.store.undo_files import UndoFiles
from tests.indexer.drawing import FIELDS, PEOPLE, batches_of, changes, schema_with, tables
from tests.indexer.linked import NOW

NINE = schema_with("id", FieldType.KEYWORD, FIELDS)
LINKED = replace(NINE, links=(Link("friend", FieldName("keyword_field"), PEOPLE),))
ROUNDS = 60
ORIGIN = Origin(idempotency_key="load")
SOME, N = DatasetName("some"), FieldName("n")


def node_over(folder: Path, limits: IndexLimits | None = None) -> Node:
    """A node in memory that remembers its loads on disk."""
    limits = limits or IndexLimits()
    undos = UndoFiles(folder / "undo", limits)
    return Node(keeping=None, undos=undos, shard_bits=2, clock=ManualClock(NOW), limits=limits)


def records(node: Node, name: DatasetName = PEOPLE) -> Sequence[object]:
    """Every record in key order, and whom its link leads to."""
    view = node.published.view(name)
    ordinals = by_key(view, PlainReading().members(view, program_of([EVERYTHING])), 1_000, None)
    linked = {
        int(ordinal): int(shard.targets["friend"][ordinal & 3])
        for shard in view.shards
        for ordinal in ordinals
        if ordinal >> 2 == shard.id and "friend" in shard.targets
    }
    keys = {
        int(ordinal): key for ordinal, key in zip(ordinals, view.read(ordinals, []), strict=True)
    }
    led = [keys.get(linked[int(ordinal)]) for ordinal in ordinals if linked]
    return view.read(ordinals, [field.name for field in view.schema.fields]), led


@given(data=st.data())
@settings(max_examples=ROUNDS, deadline=None)
def test_a_load_that_is_rolled_back_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """In every mode, whatever it did; a second rollback is the first one."""
    folder = tmp_path_factory.mktemp("undo")
    node = node_over(folder)
    node.create(LINKED)
    node.apply(PEOPLE, data.draw(st.lists(changes(NINE), max_size=12)))
    before = records(node)
    rows = data.draw(tables(NINE))
    mode, clear = data.draw(st.sampled_from(LoadMode)), data.draw(st.booleans())

    done = node.load(PEOPLE, batches_of(NINE, rows), mode=mode, clear_empty=clear, origin=ORIGIN)
    again = node.load(PEOPLE, batches_of(NINE, rows), mode=mode, clear_empty=clear, origin=ORIGIN)
    undone = node.roll_back(PEOPLE, "load")

    assert done == again
    assert before == records(node)
    assert [done.deleted, done.updated, done.created, 0] == [
        undone.created, undone.updated, undone.deleted, undone.unchanged
    ]  # fmt: skip
    assert undone == node.roll_back(PEOPLE, "load")
    shutil.rmtree(folder)


def test_a_rehearsal_tells_and_changes_nothing(tmp_path: Path) -> None:
    """Also of a dataset that is not there yet."""
    node = node_over(tmp_path)
    schema = schema_with("id", FieldType.INT, (Field(N, FieldType.INT),))
    gathered = node.gathering(PEOPLE, schema)
    for batch in batches_of(schema, [(1, {N: 1}), (2, {N: 2})]):
        gathered.take(batch)

    told = node.rehearse_gathered(
        PEOPLE, gathered, mode=LoadMode.UPSERT, clear_empty=False, schema=schema
    )

    assert Loaded(SequenceNo(0), created=2, updated=0, unchanged=0, deleted=0) == told
    assert {} == dict(node.published.datasets)


def test_what_was_never_published_is_forgotten(tmp_path: Path) -> None:
    """The process may have died before: the load is to be done then."""
    undos = UndoFiles(tmp_path, IndexLimits())
    empty = Undo(NINE, (), (), ())
    for key, sequence in (("a", 3), ("b", 4)):
        undos.keep(PEOPLE, key, Loaded(SequenceNo(sequence), 1, 0, 0, 0), empty)
    undos.keep_undone(PEOPLE, "a", Loaded(SequenceNo(5), 0, 0, 0, 1))

    undos.settle(3)

    assert [True, False] == [undos.known(PEOPLE, key) is not None for key in ("a", "b")]
    assert undos.undone(PEOPLE, "a") is None


def test_what_is_kept_has_a_bound(tmp_path: Path) -> None:
    """The oldest go; a load that is too large is known, but can't be put back."""
    limits = IndexLimits(undos_max=2, undo_bytes_max=4_000)
    node = node_over(tmp_path, limits)
    schema = schema_with("id", FieldType.INT, (Field(N, FieldType.INT),))
    node.create(schema)
    for key, size in (("a", 1), ("b", 2), ("c", 4_000)):
        rows = [(number, {N: size}) for number in range(size)]
        batches = batches_of(schema, rows, at_once=1_000)
        origin = Origin(idempotency_key=key)
        node.load(PEOPLE, batches, mode=LoadMode.UPSERT, clear_empty=False, origin=origin)

    with pytest.raises(CannotRollBack, match="not kept"):
        node.roll_back(PEOPLE, "a")
    with pytest.raises(CannotRollBack, match="too much"):
        node.roll_back(PEOPLE, "c")
    assert 1 == node.roll_back(PEOPLE, "b").deleted


@pytest.mark.parametrize(
    ("value", "wider", "after"),
    [
        (7, Field(N, FieldType.DECIMAL, scale=2), 700),
        (-(10**16) + 1, Field(N, FieldType.DECIMAL, scale=2), -(10**18) + 100),
        (10**16, Field(N, FieldType.DECIMAL, scale=2), None),
        (10**15 - 1, Field(N, FieldType.FLOAT), float(10**15 - 1)),
        (10**15, Field(N, FieldType.FLOAT), None),
        (7, Field(N, FieldType.KEYWORD), None),
        (None, Field(N, FieldType.FLOAT), None),
    ],
)
def test_a_field_widens_only_if_its_values_stay(
    tmp_path: Path, value: int | None, wider: Field, after: float | None
) -> None:
    """To the last digit; else the schema stays as it is."""
    node = node_over(tmp_path)
    schema = schema_with("id", FieldType.INT, (Field(N, FieldType.INT),))
    node.create(schema)
    node.apply(PEOPLE, [Upsert(1, {N: value})])
    taken = after is not None or value is None

    if taken:
        node.alter(replace(schema, fields=(wider,)))
    else:
        with pytest.raises(BadSchema):
            node.alter(replace(schema, fields=(wider,)))

    shown = node.published.view(PEOPLE).record(1)
    assert (after if taken else value) == shown.values[N]
