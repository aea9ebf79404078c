"""Functions of texts, on distinct texts only. Characters are code points; results are in NFC."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.formula.kinds import TEXT, TRUTH, WHOLE
from indexer.formula.vectors import Vector, text_vector

BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
"""What ``trim`` takes away: every blank of Unicode."""


def changed(name: str, vector: Vector) -> Vector:
    """``lower upper trim``. ASCII goes through Arrow, other texts through Python, each once."""
    texts = vector.texts
    if name == "trim":
        found = pc.utf8_trim(texts, characters=BLANKS)
    else:
        found = pc.ascii_lower(texts) if name == "lower" else pc.ascii_upper(texts)
        strange = np.flatnonzero(~np.asarray(pc.string_is_ascii(texts)))
        if len(strange):
            change: Callable[[str], str] = str.lower if name == "lower" else str.upper
            some = [change(text) for text in texts.take(pa.array(strange)).to_pylist()]
            mask = np.zeros(len(texts), np.bool_)
            mask[strange] = True
            found = pc.replace_with_mask(found, mask, pa.array(some, pa.large_string()))
    return Vector(TEXT, vector.data, vector.filled, _normal(found))


def length(vector: Vector) -> Vector:
    """Characters of each."""
    if not len(vector.texts):
        return Vector(WHOLE, np.zeros(len(vector), np.int64), vector.filled)
    lengths = np.asarray(pc.utf8_length(vector.texts)).astype(np.int64)
    return Vector(WHOLE, lengths[vector.data], vector.filled)


def joined(vectors: Sequence[Vector]) -> Vector:
    """One after another, null being the empty text; never null."""
    if len(vectors) == 1:
        (vector,) = vectors
        texts = pa.concat_arrays([vector.texts, pa.array([""], pa.large_string())])
        data = np.where(vector.filled, vector.data, len(vector.texts)).astype(np.int32)
        return Vector(TEXT, data, np.ones(len(vector), np.bool_), texts)
    rows = [pc.fill_null(vector.rows(), "") for vector in vectors]
    return text_vector(_normal(pc.binary_join_element_wise(*rows, pa.scalar("", rows[0].type))))


def found(name: str, vector: Vector, part: Vector) -> Vector:
    """``contains starts_with ends_with``."""
    filled = vector.filled & part.filled
    if len(part.texts) == 1 and len(vector.texts):
        held = np.asarray(_MATCHES[name](vector.texts, part.texts[0].as_py()))
        return Vector(TRUTH, held[vector.data], filled)
    data = np.zeros(len(filled), np.bool_)
    for places, text, sought in _pairs(vector, part, filled):
        data[places] = _HOLDS[name](text, sought)
    return Vector(TRUTH, data, filled)


def cut(vector: Vector, start: Vector, length: Vector | None) -> Vector:
    """Characters from ``start``, counted from 1, ``length`` of them or all.

    Places before the first one count and are empty, as in SQL: ``substr('abc', 0, 2)`` is 'a'.
    """
    filled = vector.filled & start.filled
    # Texts are far shorter than this, so that sums can't overflow.
    first = np.clip(start.data, -_FAR, _FAR) - 1
    last = np.full(len(filled), 2 * _FAR, np.int64)
    if length is not None:
        filled = filled & length.filled
        last = first + np.clip(length.data, 0, 2 * _FAR)
    first, last = np.maximum(first, 0), np.maximum(last, 0)
    rows = np.stack((vector.data.astype(np.int64), first, last), axis=1)[filled]
    data = np.zeros(len(filled), np.int32)
    if not len(rows):
        return Vector(TEXT, data, filled, pa.array([""], pa.large_string()))
    spans, places = np.unique(rows[:, 1:], axis=0, return_inverse=True)
    parts: list[Any] = []
    offset = 0
    inside = np.flatnonzero(filled)
    if len(spans) <= _SPANS_MAX:
        for number, (begin, end) in enumerate(spans.tolist()):
            mine = inside[places.reshape(-1) == number]
            parts.append(pc.utf8_slice_codeunits(vector.texts, begin, min(end, 2 * _FAR)))
            data[mine] = vector.data[mine] + offset
            offset += len(vector.texts)
        return Vector(TEXT, data, filled, pa.concat_arrays(parts))
    distinct, places = np.unique(rows, axis=0, return_inverse=True)
    held = vector.texts.to_pylist()
    cuts = [held[place][begin:end] for place, begin, end in distinct.tolist()]
    data[inside] = places.reshape(-1)
    return Vector(TEXT, data, filled, pa.array(cuts, pa.large_string()))


_FAR = 2**40
_SPANS_MAX = 8
"""Different starts and lengths up to which every text is cut for each of them."""


def _normal(texts: Any) -> Any:
    """In NFC. ASCII is."""
    if pc.all(pc.string_is_ascii(texts), min_count=0).as_py() is not False:
        return texts
    return pc.utf8_normalize(texts, form="NFC")


def _pairs(vector: Vector, part: Vector, filled: Any) -> Any:
    """Each distinct pair of texts, and the records that have it."""
    inside = np.flatnonzero(filled)
    if not len(inside):
        return
    pairs = vector.data[inside].astype(np.int64) * len(part.texts) + part.data[inside]
    distinct, places = np.unique(pairs, return_inverse=True)
    order = np.argsort(places, kind="stable")
    ends = np.cumsum(np.bincount(places))
    ones, others = vector.texts.to_pylist(), part.texts.to_pylist()
    for pair, mine in zip(distinct.tolist(), np.split(inside[order], ends[:-1]), strict=True):
        one, other = divmod(pair, len(others))
        yield mine, ones[one], others[other]


_MATCHES: dict[str, Any] = {
    "contains": pc.match_substring,
    "starts_with": pc.starts_with,
    "ends_with": pc.ends_with,
}
_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
