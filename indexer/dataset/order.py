"""Record key ↔ ordinal: the order of the keys, without a second copy of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.dataset.keys import (
    MISSING,
    KeyArray,
    Keys,
    Ordinals,
    fits,
    key_array,
    same,
)
from indexer.encoding.bits import Mask, bitmap_of, mask_of, offsets_of
from indexer.model.ids import RecordKey
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range

BULK_SHARE = 32
"""To find one key in so many or more, all keys are laid out in order first."""
SINGLES_MAX = 8
"""So few keys are found one by one."""
MARK_EVERY = 256
"""A key in so many is kept at hand to begin searches with."""
FEW = 1_024
"""So many ordinals are looked up among the dead one by one."""


@dataclass(frozen=True)
class KeyOrder:
    """The live records in the order of their keys, which stay where they are, in the shards.

    While keys ascend with the ordinals, nothing is kept but which ordinals have died. Else
    ``ranked`` lists the live ordinals by ascending key. A *place* is one in either listing; in
    the first one, the dead have places too.
    """

    type: FieldType
    shard_bits: int
    shards: tuple[Keys, ...] = ()
    ranked: npt.NDArray[np.uint32] | None = None
    gone: BitMap = field(default_factory=BitMap)

    @classmethod
    def of(
        cls, type_: FieldType, shard_bits: int, shards: Sequence[Keys], live: Sequence[BitMap]
    ) -> Self:
        """The order of the live records of these shards. Cost: one sort unless keys ascend."""
        dead = [
            offsets_of(BitMap(range(len(keys))) - alive) + (shard << shard_bits)
            for shard, (keys, alive) in enumerate(zip(shards, live, strict=True))
        ]
        gone = bitmap_of(np.concatenate(dead)) if dead else BitMap()
        return cls(type_, shard_bits, tuple(shards), None, gone).checked()

    def __len__(self) -> int:
        return self.places - len(self.gone)

    @property
    def places(self) -> int:
        """Places of the listing."""
        return self._starts[-1] if self.ranked is None else len(self.ranked)

    @property
    def keys(self) -> KeyArray:
        """All keys, ascending. Cost: a pass: for cold paths."""
        return self._keys_at(self.ordinals)

    @property
    def ordinals(self) -> Ordinals:
        """All ordinals, by ascending key. Cost: a pass: for cold paths."""
        return self._living(self.between(0, self.places))

    def between(self, start: int, stop: int) -> Ordinals:
        """The ordinals of these places; a dead record may be among them."""
        if self.ranked is not None:
            return self.ranked[start:stop].astype(np.int64)
        parts = [
            np.arange(max(0, start - first), min(len(keys), stop - first))
            + (shard << self.shard_bits)
            for shard, (keys, first) in enumerate(zip(self.shards, self._starts, strict=False))
            if start < first + len(keys) and first < stop
        ]
        return np.concatenate(parts) if parts else np.array([], np.int64)

    def find(self, keys: KeyArray) -> Ordinals:
        """The ordinal of each key, MISSING where there is no such record."""
        if not self.places:
            return np.full(len(keys), MISSING, np.int64)
        places = np.minimum(self._ranks(keys), self.places - 1)
        ordinals = self._ordinals_of(places)
        held = same(self._keys_at(ordinals), keys) & ~self._dead(ordinals)
        return np.where(held, ordinals, MISSING)

    def checked(self) -> Self:
        """As it is if keys ascend with the ordinals, else with ``ranked``."""
        filled = [keys for keys in self.shards if len(keys)]
        if all(keys.ascends for keys in filled):
            firsts = self._filled[1]
            lasts = [keys.at(np.array([len(keys) - 1]))[0] for keys in filled]
            if bool((key_array(lasts[:-1], self.type) < firsts[1:]).all()):
                return self
        ordinals = self.ordinals
        order = np.argsort(self._keys_at(ordinals), kind="stable")
        return replace(self, ranked=ordinals[order].astype(np.uint32), gone=BitMap())

    def added(self, shards: Sequence[Keys], keys: KeyArray, ordinals: Ordinals) -> Self:
        """With more records, whose keys these shards have; none may be there yet or come twice."""
        grown = replace(self, shards=tuple(shards))
        if self.ranked is None:
            return grown.checked()
        order = np.argsort(keys, kind="stable")
        ranks = self._ranks(keys[order])
        ranked = np.insert(self.ranked, ranks, ordinals[order].astype(np.uint32))
        return replace(grown, ranked=ranked)

    def removed(self, keys: KeyArray, ordinals: Ordinals) -> Self:
        """Without these records, all of which are there."""
        if self.ranked is None:
            return replace(self, gone=self.gone | bitmap_of(ordinals))
        return replace(self, ranked=np.delete(self.ranked, self._ranks(keys)))

    def after(self, key: RecordKey | None) -> int:
        """The first place of a key greater than ``key``, which fits; 0 for None."""
        return 0 if key is None else self._place(key, after=True)

    def matching(self, lookup: Equals | OneOf | Range) -> Ordinals:
        """Ordinals of the records whose keys satisfy a lookup on ``_key``, in no order."""
        match lookup:
            case Equals(value=value):
                return self._known([value])
            case OneOf(values=values):
                return self._known(list(values))
            case Range():
                return self._living(self.between(*self._stretch(lookup)))

    def offsets(self, lookup: Equals | OneOf | Range, shard: int) -> Ordinals:
        """The same in one shard, as its offsets."""
        if isinstance(lookup, Range) and self.ranked is None:
            start, stop = self._stretch(lookup)
            first, end = self._starts[shard], self._starts[shard + 1]
            ordinals = self._living(self.between(max(start, first), min(stop, end)))
        else:
            ordinals = self.matching(lookup)
            ordinals = ordinals[ordinals >> self.shard_bits == shard]
        return ordinals & ((1 << self.shard_bits) - 1)

    def count(self, lookup: Equals | OneOf | Range) -> int:
        """How many records' keys satisfy the lookup."""
        if not isinstance(lookup, Range):
            return len(self.matching(lookup))
        start, stop = self._stretch(lookup)
        if not self.gone:
            return max(0, stop - start)
        return len(self.matching(lookup))

    @cached_property
    def _starts(self) -> list[int]:
        """While keys ascend: the place of each shard's first record, and how many there are."""
        return [0, *np.cumsum([len(keys) for keys in self.shards], dtype=np.int64).tolist()]

    @cached_property
    def _filled(self) -> tuple[npt.NDArray[np.int64], KeyArray]:
        """The shards that have records, and the first key of each."""
        shards = [shard for shard, keys in enumerate(self.shards) if len(keys)]
        firsts = [self.shards[shard].at(np.zeros(1, np.int64))[0] for shard in shards]
        return np.array(shards, np.int64), key_array(firsts, self.type)

    def _living(self, ordinals: Ordinals) -> Ordinals:
        return ordinals[~self._dead(ordinals)] if self.gone else ordinals

    def _dead(self, ordinals: Ordinals) -> Mask:
        if not self.gone:
            return np.zeros(len(ordinals), np.bool_)
        if len(ordinals) < FEW:
            dead = (ordinal in self.gone for ordinal in ordinals.tolist())
            return np.fromiter(dead, np.bool_, len(ordinals))
        return mask_of(self.gone, len(self.shards) << self.shard_bits)[ordinals]

    def _known(self, values: list[Any]) -> Ordinals:
        fitting = [value for value in values if fits(value, self.type)]
        found = self.find(key_array(fitting, self.type))
        known: Ordinals = found[found != MISSING]
        return known

    def _stretch(self, lookup: Range) -> tuple[int, int]:
        """The places of the keys in a range, from the first to before the last."""
        # While no record has decided the type of the keys, both types are asked for.
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
            # Beyond 64 bits a bound is beyond every key.
            return 0 if key < 0 else self.places
        return int(self._ranks(key_array([key], self.type), after=after)[0])

    def _ranks(self, sought: KeyArray, *, after: bool = False) -> Ordinals:
        """How many places hold a key less than each of these; or equal to it, if ``after``."""
        if self.ranked is None:
            return self._ranks_ascending(sought, after=after)
        if len(sought) * BULK_SHARE > len(self.ranked):
            keys = self._keys_at(self.ranked.astype(np.int64))
            return np.searchsorted(keys, sought, "right" if after else "left")
        if len(sought) > SINGLES_MAX and not _has_nul(sought):
            return self._ranks_by_halves(sought, after=after)
        bisect = bisect_right if after else bisect_left
        mask, bits, shards = (1 << self.shard_bits) - 1, self.shard_bits, self.shards

        def key_of(ordinal: Any) -> Any:
            place = int(ordinal)
            return shards[place >> bits].at(np.array([place & mask]))[0]

        return np.array([bisect(self.ranked, one, key=key_of) for one in sought], np.int64)

    def _ranks_by_halves(self, sought: KeyArray, *, after: bool) -> Ordinals:
        """The same for many at once: one step halves what is left for all of them."""
        ranked = self.ranked
        assert ranked is not None, "else keys ascend"
        passed = np.searchsorted(self._marks, sought, "right" if after else "left")
        low = np.where(passed > 0, (passed - 1) * MARK_EVERY + 1, 0)
        high = np.minimum(passed * MARK_EVERY, len(ranked))
        while True:
            left = np.flatnonzero(low < high)
            if not len(left):
                return low
            middle = (low[left] + high[left]) >> 1
            keys = self._keys_at(ranked[middle].astype(np.int64))
            before = keys <= sought[left] if after else keys < sought[left]
            low[left] = np.where(before, middle + 1, low[left])
            high[left] = np.where(before, high[left], middle)

    @cached_property
    def _marks(self) -> KeyArray:
        """Every so-manieth key of ``ranked``."""
        assert self.ranked is not None, "else keys ascend"
        return self._keys_at(self.ranked[::MARK_EVERY].astype(np.int64))

    def _ranks_ascending(self, sought: KeyArray, *, after: bool) -> Ordinals:
        shards, firsts = self._filled
        ranks = np.zeros(len(sought), np.int64)
        owners = np.searchsorted(firsts, sought, "right") - 1
        for owner in np.flatnonzero(np.bincount(owners[owners >= 0])).tolist():
            shard = int(shards[owner])
            mine = np.flatnonzero(owners == owner)
            found = self.shards[shard].ranks(sought[mine], after=after)
            ranks[mine] = found + self._starts[shard]
        return ranks

    def _ordinals_of(self, places: Ordinals) -> Ordinals:
        if self.ranked is not None:
            return self.ranked[places].astype(np.int64)
        shards = np.searchsorted(self._starts, places, "right") - 1
        starts = np.array(self._starts, np.int64)
        return (shards << self.shard_bits) + places - starts[shards]

    def _keys_at(self, ordinals: Ordinals) -> KeyArray:
        owners = ordinals >> self.shard_bits
        offsets = ordinals & ((1 << self.shard_bits) - 1)
        keys = key_array(np.zeros(len(ordinals), np.int64) if self.type is FieldType.INT
                         else [""] * len(ordinals), self.type)  # fmt: skip
        for owner in np.flatnonzero(np.bincount(owners)).tolist():
            mine = np.flatnonzero(owners == owner)
            keys[mine] = self.shards[owner].at(offsets[mine])
        return keys


def _has_nul(keys: KeyArray) -> bool:
    """Whether numpy, which looks at texts up to their first NUL, would misjudge one of these."""
    return keys.dtype.kind != "i" and "\0" in "".join(keys.tolist())
