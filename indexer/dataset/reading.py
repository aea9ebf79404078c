"""The ways to read a view: what depends on whether kernels are switched on, and nothing else."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from indexer.dataset.members import Members
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import (
    Words,
    bitmap_of_words,
    mask_of,
    offsets_of_words,
    words_of_mask,
)
from indexer.encoding.cells import AnyColumn
from indexer.plan.program import Program

Tally = tuple[npt.NDArray[Any], npt.NDArray[np.int64], int]
"""Values of one shard (codes, for coded families), how often each occurs, and how many of the
records have any value."""


class Reading(Protocol):
    """Answers programs about a view. Every implementation gives the same answers."""

    def counts(self, view: DatasetView, program: Program) -> list[int]:
        """One count per output of the program."""
        ...

    def members(self, view: DatasetView, program: Program) -> Members:
        """The records of a program of one output."""
        ...

    def tally(self, column: AnyColumn, words: Words) -> Tally:
        """How often each value of the column occurs among the offsets in ``words``."""
        ...

    def roaring(self, words: Words) -> bytes:
        """The offsets in ``words`` in the portable Roaring format."""
        ...


class PlainReading:
    """Bitmap by bitmap, shard by shard; loads no compiler."""

    def counts(self, view: DatasetView, program: Program) -> list[int]:
        """See ``Reading``."""
        return view.counts(program)

    def members(self, view: DatasetView, program: Program) -> Members:
        """See ``Reading``."""
        words = max(1, 1 << view.shard_bits >> 6)
        found = np.zeros((len(view.shards), words), np.uint64)
        for shard, bitmap in view.members(program).items():
            found[shard] = words_of_mask(mask_of(bitmap, words << 6), words)
        return Members(found, view.shard_bits)

    def tally(self, column: AnyColumn, words: Words) -> Tally:
        """See ``Reading``."""
        offsets = offsets_of_words(words)
        values, counts = column.tally(offsets)
        return values, counts, column.filled.intersection_cardinality(bitmap_of_words(words))

    def roaring(self, words: Words) -> bytes:
        """See ``Reading``."""
        data: bytes = bitmap_of_words(words).serialize()
        return data
