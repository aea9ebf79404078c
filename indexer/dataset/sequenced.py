"""Records by what those that point to them did, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.dataset.chains import followed, unfollowed
from indexer.dataset.chosen import Chosen
from indexer.dataset.deadlines import MONTHS_MAX, Instants, beginnings
from indexer.dataset.folded import time_field
from indexer.dataset.given import Words
from indexer.dataset.keys import Ordinals
from indexer.dataset.memory import Memory
from indexer.dataset.near import (
    Near,
    Where,
    changes_identity,
    link_of,
    living,
    living_identity,
    pointing_identity,
    room_of,
)
from indexer.encoding.bits import Mask
from indexer.intake.zones import LocalTime
from indexer.kernels.chains import STEPS_MAX
from indexer.model.errors import BadFile, BadShape
from indexer.model.schema import Field, FieldType, Link
from indexer.plan.related import Followed, Within
from indexer.results import Identity

UTC = "UTC"
MICROS_MAX = 2**62
"""Longer than any window: the instants that fields hold lie closer."""


@dataclass(frozen=True)
class Sequenced:
    """The live records with a chain of records of these programs, each later than the last."""

    near: Near
    wheres: tuple[Where, ...]
    windows: tuple[Within | None, ...]
    link: Link
    time: Field
    absent: bool

    @classmethod
    def of(cls, near: Near, far: Near, lookup: Followed) -> "Sequenced":
        """Raises: UnknownField, BadShape."""
        link = link_of(far.overlay, lookup.link, near.overlay.schema.name)
        time = time_field(far, lookup.order_by)
        steps = lookup.steps
        if not (2 if lookup.absent else 1) <= len(steps) <= STEPS_MAX:
            raise BadShape(f"a chain has at most {STEPS_MAX} steps, and one before an absent one")
        for step in steps:
            _check(step.within)
        wheres = tuple(Where.of(far, step.where) for step in steps)
        return cls(near, wheres, tuple(step.within for step in steps), link, time, lookup.absent)

    def identity(self, memory: Memory) -> Identity:
        """What tells the answer apart from all others."""
        far = self.wheres[0].far.overlay
        return memory.step((
            "sequenced", self.windows, self.absent, memory.field(far.base, self.time.name),
            *(pointing_identity(where, self.link, memory) for where in self.wheres),
            changes_identity(far, memory),
            living_identity(self.near.overlay, memory),
        ))  # fmt: skip

    def words(self) -> Words:
        """Who they are now, over all ordinals. Cost: a sort of the records of all steps."""
        room = room_of(self.near.overlay)
        chosen = [Chosen.by_home(where, self.link.name, room) for where in self.wheres]
        find = unfollowed if self.absent else followed

        def held(shard: int) -> Mask:
            owners, times, steps = self._records([each[shard] for each in chosen])
            return find(owners, times, steps, self.windows, 1 << room.bits)

        records = sum(len(part.owners) for each in chosen for part in each)
        return living(self.near, room, held, steps=max(records, room.places))

    def _records(
        self, chosen: Sequence[Chosen]
    ) -> tuple[Ordinals, Instants, npt.NDArray[np.uint8]]:
        """Whom the records of each step point to, when they were, and the step's bit.

        One of two steps comes twice: it is not later than itself, so never both of a chain.
        """
        owners, times, steps = [_NO_INSTANTS], [_NO_INSTANTS], [np.array([], np.uint8)]
        for step, mine in enumerate(chosen):
            cells, _ = mine.cells(self.time.name)
            owners.append(mine.owners[cells.filled])
            times.append(cells.numbers[cells.filled])
            steps.append(np.full(len(owners[-1]), 1 << step, np.uint8))
        found = np.concatenate(times)
        if self.time.type is FieldType.DATE:
            found = beginnings(found, self._zone())
        return np.concatenate(owners), found, np.concatenate(steps)

    def _zone(self) -> str:
        """Where the days of a date field begin: as a window says, else as the dataset does."""
        home = self.wheres[0].far.overlay.schema.time_zone
        return next((each.zone for each in self.windows if each and each.zone), home)


def _check(within: Within | None) -> None:
    if within is None:
        return
    if not 0 <= within.micros <= MICROS_MAX or not 0 <= within.months <= MONTHS_MAX:
        raise BadShape("a window reaches some time ahead")
    try:
        LocalTime(within.zone or UTC)
    except BadFile:
        raise BadShape("the zone of a window is not known") from None


_NO_INSTANTS = np.array([], np.int64)
