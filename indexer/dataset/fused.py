"""Runs assembled programs: counts of every output, or the members of one."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from indexer.dataset.assembly import Tables, assemble
from indexer.dataset.leaves import Leaves
from indexer.dataset.view import DatasetView
from indexer.encoding.number import NumberColumn
from indexer.encoding.ranges import range_form
from indexer.hot import HotForms
from indexer.kernels.run import CLEAR, SET, run
from indexer.model.ids import FieldName
from indexer.plan.nodes import Equals
from indexer.plan.program import Program


def counts(view: DatasetView, program: Program, hot: HotForms) -> list[int]:
    """One count per output. Cost: what the program reads, once, at the speed of memory."""
    leaves = Leaves(view, hot)
    tables = assemble(program, view, leaves, emit=False)
    found, _ = _run(tables, len(view.shards), leaves.words, emitted=0)
    for place in tables.inverted:
        found[place] = view.records - found[place]
    return [tables.known.get(place, int(count)) for place, count in enumerate(found)]


def members(view: DatasetView, program: Program, hot: HotForms) -> npt.NDArray[np.uint64]:
    """The words of a program of one output, a row per shard."""
    leaves = Leaves(view, hot)
    tables = assemble(program, view, leaves, emit=True)
    _, words = _run(tables, len(view.shards), leaves.words, emitted=1)
    return words[:, 0]


def warm() -> None:
    """Have the kernels compiled, or read from numba's cache. Cost: a second, the first time."""
    column = NumberColumn(np.arange(2, dtype=np.uint8), np.array([3], np.uint64))
    for dtype in (np.uint8, np.float64):
        sorted_form = range_form(replace(column, lanes=column.lanes.astype(dtype)), 1)
        sorted_form.ranks(Equals(FieldName("warm"), 0))
    nothing = np.zeros((1, 0, 2), np.uint64)
    run(
        np.array([(CLEAR, SET, 0, 0, 0, 0, 0, 0, 0, 0)], np.int64), np.zeros((1, 1), np.uint64),
        np.array([column.present.ctypes.data], np.uint64), nothing, np.zeros((1, 0, 4), np.uint64),
        np.zeros(1, np.int64), np.zeros((1, 0, 1), np.uint64), 0, 1, 1,
    )  # fmt: skip


def _run(
    tables: Tables, shards: int, words: int, *, emitted: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    found = np.zeros(tables.computed, np.int64)
    out = np.zeros((shards, emitted, words), np.uint64)
    if not len(tables.operations):
        return found, out
    memory = np.empty((max(1, len(tables.register_slots)), words), np.uint64)
    registers = np.array([row.ctypes.data for row in memory], np.uint64)
    slots = tables.slots.copy()
    for register, slot in enumerate(tables.register_slots):
        slots[:, slot] = registers[register]
    run(
        tables.operations, slots, registers, tables.patches, tables.scans, found, out,
        0, shards, words,
    )  # fmt: skip
    return found, out
