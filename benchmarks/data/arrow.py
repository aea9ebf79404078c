"""From numpy to Arrow without a step per record."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MONEY = pa.decimal128(12, 2)
TIME = pa.timestamp("us")
MICROS = 1_000_000

Mask = npt.NDArray[np.bool_]


def coded(bits: pa.DataType) -> pa.DataType:
    """The type of texts from a short list."""
    return pa.dictionary(bits, pa.string())


def texts(codes: npt.NDArray[Any], names: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Codes as the texts they stand for, kept as codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, kind.index_type), pa.array(names))


def spelled(codes: npt.NDArray[Any], names: Sequence[str]) -> pa.Array:
    """Codes as the texts they stand for, written out."""
    return pa.array(names).take(pa.array(codes))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts put together, place by place."""
    return pc.binary_join_element_wise(*parts, "")


def digits(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Numbers as texts."""
    return pa.array(numbers).cast(pa.string())


def money(cents: npt.NDArray[np.int64]) -> pa.Array:
    """Cents, none of them negative, as decimals of two digits."""
    halves = np.zeros((len(cents), 2), np.int64)
    halves[:, 0] = cents
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(halves)])


def times(seconds: npt.NDArray[np.int64], null: Mask | None = None) -> pa.Array:
    """Seconds since 1970 as timestamps, null where marked."""
    return pa.array(seconds * MICROS, TIME, mask=null)


def unset(values: pa.Array, null: Mask) -> pa.Array:
    """The same texts, null where marked."""
    return pc.if_else(pa.array(null), pa.scalar(None, values.type), values)


def lists(lengths: npt.NDArray[Any], members: pa.Array) -> pa.Array:
    """Members in order, cut into lists of these lengths."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), members)
