"""Reading with kernels over words."""

import numpy as np

from indexer.dataset import fused
from indexer.dataset.members import Members
from indexer.dataset.reading import PlainReading, Tally
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words
from indexer.encoding.cells import AnyColumn
from indexer.hot import HotForms
from indexer.plan.program import Program


class FusedReading:
    """See ``indexer.dataset.reading.Reading``; forms come from a budgeted store."""

    def __init__(self, hot: HotForms) -> None:
        self._hot = hot
        self._plain = PlainReading()

    def counts(self, view: DatasetView, program: Program) -> list[int]:
        """See ``Reading``."""
        return fused.counts(view, program, self._hot)

    def members(self, view: DatasetView, program: Program) -> Members:
        """See ``Reading``."""
        words = fused.members(view, program, self._hot)
        return Members(np.ascontiguousarray(words), view.shard_bits)

    def tally(self, column: AnyColumn, words: Words) -> Tally:
        """See ``Reading``."""
        return self._plain.tally(column, words)

    def roaring(self, words: Words) -> bytes:
        """See ``Reading``."""
        return self._plain.roaring(words)
