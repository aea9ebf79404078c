"""Record keys, and the keys of one shard in as few bytes as they take."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from indexer.encoding.bits import Mask, Offsets
from indexer.encoding.frame import Frame, Lanes, framed
from indexer.model.errors import TooLarge
from indexer.model.schema import FieldType

KeyArray = npt.NDArray[Any]
"""int64, or numpy's StringDType, which compares by UTF-8 bytes."""

Ordinals = npt.NDArray[np.int64]

MISSING = -1
FEW_TEXTS = 256
"""So many texts are found one by one."""
_INT64 = np.iinfo(np.int64)


def key_array(keys: Any, type_: FieldType) -> KeyArray:
    """Keys as an array of the dtype that belongs to the key type."""
    if type_ is FieldType.INT:
        return np.array(keys, np.int64)
    return np.array(keys, np.dtypes.StringDType())


def made_keys(first: int, count: int) -> KeyArray:
    """The next ``count`` generated keys. Raises: TooLarge when there are no more."""
    if first + count - 1 > _INT64.max:
        raise TooLarge("there are no keys left to generate: give the records keys")
    return (
        np.arange(first, first + count, dtype=np.int64) if count else key_array([], FieldType.INT)
    )


def same(left: KeyArray, right: KeyArray) -> Mask:
    """Where two keys are one. Cost: a pass; a step a key where a text holds a NUL."""
    held: Mask = left == right
    if left.dtype.kind == "i" or not held.any():
        return held
    texts = right.tolist()
    if "\0" in "".join(texts):
        # numpy looks at texts up to their first NUL, and takes those that differ later for one.
        for place in np.flatnonzero(held).tolist():
            held[place] = left[place] == texts[place]
    return held


def fits(key: object, type_: FieldType) -> bool:
    """Whether a record of this key type could have the key."""
    if type_ is FieldType.INT:
        return type(key) is int and _INT64.min <= key <= _INT64.max
    return type(key) is str


@dataclass(frozen=True)
class IntKeys:
    """Int keys by offset: ``base + unit * lanes[i]``.

    Without lanes they are an unbroken progression, as generated keys are, and the lane of an
    offset is the offset itself.
    """

    count: int
    lanes: Lanes | None = None
    base: int = 0
    unit: int = 1

    @classmethod
    def of(cls, keys: KeyArray) -> Self:
        """These keys."""
        return cls(0).extended(keys)

    def __len__(self) -> int:
        return self.count

    @property
    def type(self) -> FieldType:
        """INT."""
        return FieldType.INT

    def at(self, offsets: Offsets) -> KeyArray:
        """The keys at these offsets."""
        if self.lanes is None and self.unit == 1:
            # Sums of 64 bits wrap around as lanes do.
            return np.asarray(offsets).astype(np.int64, copy=False) + np.int64(self.base)
        return self._frame.numbers(offsets if self.lanes is None else self.lanes[offsets])

    def all(self) -> KeyArray:
        """Every key. Cost: a pass."""
        return self._frame.numbers(np.arange(self.count) if self.lanes is None else self.lanes)

    def extended(self, keys: KeyArray) -> Self:
        """With these keys at the end."""
        count = self.count + len(keys)
        if self.lanes is None:
            step = self._step_to(keys)
            return self._anew(keys) if step is None else type(self)(count, None, *step)
        wide, inside = self._frame.places(keys)
        if (inside & (wide <= np.iinfo(self.lanes.dtype).max)).all():
            lanes = np.concatenate((self.lanes, wide.astype(self.lanes.dtype)))
            return type(self)(count, lanes, self.base, self.unit)
        return self._anew(keys)

    @cached_property
    def ascends(self) -> bool:
        """Whether every key is greater than the one before it."""
        return self.lanes is None or bool((self.lanes[1:] > self.lanes[:-1]).all())

    def ranks(self, sought: KeyArray, *, after: Mask | bool) -> Ordinals:
        """How many keys, which ascend, are less than each of these; or equal, if ``after``."""
        if not self.count:
            return np.zeros(len(sought), np.int64)
        first, last = self.at(np.array([0, self.count - 1])).tolist()
        lanes, exact = self._frame.places(np.clip(sought, first, last))
        after = ~exact | after
        if self.lanes is None:
            ranks = lanes.astype(np.int64) + after
        else:
            narrow = lanes.astype(self.lanes.dtype)
            ranks = np.searchsorted(self.lanes, narrow)
            ranks = ranks + (after & (self.lanes[ranks] == narrow))
        return np.where(sought < first, 0, np.where(sought > last, self.count, ranks))

    @property
    def _frame(self) -> Frame:
        return Frame(self.base, self.unit)

    def _step_to(self, keys: KeyArray) -> tuple[int, int] | None:
        """Base and unit of the progression that these keys go on with; None where they break it."""
        first = np.concatenate((self.at(np.arange(min(self.count, 2))), keys[:2]))[:2].tolist()
        if not first:
            return self.base, self.unit
        base, unit = first[0], first[-1] - first[0] if len(first) > 1 else 1
        last = base + unit * (self.count + len(keys) - 1)
        if unit < 1 or last > _INT64.max:
            return None
        expected = Frame(base, unit).numbers(np.arange(self.count, self.count + len(keys)))
        return (base, unit) if np.array_equal(expected, keys) else None

    def _anew(self, keys: KeyArray) -> Self:
        lanes, frame = framed(np.concatenate((self.all(), keys)))
        return type(self)(len(lanes), lanes, frame.base, frame.unit)


