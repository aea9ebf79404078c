"""Comparisons, connections and choices, with null as SQL has it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.encoding.exact import order_of
from indexer.formula.calendar import instants
from indexer.formula.kinds import TEXT, TRUTH
from indexer.formula.vectors import Array, Vector
from indexer.formula.zone import Zone


def compared(sign: str, left: Vector, right: Vector, zone: Zone) -> Vector:
    """``= != < <= > >=``; null where either is."""
    filled = left.filled & right.filled
    if left.kind == TEXT:
        one, other = _in_common(left, right, ordered=sign not in ("=", "!="))
        order = (one > other).astype(np.int8) - (one < other)
    elif left.kind.is_number:
        order = order_of(left.data, right.data, left.kind.scale, right.kind.scale)
    elif left.kind.type is not right.kind.type:
        order = _order(instants(left, zone), instants(right, zone))
    else:
        order = _order(left.data, right.data)
    return Vector(TRUTH, _SIGNS[sign](order, 0), filled)


def among(sought: Vector, members: Sequence[Vector], zone: Zone) -> Vector:
    """Whether it is one of the members; null where anything is."""
    found = np.zeros(len(sought), np.bool_)
    filled = sought.filled
    for member in members:
        same = compared("=", sought, member, zone)
        found, filled = found | same.data, filled & member.filled
    return Vector(TRUTH, found & filled, filled)


def both(left: Vector, right: Vector) -> Vector:
    """``and``: false if either is, whatever the other one is."""
    no = (left.filled & ~left.data) | (right.filled & ~right.data)
    filled = no | (left.filled & right.filled)
    return Vector(TRUTH, filled & ~no, filled)


def either(left: Vector, right: Vector) -> Vector:
    """``or``: true if either is, whatever the other one is."""
    yes = (left.filled & left.data) | (right.filled & right.data)
    return Vector(TRUTH, yes, yes | (left.filled & right.filled))


def opposite(vector: Vector) -> Vector:
    """``not``."""
    return Vector(TRUTH, ~vector.data, vector.filled)


def chosen(test: Vector, then: Vector, otherwise: Vector) -> Vector:
    """``then`` where the test holds; a null test is false."""
    return _where(test.filled & test.data, then, otherwise)


def first_of(vectors: Sequence[Vector]) -> Vector:
    """The first that is not null."""
    found, *later = vectors
    for vector in later:
        found = _where(found.filled, found, vector)
    return found


def least_of(vectors: Sequence[Vector], zone: Zone, *, most: bool) -> Vector:
    """The least or greatest; null if any is."""
    found, *later = vectors
    filled = found.filled
    for vector in later:
        keeps = compared(">=" if most else "<=", found, vector, zone).data
        found, filled = _where(keeps, found, vector), filled & vector.filled
    return Vector(found.kind, found.data, filled, found.texts)


def _where(test: Array, then: Vector, otherwise: Vector) -> Vector:
    filled = np.where(test, then.filled, otherwise.filled)
    if then.kind != TEXT:
        return Vector(then.kind, np.where(test, then.data, otherwise.data), filled)
    texts = pa.concat_arrays([then.texts, otherwise.texts])
    shifted = otherwise.data + np.int32(len(then.texts))
    data = np.where(test, then.data, shifted).astype(np.int32)
    # A null may point to a text that is not there.
    return Vector(TEXT, np.where(filled, data, 0).astype(np.int32), filled, texts)


def _order(one: Array, other: Array) -> Array:
    order: Array = (one > other).astype(np.int8) - (one < other).astype(np.int8)
    return order


def _in_common(left: Vector, right: Vector, *, ordered: bool) -> tuple[Array, Array]:
    """Both as numbers that compare as the texts do: by their bytes, or only as equal or not."""
    coded = pa.concat_arrays([left.texts, right.texts]).dictionary_encode()
    ranks = np.asarray(coded.indices).astype(np.int64)
    if ordered:
        order = np.asarray(pc.array_sort_indices(coded.dictionary))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        ranks = place[ranks]
    if not len(ranks):
        nobody = np.zeros(len(left), np.int64)
        return nobody, nobody
    # A null may point beyond an empty list of texts.
    split = len(left.texts)
    last = len(ranks) - 1
    return ranks[np.minimum(left.data, last)], ranks[np.minimum(right.data + split, last)]


_SIGNS = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
