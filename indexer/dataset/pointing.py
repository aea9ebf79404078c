"""Some records of a dataset and where a link of theirs leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from indexer.dataset.given import Words
from indexer.dataset.marks import marked
from indexer.dataset.shard import NO_HOME, Targets
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import offsets_of_words, words_of_mask
from indexer.encoding.column import Array

Counts = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Room:
    """The ordinals of a dataset that is pointed to: so many shards of 2^bits places."""

    shards: int
    bits: int

    @property
    def places(self) -> int:
        """All ordinals there are or could be in these shards."""
        return self.shards << self.bits

    @property
    def row(self) -> int:
        """Words of one shard."""
        return max(1, 1 << self.bits >> 6)


@dataclass(frozen=True)
class Pointing:
    """Records, a row of words a shard, and for each shard by offset the ordinals pointed to."""

    words: Words
    targets: Sequence[Targets]
    homes: Sequence[int]

    @classmethod
    def of(cls, view: DatasetView, words: Words, link: str) -> "Pointing":
        """These records of a view, by one of its links."""
        shards = view.shards
        return cls(
            words, [shard.targets[link] for shard in shards], [shard.home for shard in shards]
        )

    def ordinals(self) -> npt.NDArray[np.int64]:
        """Where each of the records points to, MISSING included, in the order of the records."""
        parts = [
            targets[offsets_of_words(row)].astype(np.int64)
            for row, targets in zip(self.words, self.targets, strict=True)
        ]
        return np.concatenate(parts) if parts else np.array([], np.int64)

    def beside(self, shards: int) -> list[list[int]] | None:
        """For each shard pointed to, the shards that live beside it; None if none does."""
        found: list[list[int]] = [[] for _ in range(shards)]
        for shard, home in enumerate(self.homes):
            if home != NO_HOME and home < shards:
                found[home].append(shard)
        return found if any(found) else None


class Joins(Protocol):
    """Works out who is pointed to. Every implementation gives the same answers."""

    def tally(self, pointing: Pointing, room: Room) -> Counts:
        """How many of the records point to each ordinal, in as few bytes as hold the counts."""
        ...

    def tallied(self, pointing: Pointing, room: Room, low: int, high: int | None) -> Words:
        """The ordinals to which ``low`` to ``high`` of them point; nobody else has this array."""
        ...

    def between(self, counts: Counts, room: Room, low: int, high: int | None) -> Words:
        """The same from counts: a row of words a shard."""
        ...

    def led(self, targets: Sequence[Targets], far: Words, room: Room, words: Words) -> None:
        """Put into each shard's row of ``words`` the offsets whose target is in ``far``."""
        ...

    def shared(self, work: Callable[[int, int], None], parts: int, steps: int) -> None:
        """Have ``work(first, last)`` done for all parts, in two threads if the steps are many."""
        ...


class PlainJoins:
    """See ``Joins``; array by array, loads no compiler."""

    def tally(self, pointing: Pointing, room: Room) -> Counts:
        """See ``Joins``."""
        targets = pointing.ordinals()
        known = targets[(targets >= 0) & (targets < room.places)]
        return narrowed(np.bincount(known, minlength=room.places))

    def tallied(self, pointing: Pointing, room: Room, low: int, high: int | None) -> Words:
        """See ``Joins``."""
        return self.between(self.tally(pointing, room), room, low, high)

    def between(self, counts: Counts, room: Room, low: int, high: int | None) -> Words:
        """See ``Joins``."""
        held = counts >= low
        if high is not None:
            held &= counts <= high
        rows = held.reshape(room.shards, 1 << room.bits)
        words = np.zeros((room.shards, room.row), np.uint64)
        for shard, mask in enumerate(rows):
            words[shard] = words_of_mask(mask, room.row)
        return words

    def led(self, targets: Sequence[Targets], far: Words, room: Room, words: Words) -> None:
        """See ``Joins``."""
        for shard, part in enumerate(targets):
            held = marked(far, part.astype(np.int64), room.bits)
            words[shard] = words_of_mask(held, words.shape[1])

    def shared(self, work: Callable[[int, int], None], parts: int, steps: int) -> None:
        """See ``Joins``."""
        del steps
        work(0, parts)


def narrowed(counts: Array) -> Counts:
    """The counts in as few bytes as hold them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
