"""Texts side by side in one Arrow array, and their bytes."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int64]


def texts_of(values: Any) -> Any:
    """Python texts, or numpy's, as one large_string array."""
    return pa.array(values, pa.large_string())


def bytes_of(texts: Any) -> tuple[Bytes, Starts]:
    """The UTF-8 bytes of a large_string array without nulls, and where in them each text starts.

    One start more than there are texts: the end of the last one. Copies nothing.
    """
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return held, starts
