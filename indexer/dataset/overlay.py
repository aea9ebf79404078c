"""What changed in a dataset since its view was made, beside that view, which stays as it is.

``before`` has the state of every record when it was replaced or removed, ``after`` the states
that took their place and those of new records. A count is what the base says, less what
``before`` says, plus what ``after`` says: a record that changed many times adds up. Which records
satisfy something is the base's answer without the records in ``ordinals``, and ``after``'s among
its current states.

So nothing that was made for the base is made anew for a change, and a change costs the same in a
small dataset as in a large one. Once there are many, the base is made anew with them
(``indexer.dataset.settling``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from indexer.dataset.keys import MISSING, KeyArray, Ordinals, SortedKeys, fits, key_array
from indexer.dataset.states import CHUNK_BITS, CHUNK_SIZE, Batch, States, inverse_of
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import WORD_BITS, words_of_mask
from indexer.model.errors import UnknownRecord
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Record
from indexer.model.schema import FieldType, Schema

GONE = -1
"""The state of a record that was removed."""
BASE = -2
"""The state of a record that is as the base has it."""


@dataclass(frozen=True)
class Overlay:
    """See the module. ``ordinals`` ascend; ``states`` has the current state of each, or GONE.

    ``created`` finds the live records that the base does not have; ``sizes`` and ``homes`` are of
    the base's shards and those that new records need.
    """

    base: DatasetView
    before: States
    after: States
    ordinals: Ordinals
    states: Ordinals
    created: SortedKeys
    sizes: tuple[int, ...]
    homes: tuple[int, ...]
    records: int
    next_key: int
    updated_at: datetime | None

    @classmethod
    def over(cls, base: DatasetView) -> Self:
        """No change yet."""
        none = States(base.schema, base.vocabularies)
        nobody = np.array([], np.int64)
        return cls(
            base=base,
            before=none,
            after=none,
            ordinals=nobody,
            states=nobody,
            created=SortedKeys(key_array([], base.schema.key_type or FieldType.INT), nobody),
            sizes=tuple(shard.size for shard in base.shards),
            homes=tuple(shard.home for shard in base.shards),
            records=base.records,
            next_key=base.next_key,
            updated_at=base.updated_at,
        )

    @property
    def schema(self) -> Schema:
        """The base's schema."""
        return self.base.schema

    @property
    def weight(self) -> int:
        """States held, which questions read beside the base."""
        return len(self.before) + len(self.after)

    @cached_property
    def current(self) -> npt.NDArray[np.uint64]:
        """Which states of ``after`` are some record's current ones: a row of words a chunk."""
        mask = np.zeros(len(self.after.chunks) << CHUNK_BITS, np.bool_)
        mask[self.states[self.states != GONE]] = True
        return words_of_mask(mask, len(mask) // WORD_BITS).reshape(-1, CHUNK_SIZE // WORD_BITS)

    @cached_property
    def replaced(self) -> Ordinals:
        """The base's records that are no longer as it has them, ascending."""
        return self.ordinals[~self.base.without_place(self.ordinals)]

    def states_of(self, ordinals: Ordinals) -> Ordinals:
        """The current state of each of these ordinals: a number, GONE or BASE."""
        if not len(self.ordinals):
            return np.full(len(ordinals), BASE, np.int64)
        places = np.minimum(np.searchsorted(self.ordinals, ordinals), len(self.ordinals) - 1)
        return np.where(self.ordinals[places] == ordinals, self.states[places], BASE)

    def find(self, keys: KeyArray) -> Ordinals:
        """The ordinal of each key, MISSING where there is no live record."""
        found = self.base.order.find(keys)
        found = np.where(self.states_of(found) == GONE, MISSING, found)
        if len(self.created.keys):
            found = np.where(found == MISSING, self.created.find(keys), found)
        return found

    def find_keys(self, keys: Sequence[RecordKey]) -> Ordinals:
        """The same for keys of any type, MISSING where no key can look like that."""
        ordinals = np.full(len(keys), MISSING, np.int64)
        type_ = self.base.order.type
        places = [place for place, key in enumerate(keys) if fits(key, type_)]
        ordinals[places] = self.find(key_array([keys[place] for place in places], type_))
        return ordinals

    def read(self, ordinals: Ordinals, fields: Sequence[FieldName]) -> list[Record]:
        """The live records at these ordinals, in that order, with these fields."""
        states = self.states_of(ordinals)
        kept = states == BASE
        old = iter(self.base.read(ordinals[kept], fields))
        new = iter(self.after.view.read(states[~kept], fields))
        return [next(old) if base else next(new) for base in kept.tolist()]

    def record(self, key: RecordKey) -> Record:
        """One record with all its fields. Raises: UnknownRecord."""
        ordinals = self.find_keys([key])
        if ordinals[0] == MISSING:
            raise UnknownRecord(f"dataset {self.schema.name!r} has no record of that key")
        (record,) = self.read(ordinals, self.schema.listed)
        return record

    def batch(self, ordinals: Ordinals) -> Batch:
        """The whole current states of these live records, of which there is one at least."""
        states = self.states_of(ordinals)
        parts: list[Batch] = []
        places = [np.flatnonzero(states != BASE)]
        if len(places[0]):
            parts.append(self.after.batch(states[places[0]]))
        kept = np.flatnonzero(states == BASE)
        for shard, mine in self.base.split(ordinals[kept]):
            place = kept[mine]
            offsets = self.base.offsets(ordinals[place])
            places.append(place)
            cells = {name: column.cells(offsets) for name, column in shard.columns.items()}
            targets = {name: held[offsets].astype(np.int64) for name, held in shard.targets.items()}
            parts.append(Batch(shard.keys.at(offsets), ordinals[place], cells, targets))
        return Batch.all_of(parts).pick(inverse_of(np.concatenate(places)))

    def homes_of(self, ordinals: Ordinals) -> Ordinals:
        """The home of the shard in which each of these lives."""
        homes: Ordinals = np.array(self.homes, np.int64)[ordinals >> self.base.shard_bits]
        return homes
