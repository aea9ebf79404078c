"""Records by how many others point to them."""

from dataclasses import dataclass

import numpy as np

from indexer.dataset.asked import EVERYBODY
from indexer.dataset.given import Words
from indexer.dataset.keys import Ordinals
from indexer.dataset.marks import clear, mark
from indexer.dataset.memory import Memory
from indexer.dataset.near import (
    Near,
    Where,
    changes_identity,
    link_of,
    living_identity,
    pointing_identity,
    room_of,
)
from indexer.dataset.pointing import Counts
from indexer.encoding.bits import Mask
from indexer.model.schema import Link
from indexer.plan.related import Related, Tally
from indexer.results import Identity


@dataclass(frozen=True)
class Counted:
    """The live records to which ``low`` to ``high`` of the records of a program point."""

    near: Near
    where: Where
    link: Link
    low: int
    high: int | None

    @classmethod
    def of(cls, near: Near, far: Near, lookup: Related) -> "Counted":
        """Raises: UnknownField, BadShape."""
        link = link_of(far.overlay, lookup.link, near.overlay.schema.name)
        assert isinstance(lookup.measure, Tally), lookup.measure
        return cls(near, Where.of(far, lookup.where), link, lookup.measure.low, lookup.measure.high)

    def identity(self, memory: Memory) -> Identity:
        """What tells the answer apart from all others."""
        return memory.step((
            "counted", max(0, self.low), self.high,
            self._counts_identity(memory),
            changes_identity(self.where.far.overlay, memory),
            living_identity(self.near.overlay, memory),
        ))  # fmt: skip

    def words(self) -> Words:
        """Who they are now, over all ordinals. Cost: a step a record that points, at most."""
        room = room_of(self.near.overlay)
        if self.high is not None and self.high < max(0, self.low):
            return np.zeros((room.shards, room.row), np.uint64)
        if self.low > 0:
            words = self._pointed_to(self.low, self.high)
            return words & self._living() if self._has_dead() else words
        if self.high is None:
            return self._living()
        return self._living() & ~self._pointed_to(self.high + 1, None)

    def numbers(self) -> Ordinals:
        """How many of the records point to each ordinal; nobody else has this array."""
        counts = self._counts(needed=True)
        assert counts is not None, "they are needed"
        numbers = counts.astype(np.int64)
        ordinals, more = self._changed()
        numbers[ordinals] += more
        return numbers

    def _pointed_to(self, low: int, high: int | None) -> Words:
        """The same for at least one, the dead among them. Nobody else has this array."""
        room, joins = room_of(self.near.overlay), self.near.reading.joins
        ordinals, more = self._changed()
        counts = self._counts(needed=bool(len(ordinals)))
        if counts is None:
            return joins.tallied(self.where.pointing(self.link), room, low, high)
        words = joins.between(counts, room, low, high)
        now = counts[ordinals] + more
        held: Mask = now >= low
        if high is not None:
            held &= now <= high
        clear(words, ordinals[~held], room.bits)
        mark(words, ordinals[held], room.bits)
        return words

    def _counts(self, *, needed: bool) -> Counts | None:
        """How many of the base's records point to each; None if nobody needs to know."""
        memory = self.near.reading.memory
        identity = self._counts_identity(memory) if memory is not None else 0
        if memory is not None:
            known: Counts | None = memory.aggregate(identity)
            if known is not None:
                return known
        worth = memory is not None and memory.is_worth_keeping(identity)
        if not needed and not worth:
            return None
        counts = self.near.reading.joins.tally(
            self.where.pointing(self.link), room_of(self.near.overlay)
        )
        if memory is not None and worth:
            memory.keep_aggregate(identity, counts, counts.nbytes)
        return counts

    def _counts_identity(self, memory: Memory) -> Identity:
        pointing = pointing_identity(self.where, self.link, memory)
        return memory.step(("counts", pointing, room_of(self.near.overlay)))

    def _changed(self) -> tuple[Ordinals, Ordinals]:
        """Who is pointed to by others than the base says: ordinals, and how many more do."""
        before, after = self.where.before(self.link.name), self.where.after(self.link.name)
        if not len(before) and not len(after):
            return before, before
        pointed = np.concatenate((before, after))
        more = np.ones(len(pointed), np.int64)
        more[: len(before)] = -1
        ordinals, places = np.unique(pointed, return_inverse=True)
        sums = np.zeros(len(ordinals), np.int64)
        np.add.at(sums, places, more)
        known = (ordinals >= 0) & (sums != 0)
        return ordinals[known], sums[known]

    def _living(self) -> Words:
        return self.near.words(EVERYBODY)

    def _has_dead(self) -> bool:
        overlay = self.near.overlay
        return bool(overlay.weight) or overlay.records != sum(overlay.sizes)
