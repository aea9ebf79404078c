"""A program as tables for the kernel that runs it over every shard at once.

Steps become operations on registers, up to four inputs at a time; a complement costs nothing
because a source can be read inverted; counts that are stored are not computed. Nothing is
evaluated here.
"""

from collections import Counter
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from indexer.dataset.leaves import Few, Leaves, Slice, Stored
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words
from indexer.kernels.run import (
    AND,
    AND_JOINED,
    ANDNOT,
    CLEAR,
    COUNT,
    EMIT,
    GROUP,
    OPERATION_WIDTH,
    OR,
    OR_JOINED,
    PATCH,
    PATCH_WIDTH,
    SCAN_WIDTH,
    SET,
)
from indexer.plan.nodes import Everything, Lookup
from indexer.plan.program import Every, Find, Program, Some, Without, children_of

INPUTS = 4
"""Sources one operation joins."""


@dataclass(frozen=True)
class Source:
    """Where a step's words are: a slot, perhaps read inverted, perhaps a register's."""

    slot: int
    inverted: bool = False
    register: int | None = None


@dataclass(frozen=True)
class Tables:
    """See ``indexer.kernels.run``.

    ``slots`` still lacks the addresses of registers, whose slot numbers are ``register_slots``.
    ``known`` has the counts that need no pass, by output; ``inverted`` names the outputs whose
    count is to be taken from the live records. ``keep`` holds what the addresses point into.
    """

    operations: npt.NDArray[np.int64]
    slots: npt.NDArray[np.uint64]
    patches: npt.NDArray[np.uint64]
    scans: npt.NDArray[np.uint64]
    register_slots: tuple[int, ...]
    computed: int
    known: dict[int, int]
    inverted: frozenset[int]
    keep: tuple[object, ...]


def assemble(program: Program, view: DatasetView, leaves: Leaves, *, emit: bool) -> Tables:
    """Tables that count the program's outputs, or emit the words of its only one."""
    return _Assembler(program, view, leaves).tables(emit=emit)


