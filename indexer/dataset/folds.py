"""What a function of one field of related records gives for each target, and where it is in bounds.

Targets are places from 0 on. Nothing here knows of views or links: owners, cells and times of the
records come as arrays, those of ``where`` only, in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from indexer.dataset import ends
from indexer.dataset.ends import NOWHERE, KeysAt
from indexer.dataset.groups import Groups, counts_of
from indexer.dataset.keys import Ordinals
from indexer.dataset.sums import float_sums, int_sums
from indexer.encoding.bits import Mask
from indexer.encoding.coded import CodedCells
from indexer.encoding.column import Array
from indexer.encoding.number import NumberCells
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.plan.related import FoldName

_INT64 = np.iinfo(np.int64)
_NONE_BEYOND: Mapping[int, int] = MappingProxyType({})

SingleCells = NumberCells | CodedCells
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Matching:
    """Some records of another dataset: ``owners`` are their targets, ``cells`` one field of them.

    Codes are of ``vocabulary``. All arrays are as long.
    """

    owners: Ordinals
    targets: int
    cells: SingleCells
    vocabulary: Vocabulary | None = None

    def present(self) -> tuple[Ordinals, Array, Ordinals]:
        """Owners and values of those that have one, and where those stand."""
        filled = self.cells.filled
        values = self.cells.codes if isinstance(self.cells, CodedCells) else self.cells.numbers
        places = np.flatnonzero(filled)
        if len(places) == len(filled):
            return self.owners, values, places
        return self.owners[places], values[places], places


@dataclass(frozen=True)
class InTime:
    """When each of the same records was, by a time field, and their keys, for those at one time."""

    times: NumberCells
    keys: KeysAt


@dataclass(frozen=True)
class Folded:
    """A result for each target, exactly: ``values / shares`` where ``filled``.

    Values are in the field's stored form (codes of ``vocabulary`` for texts and bools), those of
    ``count_distinct`` are counts. ``shares`` is one number for all, or one for each. ``beyond``
    has the values, by place, that 64 bits do not hold; theirs in ``values`` means nothing.
    """

    values: Array
    filled: Mask
    shares: int | Ints = 1
    beyond: Mapping[int, int] = field(default_factory=lambda: _NONE_BEYOND)
    vocabulary: Vocabulary | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the results."""
        shares = 0 if isinstance(self.shares, int) else self.shares.nbytes
        return self.values.nbytes + self.filled.nbytes + shares


def fold(function: FoldName, matching: Matching, order: InTime | None = None) -> Folded:
    """A function of the records of each target. ``order`` is for ``first`` and ``last``.

    Nulls are left out, as are, for those two, records without a time. ``sum`` and
    ``count_distinct`` of nothing are 0, else it is null. Sums, averages and medians of ints are
    exact. Those of doubles: sums are correctly rounded; an average is the sum divided by the
    number, a median of an even number half the sum of the middle two; opposite infinities add up
    to null. Cost: a few passes over the records, one over the targets; ``median`` and
    ``count_distinct`` sort each target's.
    """
    match function:
        case "sum" | "avg":
            return _average(matching) if function == "avg" else _sum(matching)
        case "median":
            return _median(matching)
        case "count_distinct":
            return _distinct(matching)
        case "min" | "max":
            return _end(function, matching)
        case "first" | "last":
            assert order is not None, "first and last need an order"
            return _in_time(function, matching, order)
        case _:
            assert_never(function)


def _sum(matching: Matching) -> Folded:
    owners, numbers, _ = matching.present()
    if numbers.dtype.kind == "f":
        return Folded(*float_sums(owners, numbers, matching.targets, None))
    sums, beyond = int_sums(owners, numbers, matching.targets)
    return Folded(sums, np.ones(matching.targets, np.bool_), beyond=beyond)


def _average(matching: Matching) -> Folded:
    owners, numbers, _ = matching.present()
    counts = counts_of(owners, matching.targets)
    filled = counts > 0
    if numbers.dtype.kind == "f":
        averages, there = float_sums(owners, numbers, matching.targets, counts)
        return Folded(averages, filled & there)
    sums, beyond = int_sums(owners, numbers, matching.targets)
    return Folded(sums, filled, np.maximum(counts, 1), beyond)