@dataclass(frozen=True)
class TextKeys:
    """Keyword keys by offset."""

    texts: KeyArray

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def type(self) -> FieldType:
        """KEYWORD."""
        return FieldType.KEYWORD

    def at(self, offsets: Offsets) -> KeyArray:
        """The keys at these offsets."""
        return self.texts[offsets]

    def all(self) -> KeyArray:
        """Every key."""
        return self.texts

    def extended(self, keys: KeyArray) -> Self:
        """With these keys at the end."""
        return type(self)(np.concatenate((self.texts, keys)))

    @cached_property
    def ascends(self) -> bool:
        """Whether every key is greater than the one before it."""
        return bool((self.texts[1:] > self.texts[:-1]).all())

    def ranks(self, sought: KeyArray, *, after: bool) -> Ordinals:
        """How many keys, which ascend, are less than each of these; or equal, if ``after``."""
        if len(sought) > FEW_TEXTS:
            return np.searchsorted(self.texts, sought, "right" if after else "left")
        # numpy copies all texts before it looks at one: 15 ms a million.
        place = bisect_right if after else bisect_left
        ranks = [place(self.texts, text) for text in sought.tolist()]
        return np.array(ranks, np.int64)


Keys = IntKeys | TextKeys


def keys_of(keys: KeyArray) -> Keys:
    """A shard's keys."""
    return IntKeys.of(keys) if keys.dtype.kind == "i" else TextKeys(keys)


@dataclass(frozen=True)
class SortedKeys:
    """Keys of any origin, ascending, each with its ordinal."""

    keys: KeyArray
    ordinals: Ordinals

    @property
    def type(self) -> FieldType:
        """INT or KEYWORD."""
        return FieldType.INT if self.keys.dtype.kind == "i" else FieldType.KEYWORD

    def find(self, keys: KeyArray) -> Ordinals:
        """The ordinal of each key, MISSING where there is none."""
        if not len(self.keys):
            return np.full(len(keys), MISSING, np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(same(self.keys[places], keys), self.ordinals[places], MISSING)

    def added(self, keys: KeyArray, ordinals: Ordinals) -> Self:
        """With these keys, which are distinct and not there yet. Cost: a pass over all."""
        if not len(keys):
            return self
        order = np.argsort(keys, kind="stable")
        places = np.searchsorted(self.keys, keys[order])
        return type(self)(
            np.insert(self.keys, places, keys[order]),
            np.insert(self.ordinals, places, ordinals[order]),
        )

    def without(self, keys: KeyArray) -> Self:
        """Without those of these distinct keys that are there. Cost: a pass over all."""
        if not len(self.keys) or not len(keys):
            return self
        ordinals = self.find(keys)
        kept = np.isin(self.ordinals, ordinals[ordinals != MISSING], invert=True)
        return type(self)(self.keys[kept], self.ordinals[kept])
