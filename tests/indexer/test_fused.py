"""Counting with the kernel over words equals counting bitmap by bitmap, whatever is asked."""

import ctypes
import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset import fused
from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.engine import Engine
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.encoding import ranges
from indexer.encoding.bits import offsets_of
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.hot import HotForms
from indexer.kernels.ranks import ranks, spans
from indexer.model.costs import Costs
from indexer.model.errors import UnknownField
from indexer.model.ids import FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import FieldType
from indexer.model.switches import Switches
from indexer.plan.nodes import And, Equals, HasValue, Leaf, Minus, Or, Range
from indexer.plan.program import program_of
from indexer.results import Results
from indexer.scratch import Scratch
from tests.indexer.drawing import FIELDS, changes, plans, schema_with

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SCHEMA = schema_with("id", FieldType.INT, FIELDS)
BUDGETS = (0, 3_000, 2**30)
"""No form fits, a few do, all do."""
SWITCHES = st.builds(
    Switches,
    ranges=st.booleans(),
    sparing=st.booleans(),
    leaf_results=st.booleans(),
    sub_trees=st.booleans(),
    answers=st.booleans(),
)
COSTS = st.builds(
    Costs,
    dense_share=st.sampled_from((1, 4, 10**9)),
    narrow_share=st.sampled_from((1, 4, 10**9)),
    rows_max=st.sampled_from((0, 4)),
    code_ns=st.sampled_from((0.0, 10**9)),
)
"""Small data is answered like large data too."""


class Empty:
    """Stands for a column."""


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


@settings(max_examples=600)
@given(view=views(), asked=st.lists(plans(SCHEMA), min_size=1, max_size=4), data=st.data())
def test_the_kernel_counts_what_the_bitmaps_count(
    view: DatasetView, asked: list[Any], data: st.DataObject
) -> None:
    """Every output of a shared program, under every budget for hot forms."""
    program = program_of(asked)
    engine = Engine(
        HotForms(data.draw(st.sampled_from(BUDGETS))),
        Results(data.draw(st.sampled_from(BUDGETS))),
        data.draw(SWITCHES),
        data.draw(COSTS),
    )

    counted = [fused.counts(view, program, engine) for _ in range(4)]

    assert [view.counts(program)] * 4 == counted


@settings(max_examples=400)
@given(view=views(), plan=plans(SCHEMA), data=st.data())
def test_the_kernel_finds_the_same_members(
    view: DatasetView, plan: Any, data: st.DataObject
) -> None:
    """Word by word; no bit beyond the live records."""
    program = program_of([plan])

    engine = Engine(HotForms(2**30), Results(2**20), data.draw(SWITCHES), data.draw(COSTS))
    expected = view.members(program)

    words = [fused.members(view, program, engine) for _ in range(3)][-1]

    for shard in view.shards:
        bits = np.unpackbits(words[shard.id].view(np.uint8), bitorder="little")
        assert offsets_of(expected[shard.id]).tolist() == np.flatnonzero(bits).tolist()


@pytest.mark.parametrize("spread", [3, 50, 5_000, 10**12])
@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_a_range_is_two_bins_and_what_lies_between(spread: int, kind: Any) -> None:
    """Every slice between two numbers of two shards, from none to all of them."""
    drawn = np.random.default_rng(1).integers(-spread, spread, (2, 700)).astype(kind)
    present = drawn % 7 != 0
    columns = [NumberColumn.of(NumberCells(*each)) for each in zip(drawn, present, strict=True)]
    forms = [ranges.range_form(column, 11) for column in columns]
    table = np.stack([form.row for form in forms])
    zeros = np.zeros(11, np.uint64)
    filled = np.array([column.present.ctypes.data for column in columns], np.uint64)

    for low in np.linspace(-spread - 1, spread + 1, 23).astype(kind).tolist():
        for width in (0, 1, spread / 3, 3 * spread):
            lookup = Range(FieldName("n"), low, kind(low + width).item(), low_open=width == 1)
            bounds = ranges.bounds_of(lookup, floats=kind is np.float64)
            assert bounds is not None
            found = np.zeros((2, 2), np.int64)
            rows, patches = np.zeros((2, 2), np.uint64), np.zeros((2, 2, 2), np.uint64)
            total = ranks(
                table, bounds.low, bounds.low_after, bounds.high, bounds.high_after, found
            )
            spans(table, found, zeros.ctypes.data, filled, 88, rows, patches)

            held = [set(column.find(lookup)) for column in columns]
            assert sum(map(len, held)) == total
            for shard, expected in enumerate(held):
                high, less = (_words_at(rows[k, shard], 11) for k in (0, 1))
                lost = [_offsets_at(patches[k, shard]) for k in (0, 1)]
                assert expected == _members(high & ~less) - lost[0] - lost[1]