def _median(matching: Matching) -> Folded:
    owners, numbers, _ = matching.present()
    groups = Groups.of(owners, numbers, matching.targets, None).ordered()
    lower, upper, filled = groups.middles()
    if numbers.dtype.kind == "f":
        return _middle_of_floats(lower, upper, filled)
    return _middle_of_ints(lower, upper, filled)


def _middle_of_ints(lower: Any, upper: Any, filled: Mask) -> Folded:
    """Both added, with a share of two: half a sum of ints need not be one."""
    # Arrays of ints wrap around without a word; a sum did if its sign is neither one's.
    sums = lower + upper
    wrapped = np.flatnonzero(((lower ^ sums) & (upper ^ sums)) < 0).tolist()
    beyond = {place: int(lower[place]) + int(upper[place]) for place in wrapped}
    return Folded(sums, filled, 2, beyond)


def _middle_of_floats(lower: Any, upper: Any, filled: Mask) -> Folded:
    with np.errstate(over="ignore", invalid="ignore"):
        sums = lower + upper
        # Halves are exact where the sum is too large; where it is not, the sum's half is.
        middle = np.where(np.isinf(sums), lower / 2 + upper / 2, sums / 2)
    there = filled & ~np.isnan(middle)
    return Folded(np.where(there, middle, 0.0), there)


def _distinct(matching: Matching) -> Folded:
    owners, values, _ = matching.present()
    if values.dtype.kind == "f":
        # Both zeros are one value, and compare as one.
        values = values + 0.0
    groups = Groups.of(owners, values.astype(np.int64) if values.dtype == np.int32 else values,
                       matching.targets, None).ordered()  # fmt: skip
    return Folded(groups.distinct(), np.ones(matching.targets, np.bool_))


def _end(function: FoldName, matching: Matching) -> Folded:
    owners, values, _ = matching.present()
    if matching.vocabulary is None:
        number = ends.least_numbers if function == "min" else ends.greatest_numbers
        return Folded(*number(owners, values, matching.targets))
    text = ends.least_texts if function == "min" else ends.greatest_texts
    codes = text(owners, values, matching.vocabulary.texts, matching.targets)
    return _coded(codes.astype(np.int32), matching.vocabulary)


def _in_time(function: FoldName, matching: Matching, order: InTime) -> Folded:
    owners, values, places = matching.present()
    timed = order.times.filled[places]
    owners, values, places = owners[timed], values[timed], places[timed]
    end = ends.first_records if function == "first" else ends.last_records
    chosen = end(
        owners, order.times.numbers[places], lambda at: order.keys(places[at]), matching.targets
    )
    seen = chosen != NOWHERE
    if matching.vocabulary is None:
        found = np.zeros(matching.targets, values.dtype)
        found[seen] = values[chosen[seen]]
        return Folded(found, seen)
    codes = np.full(matching.targets, NULL_CODE, np.int32)
    codes[seen] = values[chosen[seen]]
    return _coded(codes, matching.vocabulary)


def _coded(codes: npt.NDArray[np.int32], vocabulary: Vocabulary) -> Folded:
    return Folded(codes, codes != NULL_CODE, vocabulary=vocabulary)


def warm_folds() -> None:
    """Have the kernels compiled, or read from numba's cache. Cost: seconds, the first time."""
    owners = np.zeros(4, np.int64)
    filled = np.ones(4, np.bool_)
    names: tuple[FoldName, ...] = ("sum", "avg", "min", "max", "count_distinct", "median")
    for numbers in (
        np.array([_INT64.max, 1, 2, 3]),
        np.array([1.0, 1e-17, 3e-34, 1e17]),
        np.array([1e300, 1.0, 2.0, 3.0]),
    ):
        matching = Matching(owners, 1, NumberCells(numbers, filled))
        for name in names:
            fold(name, matching)
    moments = NumberCells(np.zeros(4, np.int64), filled)
    fold("first", Matching(owners, 1, moments), InTime(moments, lambda _: owners))
