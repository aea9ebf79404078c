"""What changed beside a view gives the answers of a view that has it all, in every way to read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset import states
from indexer.dataset.applying import changed
from indexer.dataset.catalog import empty_view
from indexer.dataset.engine import Engine
from indexer.dataset.figures import Figures
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.netting import CREATED, DELETED, UNCHANGED, UPDATED
from indexer.dataset.overlay import Overlay
from indexer.dataset.present import Present
from indexer.dataset.reading import PlainReading, Reading
from indexer.dataset.settling import rebased, settled
from indexer.dataset.write import Targets
from indexer.hot import HotForms
from indexer.model.ids import FieldName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, OrderBy, Upsert
from indexer.model.schema import FieldType
from indexer.model.switches import Switches
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of
from tests.indexer.drawing import FIELDS, changes, keys_of, plans, schema_with
from tests.indexer.reference import Figures as Tally
from tests.indexer.reference import Reference

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SCHEMAS = (
    schema_with("id", FieldType.INT, FIELDS),
    schema_with("id", FieldType.KEYWORD, FIELDS),
)
FRESH = Switches(answers=False, sub_trees=False, leaf_results=False)
WAYS: tuple[tuple[Reading, Reading], ...] = (
    (PlainReading(), PlainReading()),
    (
        FusedReading(Engine(HotForms(2**30))),
        FusedReading(Engine(HotForms(2**30), switches=FRESH)),
    ),
)
NO_LINKS = Targets({}, None)
LIMITS = IndexLimits()
ROUNDS = 120
ORDERED = tuple(field.name for field in FIELDS if field.type is not FieldType.SET)


def apply(overlay: Overlay, batch: Sequence[Change]) -> Overlay:
    """The overlay after the changes."""
    return changed(overlay, batch, targets=NO_LINKS, now=NOW, limits=LIMITS).overlay


@st.composite
def worlds(draw: Any) -> tuple[Overlay, Overlay, Reference]:
    """A base with batches of changes over it, how it was some batches ago, and its records."""
    schema = draw(st.sampled_from(SCHEMAS))
    reference = Reference([field.name for field in schema.columns])
    overlay = Overlay.over(empty_view(schema, draw(st.sampled_from((1, 2, 6)))))
    batches = draw(st.lists(st.lists(changes(schema), max_size=12), min_size=2, max_size=5))
    base, then = draw(st.integers(0, len(batches) - 1)), draw(st.integers(0, len(batches) - 1))
    before = overlay
    for place, batch in enumerate(batches):
        reference.apply(batch)
        overlay = apply(overlay, batch)
        if place == base:
            overlay = before = Overlay.over(settled(overlay, LIMITS))
        if place == then:
            before = overlay
    return overlay, before if before.base is overlay.base else overlay, reference


@settings(max_examples=ROUNDS, deadline=None)
@given(world=worlds(), data=st.data())
def test_every_answer_is_that_of_the_settled_view(
    world: tuple[Overlay, Overlay, Reference], data: st.DataObject
) -> None:
    """Counts, pages, samples, breakdowns, values, rows, bitmaps, single records."""
    overlay, then, reference = world
    plan = data.draw(plans(overlay.schema) | st.just(EVERYTHING))
    order = [
        OrderBy(name, data.draw(st.booleans()))
        for name in data.draw(st.lists(st.sampled_from(ORDERED), max_size=2, unique=True))
    ]
    limit = data.draw(st.integers(1, 5))
    later = rebased(overlay, then, settled(then, LIMITS))
    whole = Overlay.over(settled(overlay, LIMITS))

    for reading, fresh in WAYS:
        answers = [
            _answers(Present(each, reading, fresh), plan, order, limit)
            for each in (overlay, later, whole)
        ]

        assert answers[2] == answers[0]
        assert answers[2] == answers[1]
        assert [len(reference.members(plan))] == answers[0]["counts"]


@settings(max_examples=ROUNDS, deadline=None)
@given(data=st.data())
def test_a_batch_counts_as_its_changes_sent_one_by_one(data: st.DataObject) -> None:
    """Several changes of one record among them, removals and returns."""
    schema = data.draw(st.sampled_from(SCHEMAS))
    batches = data.draw(st.lists(st.lists(changes(schema), max_size=10), max_size=4))
    overlay = Overlay.over(empty_view(schema, 2))
    reference = Reference([field.name for field in schema.columns])

    for batch in batches:
        done = changed(overlay, batch, targets=NO_LINKS, now=NOW, limits=LIMITS)
        overlay = done.overlay
        counted = np.bincount(done.outcomes, minlength=4).tolist()
        kinds = (CREATED, UPDATED, DELETED, UNCHANGED)
        assert reference.apply(batch) == Tally(*(counted[kind] for kind in kinds))


def test_states_fill_chunks_and_stay_in_order() -> None:
    """More changes than a chunk holds, in batches that straddle its end."""
    schema = schema_with("id", FieldType.INT, FIELDS[1:2])
    (name,) = (field.name for field in schema.columns)
    overlay = Overlay.over(empty_view(schema, 16))
    size = states.CHUNK_SIZE
    last = 0
    for start in (0, size - 5, 2 * size - 9):
        overlay = apply(overlay, [Upsert(key, {name: key}) for key in range(start, start + size)])
        last = start + size
    overlay = apply(overlay, [Delete(key) for key in range(0, last, 7)])

    keys = [key for key in range(last) if key % 7]
    records = overlay.read(overlay.find_keys(keys), [name])
    view = settled(overlay, LIMITS)

    assert keys == [record.values[name] for record in records]
    assert keys == view.order.keys.tolist()
    assert keys == [record.values[name] for record in view.read(view.find(keys), [name])]
    assert len(overlay.after.since(size + 3)) == len(overlay.after) - size - 3


def _answers(present: Present, plan: Any, order: list[OrderBy], limit: int) -> dict[str, Any]:
    program, schema = program_of([plan]), present.overlay.schema
    names = [field.name for field in schema.fields]
    pages: list[Any] = []
    after = None
    for _ in range(present.records + 1):
        records, after = present.page(program, fields=names, limit=limit, after=after, order=order)
        pages.append(records)
        if after is None:
            break
    words = present.words(program)
    return {
        "counts": present.counts(program),
        "records": present.records,
        "pages": pages,
        "sample": present.sample(program, fields=names, size=limit, seed="s"),
        "breakdowns": [_told(present, program, name, limit) for name in names],
        "bins": [present.breakdown(program, name, limit=9, bins=3) for name in names],
        "rows": _rows(present, program, names),
        "members": sum(int(word).bit_count() for word in words.ravel().tolist()),
        "contains": present.contains(program, keys_of(schema)),
        "records of": present.records_of(keys_of(schema), names),
        "figures": Figures().of(present.overlay),
    }


def _told(present: Present, program: Any, name: FieldName, limit: int) -> Any:
    return (
        present.breakdown(program, name, limit=limit, bins=None),
        present.top_values(program, name, prefix="a", limit=limit),
    )


def _rows(present: Present, program: Any, names: list[FieldName]) -> Any:
    made = present.batches(program, fields=names, batch_rows=3, as_of=SequenceNo(7))
    return pa.Table.from_batches(list(made)).combine_chunks().sort_by("_key")
