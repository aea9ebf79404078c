"""The order of the keys of states, where one key may come many times."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from indexer.dataset.keys import MISSING, KeyArray, Ordinals, fits, key_array, same
from indexer.model.ids import RecordKey
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range


class Keyed(Protocol):
    """Something that has a key for each of its places."""

    def __len__(self) -> int: ...

    @property
    def keys(self) -> KeyArray:
        """Key by place."""
        ...


@dataclass(frozen=True)
class StateOrder:
    """What ``indexer.dataset.order.KeyOrder`` is for live records, for states.

    The first question sorts all keys; most views of states are gone before anybody asks one.
    """

    type: FieldType
    shard_bits: int
    states: Keyed

    def __len__(self) -> int:
        return len(self.states)

    @property
    def places(self) -> int:
        """Places of the listing."""
        return len(self.states)

    @property
    def keys(self) -> KeyArray:
        """All keys, ascending."""
        return self.states.keys[self.ordinals]

    @cached_property
    def ordinals(self) -> Ordinals:
        """All states, by ascending key."""
        return np.argsort(self.states.keys, kind="stable")

    def between(self, start: int, stop: int) -> Ordinals:
        """The states at these places."""
        states: Ordinals = self.ordinals[start:stop]
        return states

    def after(self, key: RecordKey | None) -> int:
        """The first place of a key greater than ``key``, which fits; 0 for None."""
        return 0 if key is None else self._place(key, after=True)

    def find(self, keys: KeyArray) -> Ordinals:
        """A state of each key, MISSING where there is none."""
        if not len(self):
            return np.full(len(keys), MISSING, np.int64)
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self) - 1)
        return np.where(same(self._sorted[places], keys), self.ordinals[places], MISSING)

    def matching(self, lookup: Equals | OneOf | Range) -> Ordinals:
        """The states whose keys satisfy a lookup on ``_key``, in no order."""
        match lookup:
            case Equals(value=value):
                return self._of([value])
            case OneOf(values=values):
                return self._of(list(values))
            case Range():
                return self.between(*self._stretch(lookup))

    def offsets(self, lookup: Equals | OneOf | Range, shard: int) -> Ordinals:
        """The same in one chunk, as its offsets."""
        found = self.matching(lookup)
        offsets: Ordinals = found[found >> self.shard_bits == shard] & ((1 << self.shard_bits) - 1)
        return offsets

    def count(self, lookup: Equals | OneOf | Range) -> int:
        """How many states' keys satisfy the lookup."""
        return len(self.matching(lookup))

    @cached_property
    def _sorted(self) -> KeyArray:
        return self.keys

    def _of(self, values: list[Any]) -> Ordinals:
        fitting = {value for value in values if fits(value, self.type)}
        if self.type is not FieldType.INT and any("\0" in value for value in fitting):
            return self._of_odd(fitting)
        sought = np.sort(key_array(list(fitting), self.type))
        firsts = np.searchsorted(self._sorted, sought, "left")
        lasts = np.searchsorted(self._sorted, sought, "right")
        parts = [
            self.ordinals[first:last]
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
            if first < last
        ]
        found = np.concatenate(parts) if parts else np.array([], np.int64)
        if self.type is FieldType.INT or not len(found):
            return found
        # numpy compares texts up to a NUL.
        held = np.fromiter((key in fitting for key in self.states.keys[found].tolist()), np.bool_)
        kept: Ordinals = found[held]
        return kept

    def _of_odd(self, values: set[Any]) -> Ordinals:
        held = np.fromiter((key in values for key in self.states.keys.tolist()), np.bool_)
        return np.flatnonzero(held)

    def _stretch(self, lookup: Range) -> tuple[int, int]:
        kind = int if self.type is FieldType.INT else str
        if not all(type(end) is kind for end in (lookup.low, lookup.high) if end is not None):
            return 0, 0
        start, stop = 0, self.places
        if lookup.low is not None:
            start = self._place(lookup.low, after=lookup.low_open)
        if lookup.high is not None:
            stop = self._place(lookup.high, after=not lookup.high_open)
        return start, max(start, stop)

    def _place(self, key: Any, *, after: bool) -> int:
        if not fits(key, self.type):
            return 0 if key < 0 else self.places
        side: Any = "right" if after else "left"
        return int(np.searchsorted(self._sorted, key_array([key], self.type), side)[0])
