"""Which ordinals changed, and which are still to be had."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.dataset.keys import Ordinals
from indexer.model.errors import TooLarge
from indexer.model.limits import IndexLimits


@dataclass(frozen=True)
class Places:
    """Ordinals, ascending, and a state for each."""

    ordinals: Ordinals
    states: Ordinals

    def put(self, ordinals: Ordinals, states: Ordinals) -> "Places":
        """With these states for these distinct ordinals. Cost: one pass over all."""
        if not len(ordinals):
            return self
        order = np.argsort(ordinals)
        ordinals, states = ordinals[order], states[order]
        places = np.searchsorted(self.ordinals, ordinals)
        known = np.zeros(len(ordinals), np.bool_)
        within = places < len(self.ordinals)
        known[within] = self.ordinals[places[within]] == ordinals[within]
        held = self.states.copy()
        held[places[known]] = states[known]
        fresh = ~known
        return Places(
            np.insert(self.ordinals, places[fresh], ordinals[fresh]),
            np.insert(held, places[fresh], states[fresh]),
        )


class Room:
    """Hands out ordinals in shards of the homes asked for, opening shards as they are needed.

    ``sizes`` and ``homes`` are those of the shards, after what was handed out.
    """

    def __init__(
        self, sizes: Sequence[int], homes: Sequence[int], shard_bits: int, limits: IndexLimits
    ) -> None:
        self.sizes = list(sizes)
        self.homes = list(homes)
        self._bits = shard_bits
        self._limits = limits

    def take(self, homes: Ordinals, dataset: str) -> Ordinals:
        """An ordinal in a shard of each of these homes. Raises: TooLarge when none are left."""
        ordinals = np.empty(len(homes), np.int64)
        for home in np.unique(homes).tolist():
            places = np.flatnonzero(homes == home)
            while len(places):
                shard = self._open(home, dataset)
                taken = places[: (1 << self._bits) - self.sizes[shard]]
                places = places[len(taken) :]
                start = (shard << self._bits) + self.sizes[shard]
                ordinals[taken] = np.arange(start, start + len(taken))
                self.sizes[shard] += len(taken)
        return ordinals

    def _open(self, home: int, dataset: str) -> int:
        """The last shard of this home while it has room, else a new one."""
        for shard in range(len(self.homes) - 1, -1, -1):
            if self.homes[shard] == home:
                if self.sizes[shard] < 1 << self._bits:
                    return shard
                break
        if (len(self.homes) + 1) << self._bits > self._limits.ordinals_max + 1:
            raise TooLarge(
                f"dataset {dataset!r} is full: it has used all {self._limits.ordinals_max:,} "
                "ordinals"
            )
        self.homes.append(home)
        self.sizes.append(0)
        return len(self.homes) - 1
