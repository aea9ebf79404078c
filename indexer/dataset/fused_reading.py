"""Reading with kernels over words."""

from typing import Any

import numpy as np

from indexer.dataset import fused
from indexer.dataset.engine import Engine
from indexer.dataset.fused_joins import FusedJoins, warm_joins
from indexer.dataset.given import NONE_GIVEN, Givens
from indexer.dataset.keys import Ordinals
from indexer.dataset.members import Members
from indexer.dataset.memory import Memory
from indexer.dataset.pointing import Joins
from indexer.dataset.reading import Counts, PlainReading, Spread, merged, only_given
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words
from indexer.encoding.coded import CODE_TYPES
from indexer.encoding.column import Array
from indexer.encoding.number import NumberColumn
from indexer.encoding.sets import SetColumn
from indexer.kernels.roaring import portable
from indexer.kernels.tallies import SLACK, count_bits, set_bits, tally_bins, tally_codes, tally_sets
from indexer.model.ids import FieldName
from indexer.model.switches import Switches
from indexer.plan.program import Program

TABLE_MIN = 65_536
PREPARED_AGAIN_MAX = 64
"""Programs of a view that are run over the next one before anybody asks it."""
TABLE_SHARE = 16
"""A table with a place for every value is made if it has so few, or so few for each member."""


class FusedMembers(Members):
    """Counted and listed by kernels."""

    def of_shard(self, shard: int) -> int:
        """See ``Members``."""
        return int(count_bits(self.words[shard]))

    def offsets(self, shard: int) -> Ordinals:
        """See ``Members``."""
        count = self.of_shard(shard)
        offsets = np.empty(count + SLACK, np.int64)
        set_bits(self.words[shard], offsets)
        return offsets[:count]


class FusedReading:
    """See ``indexer.dataset.reading.Reading``; forms come from the engine's budgeted store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._plain = PlainReading()
        self.joins: Joins = FusedJoins(engine)
        self.memory = Memory(engine) if _remembers(engine.switches) else None

    def counts(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> list[int]:
        """See ``Reading``."""
        return fused.counts(view, program, self._engine, given)

    def members(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> Members:
        """See ``Reading``."""
        words = fused.members(view, program, self._engine, given)
        return FusedMembers(words, view.shard_bits)

    def spread(self, view: DatasetView, field: FieldName, members: Members) -> Spread:
        """See ``Reading``. Cost: a step a member, and a place a value."""
        columns = [shard.columns[field] for shard in view.shards]
        if columns and isinstance(columns[0], NumberColumn):
            return _numbers(view, field, members)
        places = len(view.vocabularies[field])
        if places > TABLE_MIN and places > TABLE_SHARE * len(members):
            return self._plain.spread(view, field, members)
        return _codes(view, field, members, places)

    def binned(self, numbers: Array, edges: Array) -> Counts:
        """See ``Reading``."""
        counts = np.zeros(len(edges) - 1, np.int64)
        tally_bins(numbers, edges, counts)
        return counts

    def prepare(self, view: DatasetView, before: DatasetView) -> None:
        """See ``Reading``. Cost: the programs that were prepared for ``before``, run once."""
        programs = [*self._engine.leaves(before).prepared]
        for program, emit in programs[-PREPARED_AGAIN_MAX:]:
            if emit:
                fused.members(view, program, self._engine)
            else:
                fused.counts(view, program, self._engine)

    def is_remembered(
        self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN
    ) -> bool:
        """See ``Reading``."""
        return fused.is_remembered(view, program, self._engine, given)

    def method_of(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> str:
        """See ``Reading``."""
        found = only_given(program, given)
        return found or fused.method_of(view, program, self._engine)

    def roaring(self, words: Words) -> bytes:
        """See ``Reading``."""
        return portable(words)


def warm_tallies() -> None:
    """Have the kernels compiled, or read from numba's cache. Cost: seconds, the first time."""
    words, table = np.zeros(1, np.uint64), np.zeros(1, np.int64)
    for codes in CODE_TYPES:
        tally_codes(words, _frozen(held := np.zeros(64, codes)), np.uint64(held.ctypes.data), table)
        for lengths in CODE_TYPES[:2]:
            tally_sets(words, _frozen(np.zeros(64, lengths)), _frozen(np.zeros(1, codes)), table)
    for number in (np.int64, np.float64):
        tally_bins(np.zeros(1, number), np.arange(3, dtype=number), np.zeros(2, np.int64))
    set_bits(words, np.zeros(SLACK, np.int64))
    count_bits(words)
    portable(words)
    warm_joins()


def _remembers(switches: Switches) -> bool:
    return switches.answers or switches.sub_trees or switches.leaf_results or switches.kept


def _frozen(array: Any) -> Any:
    """The array as one that can't be written, as those from disk can't: one kernel for both."""
    view = array.view()
    view.flags.writeable = False
    return view


def _codes(view: DatasetView, field: FieldName, members: Members, places: int) -> Spread:
    table = np.zeros(places + 1, np.int64)
    values, null = table[:-1], 0
    for shard in view.shards:
        column: Any = shard.columns[field]
        words = members.words[shard.id]
        if column.bitmaps is not None and _has_all(members, shard):
            codes, counts = column.tally(None)
            values[codes] += counts
            null += len(shard.live) - len(column.filled)
        elif isinstance(column, SetColumn):
            tally_sets(words, _frozen(column.lengths), _frozen(column.codes), values)
            present = column.filled_words
            filled = int(np.bitwise_count(words[: len(present)] & present).sum())
            null += members.of_shard(shard.id) - filled
        else:
            codes = column.codes
            tally_codes(words, _frozen(codes), np.uint64(codes.ctypes.data), table)
    seen = np.flatnonzero(values)
    return Spread(seen, values[seen], null + int(table[-1]))


def _has_all(members: Members, shard: Shard) -> bool:
    """Whether every live record of the shard is a member."""
    live = len(shard.live)
    if live == len(members.words[shard.id]) << 6 and ~members.words[shard.id, 0]:
        # Its first word tells most that have not: nothing has to be counted.
        return False
    return members.of_shard(shard.id) == live


def _numbers(view: DatasetView, field: FieldName, members: Members) -> Spread:
    parts: list[tuple[Array, Counts]] = []
    null = 0
    for shard in view.shards:
        cells: Any = shard.columns[field].cells(members.offsets(shard.id))
        numbers = cells.numbers[cells.filled]
        null += len(cells) - len(numbers)
        if len(numbers):
            parts.append(_tally(numbers))
    return Spread(*merged(parts), null)


def _tally(numbers: Array) -> tuple[Array, Counts]:
    """Numbers that occur, and how often. Cost: a pass where they lie close, else a sort."""
    if numbers.dtype.kind == "i":
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < max(TABLE_MIN, len(numbers)):
            counts = np.bincount(numbers - low)
            seen = np.flatnonzero(counts)
            return seen + low, counts[seen]
    values, counts = np.unique(numbers, return_counts=True)
    return values, counts
