"""Fewer digits: floor, ceil, round, and from one kind of number to another."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

from indexer.formula.kinds import DOUBLE, TRUTH, WHOLE, Kind
from indexer.formula.numbers import divided_by_power, finite, times_power, within
from indexer.formula.vectors import Array, Vector
from indexer.model.schema import FieldType

_EXACT = Context(prec=2_000)
"""Digits for any double written out."""
_DOUBLE_WHOLE = 2.0**52
_INT64_END = 2.0**63
_CLOSE = 2.0**-20
"""A fraction so near to a half is looked at digit by digit."""


def floor(vector: Vector, kind: Kind) -> Vector:
    """The whole number at or below."""
    if kind == DOUBLE:
        return finite(np.floor(vector.data), vector.filled)
    return Vector(kind, vector.data // np.int64(10**vector.kind.scale), vector.filled)


def ceil(vector: Vector, kind: Kind) -> Vector:
    """The whole number at or above."""
    if kind == DOUBLE:
        return finite(np.ceil(vector.data), vector.filled)
    whole, rest = np.divmod(vector.data, np.int64(10**vector.kind.scale))
    return Vector(kind, whole + (rest > 0), vector.filled)


def rounded(vector: Vector, digits: int, kind: Kind) -> Vector:
    """At most so many digits after the point, half away from zero; negative ones before it."""
    if kind == DOUBLE:
        return finite(_rounded_doubles(vector.data, vector.filled, digits), vector.filled)
    away = vector.kind.scale - digits
    numbers = divided_by_power(vector.data, away) if away > 0 else vector.data
    if digits >= 0:
        return within(numbers, vector.filled, kind)
    numbers, fits = times_power(numbers, -digits)
    return within(numbers, vector.filled & fits, kind)


def wider(vector: Vector, kind: Kind) -> Vector:
    """Told in a kind that has room for it; too many digits are null."""
    if kind == DOUBLE:
        return Vector(DOUBLE, doubles(vector), vector.filled)
    if kind == vector.kind or kind.type is not FieldType.DECIMAL:
        return Vector(kind, vector.data, vector.filled)
    numbers, fits = times_power(vector.data, kind.scale - vector.kind.scale)
    return within(numbers, vector.filled & fits, kind)


def to_whole(vector: Vector) -> Vector:
    """Without the fraction; a double that is no int64 is null."""
    if vector.kind == TRUTH:
        return Vector(WHOLE, vector.data.astype(np.int64), vector.filled)
    if vector.kind == DOUBLE:
        inside = vector.filled & (vector.data >= -_INT64_END) & (vector.data < _INT64_END)
        cut = np.trunc(np.where(inside, vector.data, 0.0))
        return Vector(WHOLE, cut.astype(np.int64), inside)
    whole, rest = np.divmod(vector.data, np.int64(10**vector.kind.scale))
    return Vector(WHOLE, whole + ((vector.data < 0) & (rest != 0)), vector.filled)


def to_decimal(vector: Vector, kind: Kind) -> Vector:
    """As a decimal of that scale, half away from zero; too many digits are null."""
    if vector.kind == DOUBLE:
        return _decimals_of_doubles(vector, kind)
    away = vector.kind.scale - kind.scale
    if away > 0:
        return within(divided_by_power(vector.data, away), vector.filled, kind)
    numbers, fits = times_power(vector.data, -away)
    return within(numbers, vector.filled & fits, kind)


def doubles(vector: Vector) -> Array:
    """The nearest double of each number."""
    if vector.kind == DOUBLE:
        return vector.data
    numbers = vector.data.astype(np.float64)
    if vector.kind.scale:
        numbers = numbers / float(10**vector.kind.scale)
        # An int of more digits than a double has would be rounded twice.
        large = np.flatnonzero(np.abs(vector.data) > 2**53)
        power = 10**vector.kind.scale
        numbers[large] = [units / power for units in vector.data[large].tolist()]
    return numbers


def _rounded_doubles(numbers: Array, filled: Array, digits: int) -> Array:
    power = float(10 ** abs(digits))
    with np.errstate(all="ignore"):
        shifted = numbers * power if digits >= 0 else numbers / power
        size = np.abs(shifted)
        whole = np.floor(size)
        part = size - whole
        count = np.copysign(whole + (part >= 0.5), numbers)
        found = count / power if digits >= 0 else count * power
    # Past a double's digits there is no fraction to round; near a half, products are not exact.
    plain = (size < _DOUBLE_WHOLE) & (np.abs(part - 0.5) > _CLOSE * np.maximum(size, 1.0))
    if digits < 0:
        plain &= np.abs(found) < _DOUBLE_WHOLE
    hard = np.flatnonzero(~plain & filled & np.isfinite(numbers))
    found[hard] = [float(_quantized(number, digits)) for number in numbers[hard].tolist()]
    return np.where(np.isfinite(numbers), found, numbers)


def _quantized(number: float, digits: int) -> Decimal:
    exact = Decimal(number)
    exponent: Any = exact.as_tuple().exponent
    if exponent >= -digits:
        return exact
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT)


def _decimals_of_doubles(vector: Vector, kind: Kind) -> Vector:
    power = float(10**kind.scale)
    with np.errstate(all="ignore"):
        shifted = np.where(vector.filled, vector.data, 0.0) * power
        size = np.abs(shifted)
        whole = np.floor(size)
        part = size - whole
    inside = vector.filled & (size < 2e18)
    count = np.where(inside, np.copysign(whole + (part >= 0.5), shifted), 0.0).astype(np.int64)
    plain = (size < _DOUBLE_WHOLE) & (np.abs(part - 0.5) > _CLOSE * np.maximum(size, 1.0))
    hard = np.flatnonzero(~plain & inside)
    count[hard] = [
        int(_quantized(number, kind.scale).scaleb(kind.scale, _EXACT))
        for number in vector.data[hard].tolist()
    ]
    return within(count, inside, kind)
