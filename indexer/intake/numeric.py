"""Numbers written as text: what they look like, and exact conversion. Pure and vectorised.

No decimal ever passes through a float: its point is taken out and the digits are read as one
integer.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.intake.converted import (
    Converted,
    Int64s,
    Mask,
    from_numpy,
    null_where,
    valid_mask,
    view_text,
)
from indexer.model.schema import DECIMAL_DIGITS_MAX

INT64_DIGITS_SAFE = 18
"""Every whole number of so many digits fits in 64 bits; one more digit may not."""

STRICT_FLOAT = r"^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_FLOAT = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_NAN = r"^[+-]?[nN][aA][nN]$"

_DIGIT, _MINUS, _POINT, _OTHER = 0, 1, 2, 3
_KIND = np.full(256, _OTHER, np.uint8)
_KIND[ord("0") : ord("9") + 1] = _DIGIT
_KIND[ord("-")] = _MINUS
_KIND[ord(".")] = _POINT
_LAST_DIGIT = ord("9")
_POWERS = 10 ** np.arange(DECIMAL_DIGITS_MAX + 1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Shapes:
    """What each cell looks like, as ``[-]digits[.digits]`` with at least one digit.

    ``plain``: it has that form. ``padded``: with needless zeros in front. ``whole`` digits
    come before the point, not counting a lone 0; ``scale`` after it. Meaningless where not
    plain. ``points``: the place of the point in the data, -1 without one.
    """

    plain: Mask
    padded: Mask
    whole: Int64s
    scale: Int64s
    points: Int64s


def shapes_of(text: pa.Array) -> Shapes:
    """The shape of every cell; null cells are not plain."""
    view = view_text(text)
    starts, ends = view.starts.astype(np.int64), view.ends.astype(np.int64)
    kinds = _KIND[view.data]
    places = np.flatnonzero(kinds)
    kinds = kinds[places]
    cells = np.searchsorted(ends, places, side="right")
    minus, point = kinds == _MINUS, kinds == _POINT
    wrong = (kinds == _OTHER) | (minus & (places != starts[cells]))
    negative = np.zeros(len(text), np.int64)
    negative[cells[minus]] = 1
    points = np.full(len(text), -1, np.int64)
    points[cells[point]] = places[point]
    wrong[point] |= points[cells[point]] != places[point]
    plain = view.valid.copy()
    plain[cells[wrong]] = False
    stops = np.where(points >= 0, points, ends)
    whole = stops - starts - negative
    scale = np.where(points >= 0, ends - points - 1, 0)
    plain &= whole + scale > 0
    zero = np.zeros(len(text), np.bool_)
    if len(view.data):
        zero = (view.data[np.minimum(starts + negative, len(view.data) - 1)] == ord("0")) & (
            whole > 0
        )
    return Shapes(plain, zero & (whole > 1), whole - (zero & (whole == 1)), scale, points)


def ints(text: pa.Array) -> Converted:
    """Whole numbers; a plus sign and zeros in front are let pass."""
    if not (view_text(text).data > _LAST_DIGIT).any():  # Arrow would also read 0x1F
        try:
            return Converted(pc.cast(text, pa.int64()))
        except pa.ArrowInvalid:
            pass
    text = _without_padding(text)
    shapes = shapes_of(text)
    fits = shapes.plain & (shapes.points < 0) & _fits_int64(text, shapes)
    bad = valid_mask(text) & ~fits
    return Converted(pc.cast(null_where(text, bad), pa.int64()), bad if bad.any() else None)


def decimals(text: pa.Array, scale: int) -> Converted:
    """Exact units of ``10 ** -scale``; a value that would be rounded is bad."""
    shapes = shapes_of(text)
    if not (_fits_scale(shapes, scale) | ~valid_mask(text)).all():
        text = _without_padding(text)
        shapes = shapes_of(text)
    fits = _fits_scale(shapes, scale)
    bad = valid_mask(text) & ~fits
    units = _digits(text, shapes, fits) * _POWERS[np.where(fits, scale - shapes.scale, 0)]
    return Converted(from_numpy(units, fits, pa.int64()), bad if bad.any() else None)


def floats(text: pa.Array) -> Converted:
    """Finite doubles; ``NaN`` in any case is null."""
    try:
        values = pc.cast(text, pa.float64())
        if pc.all(pc.is_finite(values)).as_py() is not False:
            return Converted(values)
    except pa.ArrowInvalid:
        pass
    finite = pc.fill_null(pc.match_substring_regex(text, _FLOAT), False)
    nan = pc.fill_null(pc.match_substring_regex(text, _NAN), False)
    values = pc.cast(pc.if_else(finite, text, None), pa.float64())
    overflow = pc.fill_null(pc.invert(pc.is_finite(values)), False)
    wrong = pc.or_(pc.and_(pc.is_valid(text), pc.invert(pc.or_(finite, nan))), overflow)
    bad: Mask = wrong.to_numpy(zero_copy_only=False)
    return Converted(null_where(values, bad), bad if bad.any() else None)


def strict_floats(text: pa.Array) -> bool:
    """Whether every cell is a finite number in the form that inference takes for one."""
    if pc.all(pc.match_substring_regex(text, STRICT_FLOAT)).as_py() is False:
        return False
    return pc.all(pc.is_finite(pc.cast(text, pa.float64()))).as_py() is not False


def within_int64(text: pa.Array, shapes: Shapes) -> bool:
    """Whether all cells, being plain and without a point, fit in 64 bits."""
    return bool(_fits_int64(text, shapes).all())


def _fits_int64(text: pa.Array, shapes: Shapes) -> Mask:
    """Per cell, for plain cells without zeros in front."""
    fits: Mask = shapes.whole <= INT64_DIGITS_SAFE
    edge = shapes.plain & (shapes.whole == INT64_DIGITS_SAFE + 1)
    if edge.any():
        # Of equal length, digits compare like the numbers they write.
        number = text.filter(pa.array(edge))
        low = pc.less_equal(pc.utf8_ltrim(number, "-"), str(2**63))
        high = pc.less_equal(number, str(2**63 - 1))
        negative = pc.starts_with(number, "-")
        fits = fits.copy()
        fits[edge] = pc.if_else(negative, low, high).to_numpy(zero_copy_only=False)
    return fits


def _fits_scale(shapes: Shapes, scale: int) -> Mask:
    fits: Mask = (
        shapes.plain
        & ~(shapes.padded & (shapes.whole > DECIMAL_DIGITS_MAX - scale))
        & (shapes.scale <= scale)
        & (shapes.whole + scale <= DECIMAL_DIGITS_MAX)
    )
    return fits


def _digits(text: pa.Array, shapes: Shapes, fits: Mask) -> Int64s:
    """Each fitting cell read as one whole number, its point left out; 0 elsewhere."""
    view = view_text(text)
    numbers = null_where(text, ~fits) if not fits.all() else text
    if (shapes.points >= 0).any():
        is_point = view.data == ord(".")
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_point)))
        bounds = np.append(view.starts, view.ends[-1:])
        offsets = (bounds - before[bounds]).astype(np.int32)
        numbers = _strings(view.data[~is_point], offsets, fits)
    values: Int64s = pc.cast(numbers, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return values


def _strings(data: NDArray[np.uint8], offsets: NDArray[np.int32], valid: Mask) -> pa.Array:
    nulls = pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.StringArray.from_buffers(len(valid), pa.py_buffer(offsets), pa.py_buffer(data), nulls)


def _without_padding(text: pa.Array) -> pa.Array:
    """Plus signs, zeros in front and zeros that end a fraction taken off."""
    text = pc.replace_substring_regex(text, r"^\+([0-9.])", r"\1")
    text = pc.replace_substring_regex(text, r"^(-?)0+([0-9])", r"\1\2")
    # A zero before a bare point, or taking ".0" apart would leave no digit.
    text = pc.replace_substring_regex(text, r"^(-?)\.([0-9])", r"\10.\2")
    return pc.replace_substring_regex(text, r"^(-?[0-9]*\.[0-9]*?)0+$", r"\1")
