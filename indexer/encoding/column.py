"""What every column of a shard can do, whatever its family.

A column holds one field of one shard: a value or null at each offset (a record's place in its
shard). Columns are immutable; ``updated`` and ``extended`` give new ones that share what they
can. ``Cells`` are some records' values of one field in the column's own code, so that values
move between files, changes and shards without becoming Python objects.
"""

from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import Mask, Offsets
from indexer.model.record import Value
from indexer.plan.nodes import Equals, OneOf, Range

ValueLookup = Equals | OneOf | Range
Array = npt.NDArray[Any]


class Cells(Protocol):
    """Values of one field for some records, in order."""

    def __len__(self) -> int: ...

    def pick(self, places: Offsets) -> Self:
        """The cells at these places, in the order given."""
        ...

    @property
    def filled(self) -> Mask:
        """True where the cell is not null."""
        ...


C = TypeVar("C", bound=Cells)


class Column(Protocol[C]):
    """One field of one shard."""

    @property
    def size(self) -> int:
        """Offsets 0 to ``size - 1`` are in use, deleted records included."""
        ...

    @property
    def filled(self) -> BitMap:
        """Offsets of live records whose value is not null."""
        ...

    def find(self, lookup: ValueLookup) -> BitMap:
        """Offsets whose value satisfies the lookup; never a null one."""
        ...

    def extended(self, size: int) -> Self:
        """The same column, null at the offsets from the old size to ``size``."""
        ...

    def updated(self, offsets: Offsets, cells: C) -> Self:
        """With these cells at these offsets, which are distinct. A null cell clears."""
        ...

    def blank(self, count: int) -> C:
        """``count`` null cells."""
        ...

    def differs(self, offsets: Offsets, cells: C) -> Mask:
        """True where the cell is not what stands at the offset."""
        ...

    def cells(self, offsets: Offsets) -> C:
        """What stands at these offsets."""
        ...

    def values(self, offsets: Offsets) -> list[Value]:
        """The same in stored form, for people and programs."""
        ...

    def tally(self, offsets: Offsets | None) -> tuple[Array, npt.NDArray[np.int64]]:
        """Distinct values (codes, for coded families) at the offsets and how often each occurs.

        None means all offsets. Nulls are left out; a set counts each of its members.
        """
        ...
