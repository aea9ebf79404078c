"""Record key ↔ ordinal, as two sorted arrays."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from indexer.model.errors import TooLarge
from indexer.model.ids import RecordKey
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range

KeyArray = npt.NDArray[Any]
"""int64, or numpy's StringDType, which compares by UTF-8 bytes."""

Ordinals = npt.NDArray[np.int64]

MISSING = -1
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


def fits(key: object, type_: FieldType) -> bool:
    """Whether a record of this key type could have the key."""
    if type_ is FieldType.INT:
        return type(key) is int and _INT64.min <= key <= _INT64.max
    return type(key) is str


@dataclass(frozen=True)
class KeyOrder:
    """The live records' keys, ascending, each with its ordinal."""

    keys: KeyArray
    ordinals: Ordinals

    @classmethod
    def empty(cls, type_: FieldType) -> Self:
        """No keys."""
        return cls(key_array([], type_), np.array([], np.int64))

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: KeyArray) -> Ordinals:
        """The ordinal of each key, MISSING where there is no such record."""
        if not len(self.keys):
            return np.full(len(keys), MISSING, np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, self.ordinals[places], MISSING)

    def added(self, keys: KeyArray, ordinals: Ordinals) -> Self:
        """With more records; none of the keys may be there yet, nor come twice."""
        order = np.argsort(keys, kind="stable")
        keys, ordinals = keys[order], ordinals[order]
        if not len(self.keys):
            return type(self)(keys, ordinals)
        places = np.searchsorted(self.keys, keys)
        return type(self)(
            np.insert(self.keys, places, keys), np.insert(self.ordinals, places, ordinals)
        )

    def removed(self, keys: KeyArray) -> Self:
        """Without these keys, all of which are there."""
        places = np.searchsorted(self.keys, keys)
        return type(self)(np.delete(self.keys, places), np.delete(self.ordinals, places))

    @property
    def type(self) -> FieldType:
        """INT or KEYWORD."""
        return FieldType.INT if self.keys.dtype.kind == "i" else FieldType.KEYWORD

    def after(self, key: RecordKey | None) -> int:
        """Place of the first key greater than ``key``, which fits; 0 for None."""
        return 0 if key is None else int(np.searchsorted(self.keys, _probe(self, key), "right"))

    def matching(self, lookup: Equals | OneOf | Range) -> Ordinals:
        """Ordinals of the keys that satisfy a lookup on ``_key``, in no order."""
        match lookup:
            case Equals(value=value):
                return self._known([value])
            case OneOf(values=values):
                return self._known(list(values))
            case Range(low=low, high=high):
                # While no record has decided the type of the keys, both types are asked for.
                if not all(fits(end, self.type) for end in (low, high) if end is not None):
                    return self.ordinals[:0]
                return self.ordinals[self._start(lookup) : self._end(lookup)]

    def _known(self, values: list[Any]) -> Ordinals:
        fitting = [value for value in values if fits(value, self.type)]
        found = self.find(key_array(fitting, self.type))
        known: Ordinals = found[found != MISSING]
        return known

    def _start(self, lookup: Range) -> int:
        if lookup.low is None:
            return 0
        return self._place(lookup.low, after=lookup.low_open)

    def _end(self, lookup: Range) -> int:
        if lookup.high is None:
            return len(self.keys)
        return self._place(lookup.high, after=not lookup.high_open)

    def _place(self, key: object, *, after: bool) -> int:
        probe: Any = _probe(self, key)
        return int(np.searchsorted(self.keys, probe, "right" if after else "left"))


def _probe(order: KeyOrder, key: object) -> Any:
    # A scalar of the array's own dtype: a bare Python value would convert the whole array.
    return np.array(key, order.keys.dtype)
