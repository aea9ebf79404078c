"""A dataset in the middle of a change: the one writer's working copy.

Shards are replaced, never mutated, so readers of the view it began from see nothing. ``view``
gives the changed dataset; a draft that is dropped leaves no trace but unused vocabulary entries.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from pyroaring import BitMap

from indexer.dataset.keys import MISSING, KeyArray, Ordinals, key_array, keys_of
from indexer.dataset.places import Room
from indexer.dataset.shard import NO_HOME, Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells, empty_column
from indexer.model.ids import FieldName, ShardId
from indexer.model.limits import IndexLimits
from indexer.model.schema import FieldType

FindTarget = Callable[[KeyArray], Ordinals]
"""The ordinal of the linked record for each value; MISSING where it dangles."""


class Draft:
    """Working copy of a view."""

    def __init__(self, view: DatasetView, limits: IndexLimits) -> None:
        self._view = view
        self._limits = limits
        self._shards = list(view.shards)
        self._order = view.order

    def view(self, *, now: datetime, next_key: int) -> DatasetView:
        """The dataset as drafted."""
        return replace(
            self._view,
            shards=tuple(self._shards),
            order=self._order,
            updated_at=now,
            next_key=next_key,
        )

    def add(self, keys: KeyArray, homes: Ordinals) -> Ordinals:
        """New records, null in every field, in shards of these homes; gives their ordinals.

        Raises: TooLarge when the dataset's ordinals run out.
        """
        sizes = [shard.size for shard in self._shards]
        held_by = [shard.home for shard in self._shards]
        room = Room(sizes, held_by, self._view.shard_bits, self._limits)
        ordinals = room.take(homes, self._view.schema.name)
        self._shards = with_places(
            self._view, self._shards, room.homes, keys, ordinals, self._limits
        )
        held = [shard.keys for shard in self._shards]
        self._order = self._order.added(held, keys, ordinals)
        return ordinals

    def set(self, field: FieldName, ordinals: Ordinals, cells: AnyCells) -> None:
        """These cells of one field for these distinct records."""
        for owner, places in self._split(ordinals):
            part = self._shards[owner].updated(
                field, self._view.offsets(ordinals[places]), cells.pick(places)
            )
            self._shards[owner] = part

    def differs(self, field: FieldName, ordinals: Ordinals, cells: AnyCells) -> Mask:
        """True where the cell is not what the record has."""
        other = np.zeros(len(ordinals), np.bool_)
        for owner, places in self._split(ordinals):
            column: Any = self._shards[owner].columns[field]
            offsets = self._view.offsets(ordinals[places])
            other[places] = column.differs(offsets, cells.pick(places))
        return other

    def compute(self, ordinals: Ordinals) -> None:
        """The formula fields of these distinct records, from what they have by now."""
        formulas = self._view.formulas
        for owner, places in self._split(ordinals) if formulas else ():
            shard, offsets = self._shards[owner], self._view.offsets(ordinals[places])
            cells = formulas.cells(
                _cells_at(shard, offsets), shard.keys.at(offsets), self._view.vocabularies
            )
            for name, part in cells.items():
                column: Any = shard.columns[name]
                other = np.flatnonzero(column.differs(offsets, part))
                if len(other):
                    picked: Any = part.pick(other)
                    self._shards[owner] = self._shards[owner].updated(name, offsets[other], picked)

    def point(self, link: str, ordinals: Ordinals, targets: Ordinals) -> None:
        """These link targets for these records."""
        for owner, places in self._split(ordinals):
            self._shards[owner] = self._shards[owner].pointed(
                link, self._view.offsets(ordinals[places]), targets[places]
            )

    def remove(self, keys: KeyArray, ordinals: Ordinals) -> None:
        """Without these records, which are there."""
        for owner, places in self._split(ordinals):
            self._shards[owner] = self._shards[owner].removed(self._view.offsets(ordinals[places]))
        self._order = self._order.removed(keys, ordinals)

    def move(self, ordinals: Ordinals, homes: Ordinals) -> None:
        """Give these records new ordinals in shards of these homes; all else stays."""
        for owner, places in self._split(ordinals):
            shard, offsets = self._shards[owner], self._view.offsets(ordinals[places])
            keys = shard.keys.at(offsets)
            cells = {name: column.cells(offsets) for name, column in shard.columns.items()}
            targets = {name: held[offsets] for name, held in shard.targets.items()}
            self.remove(keys, ordinals[places])
            moved = self.add(keys, homes[places])
            for name, part in cells.items():
                self.set(name, moved, part)
            for link, held in targets.items():
                self.point(link, moved, held)

    def homes(self, ordinals: Ordinals) -> Ordinals:
        """The home of the shard in which each record lives."""
        homes = np.array([shard.home for shard in self._shards], np.int64)
        found: Ordinals = homes[ordinals >> self._view.shard_bits]
        return found

    def _split(self, ordinals: Ordinals) -> list[tuple[int, Ordinals]]:
        owners = ordinals >> self._view.shard_bits
        held = np.flatnonzero(np.bincount(owners)).tolist()
        return [(owner, np.flatnonzero(owners == owner)) for owner in held]


def _cells_at(shard: Shard, offsets: Ordinals) -> Callable[[FieldName], AnyCells]:
    def cells(name: FieldName) -> AnyCells:
        column: Any = shard.columns[name]
        found: AnyCells = column.cells(offsets)
        return found

    return cells


def with_places(
    view: DatasetView,
    shards: Sequence[Shard],
    homes: Sequence[int],
    keys: KeyArray,
    ordinals: Ordinals,
    limits: IndexLimits,
) -> list[Shard]:
    """The shards, and new ones of these homes, with a place for each of these new records.

    They are null in every field; ordinals of one shard ascend and follow those that it has.
    """
    extended = list(shards)
    owners = ordinals >> view.shard_bits
    for owner, home in enumerate(homes):
        if owner == len(extended):
            extended.append(_empty_shard(view, owner, home, limits))
        mine = owners == owner
        if mine.any():
            extended[owner] = extended[owner].extended(keys[mine])
    return extended


def _empty_shard(view: DatasetView, number: int, home: int, limits: IndexLimits) -> Shard:
    columns = {
        field.name: empty_column(
            field, view.vocabularies[field.name], bitmaps_max=limits.bitmaps_per_field_max
        )
        for field in view.schema.columns
    }
    return Shard(
        id=ShardId(number),
        home=home,
        live=BitMap(),
        keys=keys_of(key_array([], view.schema.key_type or FieldType.INT)),
        columns=columns,
        targets={link.name: np.array([], np.int32) for link in view.schema.links},
    )


def homes_of(targets: Ordinals, shard_bits: int) -> Ordinals:
    """The shard of each target; NO_HOME for MISSING."""
    return np.where(targets == MISSING, NO_HOME, targets >> shard_bits)
