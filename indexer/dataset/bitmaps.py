"""A program's records as bitmaps that travel: portable Roaring bytes, shard by shard."""

import numpy as np

from indexer.dataset.present import Present
from indexer.model.ids import SequenceNo
from indexer.model.record import ShardBitmaps
from indexer.plan.program import Program


def shard_bitmaps(present: Present, program: Program, as_of: SequenceNo) -> ShardBitmaps:
    """The records of a program of one output."""
    words, bits = present.words(program), present.overlay.base.shard_bits
    sizes = np.bitwise_count(words).sum(1, dtype=np.int64).tolist()
    parts = tuple(
        (shard << bits, present.reading.roaring(words[shard]))
        for shard, size in enumerate(sizes)
        if size
    )
    return ShardBitmaps(as_of, sum(sizes), parts)
