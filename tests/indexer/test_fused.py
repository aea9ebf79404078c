"""Counting with the kernel over words equals counting bitmap by bitmap, whatever is asked."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset import fused
from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.encoding import ranges
from indexer.encoding.bits import offsets_of
from indexer.encoding.number import NumberColumn
from indexer.hot import HotForms
from indexer.model.errors import UnknownField
from indexer.model.ids import FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, Leaf
from indexer.plan.program import program_of
from tests.indexer.drawing import FIELDS, changes, plans, schema_with

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SCHEMA = schema_with("id", FieldType.INT, FIELDS)
BUDGETS = (0, 3_000, 2**30)
"""No form fits, a few do, all do."""


@st.composite
def views(draw: Any) -> DatasetView:
    """A dataset over several small shards, some with too many values for bitmaps."""
    limits = IndexLimits(bitmaps_per_field_max=draw(st.sampled_from((1, 4_096))))
    sent = draw(st.lists(changes(SCHEMA), max_size=40))
    bits = draw(st.sampled_from((1, 2, 6, 7)))
    written = apply_changes(
        empty_view(SCHEMA, bits), sent, targets=Targets({}, None), now=NOW, limits=limits
    )
    return written.view


@settings(max_examples=300)
@given(view=views(), asked=st.lists(plans(SCHEMA), min_size=1, max_size=4), data=st.data())
def test_the_kernel_counts_what_the_bitmaps_count(
    view: DatasetView, asked: list[Any], data: st.DataObject
) -> None:
    """Every output of a shared program, under every budget for hot forms."""
    program = program_of(asked)
    hot = HotForms(data.draw(st.sampled_from(BUDGETS)))

    counted = fused.counts(view, program, hot)

    assert view.counts(program) == counted
    assert counted == fused.counts(view, program, hot)


@settings(max_examples=200)
@given(view=views(), plan=plans(SCHEMA))
def test_the_kernel_finds_the_same_members(view: DatasetView, plan: Any) -> None:
    """Word by word; no bit beyond the live records."""
    program = program_of([plan])

    words = fused.members(view, program, HotForms(2**30))

    expected = view.members(program)
    for shard in view.shards:
        bits = np.unpackbits(words[shard.id].view(np.uint8), bitorder="little")
        assert offsets_of(expected[shard.id]).tolist() == np.flatnonzero(bits).tolist()


@pytest.mark.parametrize("narrow_max", [0, 7, 16_384])
def test_wide_ranges_are_bins_and_their_ends(
    monkeypatch: pytest.MonkeyPatch, narrow_max: int
) -> None:
    """Every slice of a sorted order, from single records to all of them, and both bin edges."""
    monkeypatch.setattr(ranges, "NARROW_MAX", narrow_max)
    numbers = np.random.default_rng(1).integers(-50, 50, 700)
    present = numbers % 7 != 0
    form = ranges.range_form(NumberColumn(numbers, present), 11)

    for low in range(0, len(form.order) + 1, 13):
        for high in range(low, len(form.order) + 1, 17):
            parts = form.slices(low, high)
            words = form.bins[parts.high] & ~form.bins[parts.low]
            found = set(np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")))
            found -= {offset for lost in parts.lost for offset in lost.tolist()}
            found |= {offset for gained in parts.gained for offset in gained.tolist()}
            assert set(form.order[low:high].tolist()) == found


def test_hot_forms_keep_to_their_budget() -> None:
    """What was used longest ago goes first; what is too large is never kept."""
    hot = HotForms(100)
    columns = [object() for _ in range(4)]

    for column in columns[:3]:
        hot.of(column, "words", lambda: np.zeros(5))
    hot.of(columns[1], "words", lambda: np.zeros(0))
    hot.of(columns[3], "words", lambda: np.zeros(1_000))

    assert 80 == hot.nbytes
    assert 5 == len(hot.of(columns[1], "words", lambda: np.zeros(1)))
    assert 1 == len(hot.of(columns[0], "words", lambda: np.zeros(1)))


def test_an_unknown_field_is_told() -> None:
    """By both ways of counting."""
    one = [Upsert(1, {})]
    view = apply_changes(
        empty_view(SCHEMA, 2), one, targets=Targets({}, None), now=NOW, limits=IndexLimits()
    ).view
    program = program_of([Leaf(Equals(FieldName("colour"), "red"))])

    with pytest.raises(UnknownField, match="colour"):
        view.counts(program)
    with pytest.raises(UnknownField, match="colour"):
        fused.counts(view, program, HotForms(0))
