"""Where the results of a function lie between two bounds, compared as mathematics does."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.folds import Folded
from indexer.encoding.bits import Mask
from indexer.model.ids import FieldName
from indexer.plan.nodes import Range
from indexer.plan.related import Fold

EXPONENT_MAX = 80
"""Digits before or after the point beyond which no result lies: sums of 2^63 records of 18 digits
have fewer, and so have averages by so many that are not 0."""
TABLE_MAX = 1 << 16
"""So many records of a target are found in a table, more by search."""

_INT64 = np.iinfo(np.int64)
Ints = npt.NDArray[np.int64]


def within(folded: Folded, measure: Fold, scale: int = 0) -> Mask:
    """Which targets have a result between the measure's bounds; a null one is nowhere.

    ``scale`` is that of the field whose decimals are meant where bounds of ``sum``, ``avg`` and
    ``median`` are texts: "30.55" is then 3055 of its stored units, at a scale of 2. All other
    bounds are in stored form already. Cost: a pass over the targets.
    """
    if folded.vocabulary is not None:
        return _texts_within(folded, measure)
    if folded.values.dtype.kind == "f":
        return folded.filled & _floats_within(folded.values, measure)
    low, high = (_fraction(end, scale) for end in (measure.low, measure.high))
    held = folded.filled & _ints_within(folded, (low, measure.low_open), (high, measure.high_open))
    for place, value in folded.beyond.items():
        share = folded.shares if isinstance(folded.shares, int) else int(folded.shares[place])
        first, last = _ends((low, measure.low_open), (high, measure.high_open), share)
        above = first is None or value >= first
        held[place] = bool(folded.filled[place]) and above and (last is None or value <= last)
    return held


End = tuple[Fraction | None, bool]
"""A bound, and whether it is itself left out."""


def _texts_within(folded: Folded, measure: Fold) -> Mask:
    assert folded.vocabulary is not None
    if measure.low is None and measure.high is None:
        return folded.filled.copy()
    # Bools have the vocabulary of their names, in whose order they are.
    low, high = (None if end is None else str(end) for end in (measure.low, measure.high))
    lookup = Range(FieldName(measure.field), low, high, measure.low_open, measure.high_open)
    held: Mask = folded.vocabulary.matching_table(lookup)[folded.values]
    return held


def _floats_within(values: Any, measure: Fold) -> Mask:
    held = np.ones(len(values), np.bool_)
    if measure.low is not None:
        low = float(measure.low)
        held &= values > low if measure.low_open else values >= low
    if measure.high is not None:
        high = float(measure.high)
        held &= values < high if measure.high_open else values <= high
    return held


def _ints_within(folded: Folded, low: End, high: End) -> Mask:
    shares = folded.shares
    if isinstance(shares, int):
        first, last = (_bounds(low, high, [shares])[0]).tolist()
        inside: Mask = (folded.values >= first) & (folded.values <= last)
        return inside
    most = int(shares.max(initial=0))
    if most < TABLE_MAX:
        distinct = np.flatnonzero(np.bincount(shares, minlength=1))
        places = np.zeros(most + 1, np.int64)
        places[distinct] = np.arange(len(distinct))
        rows = places[shares]
    else:
        distinct, rows = np.unique(shares, return_inverse=True)
    bounds = _bounds(low, high, distinct.tolist())[rows]
    held: Mask = (folded.values >= bounds[:, 0]) & (folded.values <= bounds[:, 1])
    return held


def _bounds(low: End, high: End, shares: list[int]) -> Ints:
    """The first and the last int that over each share lies within; the first greater if none."""
    rows = []
    for share in shares:
        first, last = _ends(low, high, share)
        first = _INT64.min if first is None else first
        last = _INT64.max if last is None else last
        if first > min(last, _INT64.max) or last < _INT64.min:
            first, last = 1, 0
        rows.append((max(first, _INT64.min), min(last, _INT64.max)))
    return np.array(rows, np.int64).reshape(-1, 2)


def _ends(low: End, high: End, share: int) -> tuple[int | None, int | None]:
    first = last = None
    if low[0] is not None:
        edge = low[0] * share
        first = floor(edge) + 1 if low[1] else ceil(edge)
    if high[0] is not None:
        edge = high[0] * share
        last = ceil(edge) - 1 if high[1] else floor(edge)
    return first, last


def _fraction(end: float | str | None, scale: int) -> Fraction | None:
    """A bound in stored units."""
    if end is None:
        return None
    if not isinstance(end, str):
        return Fraction(end)
    number = Decimal(end)
    if number and abs(number.adjusted()) > EXPONENT_MAX:
        # As good as the bound itself, and no number of a billion digits.
        nearer = EXPONENT_MAX if number.adjusted() > 0 else -EXPONENT_MAX
        number = Decimal((number.as_tuple().sign, (1,), nearer))
    return Fraction(number) * Fraction(10) ** scale
