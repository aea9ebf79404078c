"""A dataset among the others of one moment, and some of its records told by a program."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from indexer.dataset.asked import EVERYBODY, Asked
from indexer.dataset.given import Found, Givens, Words
from indexer.dataset.keys import Ordinals
from indexer.dataset.memory import Memory
from indexer.dataset.overlay import Overlay
from indexer.dataset.parts import Parts
from indexer.dataset.pointing import Pointing, Room
from indexer.dataset.reading import Reading
from indexer.dataset.shard import NO_HOME
from indexer.dataset.states import States
from indexer.encoding.bits import Mask, words_of_mask
from indexer.model.errors import BadShape, UnknownField
from indexer.model.ids import DatasetName
from indexer.model.schema import Link
from indexer.plan.program import Program, from_bytes
from indexer.plan.related import Beside
from indexer.results import Identity


class Near(Protocol):
    """A dataset as it is now, and the way to the others of that moment."""

    @property
    def overlay(self) -> Overlay:
        """The dataset."""
        ...

    @property
    def reading(self) -> Reading:
        """How its base is read."""
        ...

    @property
    def beside(self) -> Reading:
        """How what changed is read."""
        ...

    @property
    def hops(self) -> int:
        """How many links were followed to get here."""
        ...

    def neighbour(self, name: DatasetName) -> "Near":
        """Another dataset, a link further. Raises: UnknownDataset."""
        ...

    def asked(self, program: Program) -> Asked:
        """The program with its lookups about other datasets answered."""
        ...

    def words(self, program: Program) -> Words:
        """The records of a program of one output: a row of words a shard."""
        ...

    def parts_of(self, asked: Asked) -> Parts:
        """The same records in the views in which they stand."""
        ...

    def words_of(self, asked: Asked) -> Words:
        """The same of one whose lookups about other datasets are answered."""
        ...

    def found(self, lookup: Beside) -> tuple[int, Found]:
        """The token and the records of a lookup about another dataset."""
        ...


@dataclass(frozen=True)
class Where:
    """Some records of the far dataset: a program of one output over it."""

    far: Near
    asked: Asked

    @classmethod
    def of(cls, far: Near, where: bytes) -> "Where":
        """What these bytes say. Raises: UnknownField, BadShape."""
        try:
            program = from_bytes(where)
        except ValueError:
            raise BadShape("the `where` of a lookup is no program") from None
        if len(program.outputs) != 1:
            raise BadShape("the `where` of a lookup has one output")
        return cls(far, far.asked(program))

    def identity(self, memory: Memory) -> Identity:
        """Of these records among the base's."""
        return memory.program(self.far.overlay.base, self.asked.program)

    def in_base(self) -> Words:
        """Those the base has, replaced ones too."""
        asked = self.asked
        return self.far.reading.members(self.far.overlay.base, asked.program, asked.over_base).words

    def now(self) -> Words:
        """All of them, over all ordinals of their dataset."""
        return self.far.words_of(self.asked)

    def parts(self) -> Parts:
        """All of them, in the views in which they stand."""
        return self.far.parts_of(self.asked)

    def before(self, link: str) -> Ordinals:
        """Where those among the states before point to."""
        return self._pointed(self.far.overlay.before, link, self.asked.over_before)

    def after(self, link: str) -> Ordinals:
        """Where those among the states after point to."""
        return self._pointed(self.far.overlay.after, link, self.asked.over_after)

    def _pointed(self, states: States, link: str, given: Givens) -> Ordinals:
        if not len(states):
            return np.array([], np.int64)
        members = self.far.beside.members(states.view, self.asked.program, given)
        return Pointing.of(states.view, members.words, link).ordinals()

    def pointing(self, link: Link) -> Pointing:
        """Those the base has, and where they point to."""
        base = self.far.overlay.base
        found = Pointing.of(base, self.in_base(), link.name)
        if link == base.schema.links[0]:
            return found
        # Others than the first one do not decide beside whom records live.
        return replace(found, homes=[NO_HOME] * len(base.shards))


def link_of(overlay: Overlay, name: str, to: DatasetName) -> Link:
    """The link of that name, which leads to that dataset. Raises: UnknownField."""
    for link in overlay.schema.links:
        if link.name == name and link.to == to:
            return link
    raise UnknownField(f"dataset {overlay.schema.name!r} has no link {name!r} to {to!r}")


def room_of(overlay: Overlay) -> Room:
    """The ordinals that the dataset has now."""
    return Room(len(overlay.sizes), overlay.base.shard_bits)


def pointing_identity(where: Where, link: Link, memory: Memory) -> Identity:
    """What tells apart which of the base's records point to whom."""
    targets = targets_identity(where.far.overlay, link, memory)
    return memory.step(("pointing", targets, where.identity(memory)))


def targets_identity(overlay: Overlay, link: Link, memory: Memory) -> Identity:
    """What tells apart whom the base's records point to."""
    targets = tuple(shard.targets[link.name] for shard in overlay.base.shards)
    return memory.version((overlay.schema.name, "targets", link.name), targets)


def changes_identity(overlay: Overlay, memory: Memory) -> Identity:
    """What tells the changes over the base apart from others over it."""
    if not overlay.weight:
        return 0
    return memory.version((overlay.schema.name, "changes"), (overlay,))


def living_identity(overlay: Overlay, memory: Memory) -> Identity:
    """What tells apart which records are alive, and where those that changed stand."""
    live = tuple(shard.live for shard in overlay.base.shards)
    name = overlay.schema.name, "living"
    return memory.step((name, memory.version(name, live), changes_identity(overlay, memory)))


def living(near: Near, room: Room, held: Callable[[int], Mask], *, steps: int) -> Words:
    """The live records whose places ``held`` tells, asked for each shard.

    Two threads ask if the ``steps`` are many.
    """
    words = np.zeros((room.shards, room.row), np.uint64)

    def work(first: int, last: int) -> None:
        for shard in range(first, last):
            words[shard] = words_of_mask(held(shard), room.row)

    near.reading.joins.shared(work, room.shards, steps)
    words &= near.words(EVERYBODY)
    return words
