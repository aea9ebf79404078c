"""What a lookup is made of in all shards: streams of stored words, and offsets that mend them.

The records of a form are ``(any of the rows, but not less) - lost + gained``. Addresses are of
arrays that the form keeps alive.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.given import Found
from indexer.encoding.bits import Words
from indexer.kernels.tallies import count_bits

Addresses = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Row:
    """A stream of words: its address in each shard."""

    addresses: Addresses
    keep: Any


@dataclass(frozen=True, slots=True)
class Patch:
    """Offsets in each shard: rows of address and number."""

    table: npt.NDArray[np.uint64]
    keep: Any

    @property
    def members(self) -> int:
        """How many offsets, over all shards."""
        return int(self.table[:, 1].sum())


@dataclass(frozen=True, slots=True)
class Scan:
    """Lanes to be compared in each shard (see ``indexer.kernels.run``), and who has a value."""

    table: npt.NDArray[np.uint64]
    present: Row
    keep: Any


@dataclass(frozen=True, slots=True)
class Form:
    """How one lookup is answered. ``count`` is its exact number of members where that is known."""

    method: str
    count: int | None
    rows: tuple[Row, ...] = ()
    less: Row | None = None
    lost: tuple[Patch, ...] = ()
    gained: tuple[Patch, ...] = ()
    scan: Scan | None = None
    parts: "tuple[Form, ...]" = ()
    """A form of parts is the union of them and has nothing of its own."""
    stored: bool = True
    """Whether its words lie in the index; else they were found for this question or an earlier."""
    cached: bool = False


EMPTY = Form("nothing", 0)


def form_of(found: Found) -> Form:
    """Records that were found beside the view."""
    words = found.words
    count = int(count_bits(words.ravel()))
    return Form(found.method, count, (rows_of(words),), stored=False)


def row_of(words: list[Words]) -> Row:
    """A row of one array of words a shard."""
    return Row(np.array([part.ctypes.data for part in words], np.uint64), words)


def rows_of(words: npt.NDArray[np.uint64]) -> Row:
    """A row of an array of shards by words."""
    starts = np.arange(len(words), dtype=np.uint64) * np.uint64(words.strides[0])
    return Row(starts + np.uint64(words.ctypes.data), words)


def patch_of(offsets: list[npt.NDArray[np.uint32]]) -> Patch:
    """A patch of one array of offsets a shard."""
    table = np.array([(part.ctypes.data, len(part)) for part in offsets], np.uint64)
    return Patch(table.reshape(-1, 2), offsets)
