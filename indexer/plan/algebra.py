"""Runs a program over one shard: lookups to bitmaps, bitmaps to counts or members."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import and_
from typing import assert_never

from pyroaring import BitMap

from indexer.model.deadline import check_deadline
from indexer.plan.nodes import Lookup
from indexer.plan.program import Every, Find, Program, Some, Step, Without, children_of

Finder = Callable[[Lookup], BitMap]
"""Answers a lookup on one shard; what it returns is never changed here."""


def counts(program: Program, find: Finder, live: BitMap) -> list[int]:
    """One count per output. Cost: every step once; a bitmap is dropped after its last reader."""
    outputs = Counter(program.outputs)
    sizes = {
        place: len(bitmap) for place, bitmap in _steps(program, find, live) if place in outputs
    }
    return [sizes[output] for output in program.outputs]


def members(program: Program, find: Finder, live: BitMap) -> BitMap:
    """The records of a program of one output."""
    (output,) = program.outputs
    return next(bitmap for place, bitmap in _steps(program, find, live) if place == output)


def _steps(program: Program, find: Finder, live: BitMap) -> Iterator[tuple[int, BitMap]]:
    readers = Counter(child for step in program.steps for child in set(children_of(step)))
    ready: dict[int, BitMap] = {}
    for place, step in enumerate(program.steps):
        check_deadline()
        bitmap = _run(step, ready, find, live)
        yield place, bitmap
        if readers[place]:
            ready[place] = bitmap
        for child in set(children_of(step)):
            readers[child] -= 1
            if not readers[child]:
                del ready[child]


def _run(step: Step, ready: dict[int, BitMap], find: Finder, live: BitMap) -> BitMap:
    match step:
        case Find(lookup):
            return find(lookup)
        case Every(steps):
            return _intersection([ready[child] for child in steps], live)
        case Some(steps):
            return BitMap.union(*(ready[child] for child in steps)) if steps else BitMap()
        case Without(base, without):
            return ready[base] - ready[without]
        case _:
            assert_never(step)


def _intersection(bitmaps: Sequence[BitMap], live: BitMap) -> BitMap:
    # Smallest first: every later step then works on no more than the smallest holds.
    ordered = sorted(bitmaps, key=len)
    return reduce(and_, ordered) if ordered else live
