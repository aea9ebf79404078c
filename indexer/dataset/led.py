"""Records by the one that a link of theirs leads to."""

from dataclasses import dataclass

import numpy as np

from indexer.dataset.asked import EVERYBODY
from indexer.dataset.given import Words
from indexer.dataset.marks import clear, mark, marked
from indexer.dataset.memory import Memory
from indexer.dataset.near import (
    Near,
    Where,
    changes_identity,
    link_of,
    living_identity,
    room_of,
    targets_identity,
)
from indexer.dataset.overlay import GONE
from indexer.model.schema import Link
from indexer.plan.related import Linked
from indexer.results import Identity


@dataclass(frozen=True)
class Led:
    """The live records whose link leads to a record of a program."""

    near: Near
    where: Where
    link: Link

    @classmethod
    def of(cls, near: Near, far: Near, lookup: Linked) -> "Led":
        """Raises: UnknownField, BadShape."""
        link = link_of(near.overlay, lookup.link, lookup.dataset)
        return cls(near, Where.of(far, lookup.where), link)

    def identity(self, memory: Memory) -> Identity:
        """What tells the answer apart from all others."""
        return memory.step((
            "led", targets_identity(self.near.overlay, self.link, memory),
            self.where.identity(memory),
            changes_identity(self.where.far.overlay, memory),
            living_identity(self.near.overlay, memory),
        ))  # fmt: skip

    def words(self) -> Words:
        """Who they are now, over all ordinals. Cost: a step a record."""
        overlay, far = self.near.overlay, self.where.far
        room, there = room_of(overlay), room_of(far.overlay)
        reached = self.where.now()
        words = np.zeros((room.shards, room.row), np.uint64)
        targets = [shard.targets[self.link.name] for shard in overlay.base.shards]
        self.near.reading.joins.led(targets, reached, there, words)
        if overlay.weight:
            current = np.flatnonzero(overlay.states != GONE)
            clear(words, overlay.ordinals, room.bits)
            if len(current):
                states = overlay.states[current]
                pointed = overlay.after.targets(self.link.name)[states]
                held = marked(reached, pointed, there.bits)
                mark(words, overlay.ordinals[current][held], room.bits)
        words &= self.near.words(EVERYBODY)
        return words
