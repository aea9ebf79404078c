"""Kernels compiled before the first question, and what they cost on this machine."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from indexer.dataset.calendar_parts import warm_clocks
from indexer.dataset.catalog import empty_view
from indexer.dataset.chains import warm_chains
from indexer.dataset.changes import apply_changes
from indexer.dataset.engine import Engine
from indexer.dataset.folds import warm_folds
from indexer.dataset.fused import counts
from indexer.dataset.fused_reading import warm_tallies
from indexer.dataset.write import Targets
from indexer.encoding.vocabulary import warm_texts
from indexer.hot import HotForms
from indexer.kernels.codes import words_of_codes
from indexer.kernels.machine import OR, TALLY
from indexer.kernels.run import GROUP, PATCH, SCAN_WIDTH, run
from indexer.model.costs import Costs
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import And, Equals, Leaf, Range, TextMatch, complement
from indexer.plan.program import program_of
from indexer.runtime.clock import stopwatch_ms

SIZE = 1 << 14
"""Words, members and codes that are timed: more than a block, less than a cache."""
ROUNDS = 5


def warm(now: datetime) -> None:
    """Have the kernels compiled, or read from numba's cache. Cost: a second, the first time."""
    fields = tuple(
        Field(FieldName(kind.value), kind)
        for kind in (FieldType.INT, FieldType.FLOAT, FieldType.KEYWORD, FieldType.TEXT)
    )
    warm_texts()
    warm_tallies()
    warm_folds()
    warm_chains()
    warm_clocks()
    schema = Schema(DatasetName("warm"), None, FieldType.INT, fields)
    records = [
        Upsert(None, {field.name: value for field, value in zip(fields, row, strict=True)})
        for row in ((1, 1.0, "a", "a"), (70_000, 2.0, "b", "b"), (3, 3.0, None, None))
    ]
    targets = Targets({}, None)
    view = apply_changes(
        empty_view(schema, 6), records, targets=targets, now=now, limits=IndexLimits()
    ).view
    number, double, text = (FieldName(name) for name in ("int", "float", "text"))
    plan = And((
        Leaf(Range(number, 1, 3)), complement(Leaf(Equals(double, 1.0))),
        Leaf(TextMatch(text, "contains", ("a",))),
    ))  # fmt: skip
    for switches in (Switches(), Switches(ranges=False)):
        counts(view, program_of([plan]), Engine(HotForms(1 << 20), switches=switches))


def measured() -> Costs:
    """What steps cost here, now. Cost: about a millisecond. The kernels are warm."""
    words = np.zeros((2, SIZE), np.uint64)
    offsets = np.arange(SIZE, dtype=np.uint32) * np.uint32(61) % np.uint32(SIZE * 64)
    nothing = np.zeros((0, 1, 2), np.uint64)
    patches = np.array([[[offsets.ctypes.data, SIZE]]], np.uint64)
    read = _milliseconds(_running((GROUP, TALLY, 0, 0, 0, 0, 0, 0, 0), words, nothing))
    written = _milliseconds(_running((PATCH, OR, 0, 0, 0, 0, 0, 0, 0), words, patches))
    codes = np.zeros(SIZE, np.uint8)
    wanted = np.ones(2, np.bool_)
    looked_up = _milliseconds(lambda: words_of_codes(codes, 255, wanted, words[1]))
    return Costs(
        word_ns=read * 1e6 / SIZE,
        patch_ns=written * 1e6 / SIZE,
        code_ns=looked_up * 1e6 / SIZE,
    )


def _running(operation: tuple[int, ...], words: Any, patches: Any) -> Callable[[], None]:
    operations = np.array([operation], np.int64)
    row, register = words[0].ctypes.data, words[1].ctypes.data
    slots, registers = np.array([[row]], np.uint64), np.array([register], np.uint64)
    scans = np.zeros((0, 1, SCAN_WIDTH), np.uint64)
    found, emitted = np.zeros(1, np.int64), np.zeros(0, np.uint64)
    return lambda: run(
        operations, slots, registers, patches, scans, found, emitted, 0, 1, SIZE, False
    )


def _milliseconds(work: Callable[[], object]) -> float:
    """The least of a few rounds."""
    laps = []
    for _ in range(ROUNDS):
        started = stopwatch_ms()
        work()
        laps.append(stopwatch_ms() - started)
    return min(laps)
