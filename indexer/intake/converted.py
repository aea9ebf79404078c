"""A column after typing, and a numpy view on a column of text. Pure."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Converted:
    """A typed column; ``bad`` marks cells that don't fit the type (null in ``values``).

    ``bad`` is None if every cell fits.
    """

    values: pa.Array
    bad: Mask | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Cells of a column that can't stay, all for one reason."""

    bad: Mask
    reason: str


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column in stored form and what is wrong with it; marked cells may hold anything."""

    values: pa.Array
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class TextView:
    """The bytes of a string column: cell i is ``data[starts[i]:ends[i]]``; no copy."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    valid: Mask

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Bytes per cell."""
        lengths: NDArray[np.int32] = self.ends - self.starts
        return lengths


def view_text(text: pa.Array) -> TextView:
    """The buffers of a string array as numpy arrays, for this slice only."""
    _, offsets_buffer, data_buffer = text.buffers()
    if offsets_buffer is None or len(text) == 0:
        nothing = np.zeros(len(text), np.int32)
        return TextView(np.zeros(0, np.uint8), nothing, nothing, valid_mask(text))
    offsets = np.frombuffer(offsets_buffer, np.int32)[text.offset : text.offset + len(text) + 1]
    low, high = int(offsets[0]), int(offsets[-1])
    data = np.frombuffer(data_buffer or b"", np.uint8)[low:high]
    places = offsets - offsets[0]
    return TextView(data, places[:-1], places[1:], valid_mask(text))


def valid_mask(values: pa.Array) -> Mask:
    """True where the cell is not null."""
    if values.null_count == 0:
        return np.ones(len(values), np.bool_)
    mask: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return mask


def null_where(values: pa.Array, bad: Mask) -> pa.Array:
    """The same column with the marked cells null."""
    keep = pa.array(~bad)
    return pc.if_else(keep, values, pa.scalar(None, values.type))


def from_numpy(values: NDArray[np.generic], valid: Mask, kind: pa.DataType) -> pa.Array:
    """An Arrow column over the values' own memory; cells that are not valid are null."""
    nulls = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    packed = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [nulls, packed])
