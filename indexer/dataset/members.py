"""Some live records of a view, as words: what every answer beyond a count starts from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import WORD_BITS, Mask, offsets_of_words


@dataclass(frozen=True)
class Members:
    """Row i of ``words`` has the offsets in shard i; bit b of word w is offset ``64 * w + b``."""

    words: npt.NDArray[np.uint64]
    shard_bits: int

    def __len__(self) -> int:
        return sum(self.of_shard(shard) for shard in range(len(self.words)))

    def of_shard(self, shard: int) -> int:
        """How many are in that shard."""
        return int(np.bitwise_count(self.words[shard]).sum(dtype=np.int64))

    def offsets(self, shard: int) -> Ordinals:
        """Those of one shard, ascending, as offsets."""
        return offsets_of_words(self.words[shard])

    def ordinals(self) -> Ordinals:
        """All of them, ascending. Cost: 8 bytes a member."""
        parts = [
            self.offsets(shard) + (shard << self.shard_bits) for shard in range(len(self.words))
        ]
        return np.concatenate(parts) if parts else np.array([], np.int64)

    def holds(self, ordinals: Ordinals) -> Mask:
        """Whether each of these ordinals is one of them."""
        offsets = ordinals & ((1 << self.shard_bits) - 1)
        word = self.words[ordinals >> self.shard_bits, offsets // WORD_BITS]
        bit = word >> (offsets % WORD_BITS).astype(np.uint64)
        held: Mask = (bit & np.uint64(1)).astype(np.bool_)
        return held