@settings(max_examples=150)
@given(view=views(), asked=st.lists(plans(SCHEMA), min_size=1, max_size=3))
def test_two_threads_count_what_one_does(view: DatasetView, asked: list[Any]) -> None:
    """Each takes half of the shards, however little there is to read."""
    program, alone = program_of(asked), program_of(asked[:1])
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as helper:
        patch.setattr(fused, "SHARED_BYTES_MIN", 0)
        engine = Engine(HotForms(2**30), Results(2**20), scratch=Scratch(helper))

        counted = [fused.counts(view, program, engine) for _ in range(3)]
        words = [fused.members(view, alone, engine) for _ in range(3)][-1]

    one = fused.members(view, alone, Engine(HotForms(2**30)))
    assert [view.counts(program)] * 3 == counted
    assert one.tolist() == words.tolist()


def test_a_group_is_remembered_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside one that is not looked at where nothing is left."""
    number = FieldName("int_field")
    records = [Upsert(place, {number: place}) for place in range(16)]
    view = apply_changes(
        empty_view(SCHEMA, 3), records, targets=Targets({}, None), now=NOW, limits=IndexLimits()
    ).view
    least, first, second = (Leaf(Range(number, low, low + 2)) for low in (0, 10, 12))
    either = Or((first, second))
    whole = program_of([And((least, Minus(first, second), either))])
    engine = Engine(HotForms(2**20), Results(2**20), Switches(answers=False, prepared=False))
    # Kernels are compiled first: the compiler knows np.empty, and not what is put in its place.
    assert [0] == fused.counts(view, whole, Engine(HotForms(2**20), Results(2**20)))
    monkeypatch.setattr(np, "empty", np.ones)

    for _ in range(3):
        assert [0] == fused.counts(view, whole, engine)

    alone = program_of([And((Leaf(HasValue(number)), either))])
    assert [5] == fused.counts(view, alone, engine)


def test_hot_forms_keep_to_their_budget() -> None:
    """What was used longest ago goes first; what is too large is never kept."""
    hot = HotForms(100)
    columns = [Empty() for _ in range(4)]

    for column in columns[:3]:
        hot.of(column, "words", lambda: np.zeros(5))
    hot.of(columns[1], "words", lambda: np.zeros(0))
    hot.of(columns[3], "words", lambda: np.zeros(1_000))

    assert 80 == hot.nbytes
    assert 5 == len(hot.of(columns[1], "words", lambda: np.zeros(1)))
    assert 1 == len(hot.of(columns[0], "words", lambda: np.zeros(1)))


def test_forms_go_with_their_column() -> None:
    """Nobody has to tell that a column is no more."""
    hot = HotForms(100)
    gone = Empty()
    hot.of(gone, "words", lambda: np.zeros(5))

    del gone
    gc.collect()
    hot.of(kept := Empty(), "words", lambda: np.zeros(1))

    assert 8 == hot.nbytes
    assert hot.held(kept, "words") is not None


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
        fused.counts(view, program, Engine(HotForms(0)))


def _words_at(address: Any, words: int) -> Any:
    return np.ctypeslib.as_array((ctypes.c_uint64 * words).from_address(int(address)))


def _offsets_at(patch: Any) -> set[int]:
    address, size = (int(part) for part in patch)
    return set((ctypes.c_uint32 * size).from_address(address)) if size else set()


def _members(words: Any) -> set[int]:
    return set(np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")).tolist())
