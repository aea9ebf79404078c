"""Texts as their UTF-8 bytes side by side, with where each begins: no Python object a text."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.encoding.bits import Mask
from indexer.kernels.texts import UNKNOWN, gather, measure

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.integer]
Codes = npt.NDArray[np.int32]

NARROW_BYTES_MAX = 2**31 - 1
"""Bytes up to which starts of 4 bytes do."""

_ARROW = {4: (pa.string(), pa.StringArray), 8: (pa.large_string(), pa.LargeStringArray)}


@dataclass(frozen=True)
class Texts:
    """Text i is ``data[starts[i]:starts[i + 1]]``; starts are int32 or int64."""

    data: Bytes
    starts: Starts

    @classmethod
    def of(cls, array: Any) -> Self:
        """Those of a string or large_string array; a null is the empty text. Copies nothing."""
        wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
        dtype: Any = np.int64 if wide else np.int32
        _, starts, data = array.buffers()
        if starts is None or not len(array):
            return cls(np.zeros(0, np.uint8), np.zeros(1, dtype))
        held = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
        return cls(held, np.frombuffer(starts, dtype)[array.offset :][: len(array) + 1])

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def wide(self) -> bool:
        """Whether a start has 8 bytes."""
        return self.starts.itemsize == 8

    @property
    def nbytes(self) -> int:
        """Bytes of the texts and of their starts."""
        return int(self.starts[-1] - self.starts[0]) + self.starts.nbytes

    @property
    def places(self) -> tuple[int, int, bool]:
        """What kernels are told: addresses of the bytes and the starts, and ``wide``."""
        return self.data.ctypes.data, self.starts.ctypes.data, self.wide

    def between(self, first: int, last: int) -> "Texts":
        """Texts ``first`` to ``last - 1``. Copies nothing."""
        return Texts(self.data, self.starts[first : last + 1])

    def text(self, place: int) -> str:
        """One of them."""
        return self.data[self.starts[place] : self.starts[place + 1]].tobytes().decode()

    def arrow(self) -> Any:
        """A string array of them, large_string if ``wide``. Copies nothing."""
        _, kind = _ARROW[self.starts.itemsize]
        return kind.from_buffers(len(self), pa.py_buffer(self.starts), pa.py_buffer(self.data))

    def taken(self, places: Codes) -> Any:
        """The texts at these places as a large_string array; place -1 gives null."""
        places = np.ascontiguousarray(places, np.int32)
        starts = np.zeros(len(places) + 1, np.int64)
        data, own_starts, wide = self.places
        measure(own_starts, wide, places, starts[1:])
        copied = np.empty(int(starts[-1]), np.uint8)
        gather(data, own_starts, wide, places, copied.ctypes.data, starts)
        there = places != UNKNOWN
        buffers = pa.py_buffer(starts), pa.py_buffer(copied)
        return pa.LargeStringArray.from_buffers(len(places), *buffers, _bits(there))

    def bytes_at(self, places: Codes) -> int:
        """How many bytes the texts at these places have together."""
        return int((self.starts[1:][places] - self.starts[places]).sum(dtype=np.int64))

    def joined(self, following: "Texts") -> "Texts":
        """Both, one after the other."""
        parts = self, following
        data = np.concatenate([part.data[part.starts[0] : part.starts[-1]] for part in parts])
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))
        return Texts(data, starts).narrowed()

    def narrowed(self) -> "Texts":
        """The same with starts of 4 bytes if those do."""
        if not self.wide or self.starts[-1] > NARROW_BYTES_MAX:
            return self
        return Texts(self.data, self.starts.astype(np.int32))


def _bits(there: Mask) -> Any:
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
