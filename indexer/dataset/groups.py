"""Numbers of some records brought together by the target each belongs to.

Targets are places from 0 on; ``owners`` has one for each record, in any order.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import Mask
from indexer.encoding.column import Array
from indexer.kernels.folds import (
    bring_together,
    count_owners,
    distinct_of_groups,
    middles_of_groups,
    order_groups,
)

LARGE = 1 << 14
"""Larger groups are ordered one by one: there are few, and numpy's sort is better at them."""

Carried = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Groups:
    """Group k is ``numbers[starts[k] : starts[k + 1]]``; ``carried`` goes with the numbers."""

    starts: Ordinals
    numbers: Array
    carried: Carried

    @classmethod
    def of(cls, owners: Ordinals, numbers: Array, targets: int, carried: Carried | None) -> Self:
        """A group for each target. Cost: two passes over the records, one over the targets."""
        counts = counts_of(owners, targets)
        starts = np.zeros(targets + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        if carried is None:
            carried = np.zeros(len(owners), np.uint8)
        into, beside = np.empty_like(numbers), np.empty_like(carried)
        bring_together(
            frozen(owners), frozen(numbers), frozen(carried), starts[:-1].copy(), into, beside
        )
        return cls(starts, into, beside)

    @property
    def sizes(self) -> Ordinals:
        """How many numbers each group has."""
        return np.diff(self.starts)

    def ordered(self) -> Self:
        """The same arrays, each group now in order."""
        order_groups(frozen(self.starts), self.numbers, self.carried, LARGE)
        for large in np.flatnonzero(self.sizes > LARGE).tolist():
            place = slice(self.starts[large], self.starts[large + 1])
            order = np.argsort(self.numbers[place], kind="stable")
            self.numbers[place] = self.numbers[place][order]
            self.carried[place] = self.carried[place][order]
        return self

    def distinct(self) -> Ordinals:
        """How many different numbers each group has. They are in order."""
        found = np.zeros(len(self.starts) - 1, np.int64)
        distinct_of_groups(frozen(self.starts), frozen(self.numbers), found)
        return found

    def middles(self) -> tuple[Array, Array, Mask]:
        """The two middle numbers of each group, or one twice, and whether it has any.

        They are in order.
        """
        size = len(self.starts) - 1
        lower, upper = (np.zeros(size, self.numbers.dtype) for _ in range(2))
        filled = np.zeros(size, np.bool_)
        middles_of_groups(frozen(self.starts), frozen(self.numbers), lower, upper, filled)
        return lower, upper, filled


def counts_of(owners: Ordinals, targets: int) -> Ordinals:
    """How many records each target has. Cost: one pass."""
    counts = np.zeros(targets, np.int64)
    count_owners(frozen(owners), counts)
    return counts


def frozen(array: Any) -> Any:
    """The array side by side and read-only, as those from disk: one kernel for all."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