class _Assembler:
    def __init__(self, program: Program, view: DatasetView, leaves: Leaves) -> None:
        self._program = program
        self._view = view
        self._leaves = leaves
        self._operations: list[tuple[int, ...]] = []
        self._columns: list[npt.NDArray[np.uint64]] = []
        self._patches: list[npt.NDArray[np.uint64]] = []
        self._registers: list[int] = []
        self._free: list[int] = []
        self._keep: list[object] = []
        self._made: dict[int, Source] = {}
        self._readers = Counter(child for step in program.steps for child in set(children_of(step)))
        self._zero = np.zeros(leaves.words, np.uint64)
        self._keep.append(self._zero)

    def tables(self, *, emit: bool) -> Tables:
        known: dict[int, int] = {}
        inverted: set[int] = set()
        wanted: dict[int, list[int]] = {}
        for place, output in enumerate(self._program.outputs):
            wanted.setdefault(output, []).append(place)
        for number in range(len(self._program.steps)):
            if number not in wanted and not self._readers[number]:
                continue
            count = None if emit else self._known(number)
            if count is not None and not self._readers[number]:
                known.update(dict.fromkeys(wanted[number], count))
                continue
            source = self._make(number)
            for place in wanted.get(number, ()):
                if count is not None:
                    known[place] = count
                elif emit:
                    target = self._positive(source)
                    self._operations.append(_operation(EMIT, SET, target, place=place))
                else:
                    if source.inverted:
                        inverted.add(place)
                    self._operations.append(
                        _operation(COUNT, SET, self._in_register(source), place=place)
                    )
            self._release(number)
        return self._finished(known, inverted)

    def _known(self, number: int) -> int | None:
        match self._program.steps[number]:
            case Find(lookup):
                return self._leaves.known_count(lookup)
            case Without(base, without) if self._is_everything(base):
                inner = self._known(without)
                return None if inner is None else self._view.records - inner
            case _:
                return None

    def _make(self, number: int) -> Source:
        step = self._program.steps[number]
        match step:
            case Find(lookup):
                source = self._leaf(lookup)
            case Every(steps):
                source = self._join([self._made[child] for child in steps], AND_JOINED)
            case Some(steps):
                source = self._join([self._made[child] for child in steps], OR_JOINED)
            case Without(base, without):
                source = self._without(base, self._made[without])
            case _:
                assert_never(step)
        self._made[number] = source
        return source

    def _without(self, base: int, without: Source) -> Source:
        if self._is_everything(base):
            return Source(without.slot, not without.inverted, without.register)
        flipped = Source(without.slot, not without.inverted, without.register)
        return self._join([self._made[base], flipped], AND_JOINED)

    def _is_everything(self, number: int) -> bool:
        return self._program.steps[number] == Find(Everything())

    def _join(self, sources: list[Source], joined: int) -> Source:
        if joined == AND_JOINED and all(source.inverted for source in sources):
            # Complements alone would reach beyond the live records.
            sources = [self._leaf(Everything()), *sources]
        if joined == OR_JOINED:
            sources = [self._as_positive(source) for source in sources]
            if not sources:
                return self._stored([self._zero] * len(self._view.shards))
        if len(sources) == 1 and not sources[0].inverted:
            return sources[0]
        target = self._take()
        for start in range(0, len(sources), INPUTS):
            mode = SET if not start else AND if joined == AND_JOINED else OR
            self._group(mode, target, sources[start : start + INPUTS], joined)
        return self._register_source(target)

    def _as_positive(self, source: Source) -> Source:
        return self._register_source(self._positive(source)) if source.inverted else source

    def _positive(self, source: Source) -> int:
        if source.register is not None and not source.inverted:
            return source.register
        target = self._take()
        parts = [source] if not source.inverted else [self._leaf(Everything()), source]
        self._group(SET, target, parts, AND_JOINED)
        return target

    def _in_register(self, source: Source) -> int:
        if source.register is not None:
            return source.register
        target = self._take()
        self._group(SET, target, [Source(source.slot)], AND_JOINED)
        return target

    def _group(self, mode: int, target: int, sources: list[Source], joined: int) -> None:
        padded = [*sources, *[sources[-1]] * (INPUTS - len(sources))]
        inverted = sum(1 << k for k, source in enumerate(padded) if source.inverted)
        slots = [source.slot for source in padded]
        self._operations.append(
            _operation(GROUP, mode, target, slots=slots, joined=joined, inverted=inverted)
        )

    def _leaf(self, lookup: Lookup) -> Source:
        per_shard = [self._leaves.parts(lookup, shard) for shard in self._view.shards]
        if all(len(parts) == 1 and isinstance(parts[0], Stored) for parts in per_shard):
            return self._stored([part.words for (part,) in per_shard])  # type: ignore[union-attr]
        target = self._take()
        self._operations.append(_operation(CLEAR, SET, target))
        deepest = max((len(parts) for parts in per_shard), default=0)
        for layer in range(deepest):
            self._layer(
                target, [parts[layer] if layer < len(parts) else None for parts in per_shard]
            )
        return self._register_source(target)

    def _layer(self, target: int, parts: list[Stored | Few | Slice | None]) -> None:
        """One part of every shard, joined to the target by or."""
        zero, empty = self._zero, np.array([], np.uint32)
        high, low = [zero] * len(parts), [zero] * len(parts)
        gained = [[empty, empty] for _ in parts]
        lost = [[empty, empty] for _ in parts]
        for shard, part in enumerate(parts):
            match part:
                case Stored(words):
                    high[shard] = words
                case Few(offsets):
                    gained[shard][0] = np.ascontiguousarray(offsets, np.uint32)
                case Slice(form, slices):
                    high[shard], low[shard] = form.bins[slices.high], form.bins[slices.low]
                    gained[shard], lost[shard] = list(slices.gained), list(slices.lost)
                case None:
                    pass
        scratch = target
        losing = any(len(part) for pair in lost for part in pair)
        if losing:
            scratch = self._take()
            self._operations.append(_operation(CLEAR, SET, scratch))
        if any(words is not zero for words in high):
            pair = [self._stored(high), Source(self._stored(low).slot, inverted=True)]
            self._group(OR, scratch, pair, AND_JOINED)
        self._patch(ANDNOT, scratch, lost)
        self._patch(OR, scratch, gained)
        if losing:
            self._group(OR, target, [self._register_source(scratch)], AND_JOINED)
            self._free.append(scratch)

    def _patch(self, mode: int, target: int, offsets: list[list[npt.NDArray[np.uint32]]]) -> None:
        for side in range(2):
            column = [pair[side] for pair in offsets]
            if any(len(part) for part in column):
                place = len(self._patches)
                self._patches.append(
                    np.array([(part.ctypes.data, len(part)) for part in column], np.uint64)
                )
                self._keep.extend(column)
                self._operations.append(_operation(PATCH, mode, target, place=place))

    def _stored(self, words: list[Words]) -> Source:
        self._keep.extend(words)
        self._columns.append(np.array([part.ctypes.data for part in words], np.uint64))
        return Source(len(self._columns) - 1)

    def _take(self) -> int:
        if self._free:
            return self._free.pop()
        self._columns.append(np.zeros(len(self._view.shards), np.uint64))
        self._registers.append(len(self._columns) - 1)
        return len(self._registers) - 1

    def _register_source(self, register: int) -> Source:
        return Source(self._registers[register], register=register)

    def _release(self, number: int) -> None:
        """Give back the registers of steps nobody reads any more."""
        for child in set(children_of(self._program.steps[number])):
            self._readers[child] -= 1
            if not self._readers[child]:
                self._made.pop(child, None)
        held = {source.register for source in self._made.values()}
        self._free = [place for place in range(len(self._registers)) if place not in held]

    def _finished(self, known: dict[int, int], inverted: set[int]) -> Tables:
        shards = len(self._view.shards)
        return Tables(
            operations=np.array(self._operations, np.int64).reshape(-1, OPERATION_WIDTH),
            slots=np.stack(self._columns, axis=1)
            if self._columns
            else np.zeros((shards, 0), np.uint64),
            patches=(
                np.stack(self._patches, axis=1)
                if self._patches
                else np.zeros((shards, 0, PATCH_WIDTH), np.uint64)
            ),
            scans=np.zeros((shards, 0, SCAN_WIDTH), np.uint64),
            register_slots=tuple(self._registers),
            computed=len(self._program.outputs),
            known=known,
            inverted=frozenset(inverted),
            keep=tuple(self._keep),
        )


def _operation(
    code: int,
    mode: int,
    target: int,
    *,
    slots: list[int] | None = None,
    joined: int = 0,
    inverted: int = 0,
    place: int = 0,
) -> tuple[int, ...]:
    return (code, mode, target, *(slots or [0] * INPUTS), joined, inverted, place)
