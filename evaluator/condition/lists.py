"""Lists of literals to stored form, a million of them in about a second.

Each literal means what ``literal.point_of`` says it means. The plain forms, which long lists are
made of, are read column by column; whatever else is in a list is read one by one.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.condition.literal import TEXT_TYPES, Fault, point_of, values_at
from evaluator.condition.number import INT64_MAX, INT64_MIN
from evaluator.condition.target import Target
from indexer.intake.moments import timestamps
from indexer.intake.zones import LocalTime
from indexer.model.record import Scalar
from indexer.model.schema import FieldType
from indexer.plan.fold import composed, folded, folded_texts
from indexer.plan.texts import texts_of

ONE_BY_ONE_MAX = 64
"""A shorter list is not worth a column."""

_WHOLE = (FieldType.INT, FieldType.DECIMAL)
_PLAIN = r"^(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?$"
_SAFE_DIGITS = 18
"""So many digits fit in 64 bits, whatever they are."""
_EXACT_DIGITS = 15
"""So many digits of a whole number fit in a double."""
_FLOAT_CHARS_MAX = 300
_INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_YEAR_US = 366 * 86_400_000_000
_EARLIEST, _LATEST = -62_135_596_800_000_000 + _YEAR_US, 253_402_300_800_000_000 - _YEAR_US

Mask = npt.NDArray[np.bool_]
Read = tuple[Any, Mask]
"""Stored values, and which of the literals they don't cover: those are read one by one."""


def stored_values(
    literals: tuple[object, ...], target: Target, *, fold: bool
) -> tuple[Scalar, ...] | Fault:
    """The stored values equal to any of the literals, sorted, each once; or the first fault.

    With ``fold``, which is for texts, they are folded.
    """
    kind = target.field.type
    types = set(map(type, literals))
    if kind in TEXT_TYPES and types <= {str}:
        texts = _texts(cast("tuple[str, ...]", literals), fold=fold)
        if texts is not None:
            return tuple(sorted(texts))
    if kind in _WHOLE and types <= {int}:
        return tuple(_ints(cast("set[int]", set(literals)), target.field.scale))
    if types <= {str} and len(literals) > ONE_BY_ONE_MAX:
        # Repeats of a text cost a lot more to read than to leave out: days repeat in long lists.
        literals = tuple(dict.fromkeys(literals))
    read = _columns(literals, types, target) if len(literals) > ONE_BY_ONE_MAX else None
    if read is None:
        return _one_by_one(literals, target, fold=fold)
    values, left = read
    rest = _one_by_one([literals[place] for place in np.flatnonzero(left)], target, fold=fold)
    if isinstance(rest, Fault):
        return rest
    several = np.unique(np.concatenate((values, np.array(rest, values.dtype))))
    return tuple(several.tolist())


def _one_by_one(
    literals: Sequence[object], target: Target, *, fold: bool
) -> tuple[Scalar, ...] | Fault:
    found: set[Scalar] = set()
    for literal in literals:
        point = point_of(literal, target)
        if isinstance(point, Fault):
            return point
        found.update(values_at(point, target.field.type))
    if fold:
        found = {folded(cast("str", text)) for text in found}
    return tuple(sorted(found))


def _texts(literals: tuple[str, ...], *, fold: bool) -> set[str] | None:
    """The texts in NFC; None if one of them is not valid Unicode."""
    joined = "".join(literals)
    texts = set(literals)
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            return None
        texts = set(composed(list(texts)))
    return set(folded_texts(texts_of(list(texts))).to_pylist()) if fold else texts


def _ints(literals: set[int], scale: int) -> list[int]:
    factor = 10**scale
    low, high = -(-INT64_MIN // factor), INT64_MAX // factor
    return sorted(number * factor for number in literals if low <= number <= high)


def _columns(literals: tuple[object, ...], types: set[type], target: Target) -> Read | None:
    """What can be read by column; None for lists that have no plain form."""
    kind = target.field.type
    if target.undecided:
        return None
    try:
        if kind is FieldType.TIMESTAMP and types <= {str}:
            return _instants(_array(literals), target)
        if types <= {int, str, float, Decimal}:
            if kind in _WHOLE:
                return _units(_array(literals), target.field.scale)
            if kind is FieldType.FLOAT:
                return _doubles(_array(literals))
    except (UnicodeEncodeError, ValueError):
        # A lone surrogate, or an int of more digits than Python writes.
        return None
    return None


def _array(literals: tuple[object, ...]) -> Any:
    return pa.array(list(map(str, literals)), pa.string())


def _units(texts: Any, scale: int) -> Read:
    """Plain decimals of few digits, counted in units of ``10 ** -scale``."""
    plain = pc.extract_regex(texts, _PLAIN)
    whole = pc.utf8_ltrim(plain.field("whole"), "0")
    part = pc.utf8_rtrim(plain.field("part"), "0")
    finer = np.asarray(pc.greater(pc.binary_length(part), scale))
    digits = pc.binary_join_element_wise(whole, pc.utf8_rpad(part, scale, "0"), "")
    known = np.asarray(plain.is_valid()) & (np.asarray(pc.binary_length(digits)) <= _SAFE_DIGITS)
    storable = pa.array(known & ~finer)
    signed = pc.binary_join_element_wise(plain.field("sign"), "0", digits, "")
    return signed.filter(storable).cast(pa.int64()).to_numpy(), ~known


def _doubles(texts: Any) -> Read:
    """Plain decimals; whole ones only while a double holds each of their digits."""
    plain = pc.extract_regex(texts, _PLAIN)
    broken = np.asarray(pc.binary_length(plain.field("part"))) > 0
    exact = np.asarray(pc.binary_length(plain.field("whole"))) <= _EXACT_DIGITS
    short = np.asarray(pc.binary_length(texts)) <= _FLOAT_CHARS_MAX
    known = np.asarray(plain.is_valid()) & (broken | exact) & short
    # Adding zero takes the sign from a zero.
    return texts.filter(pa.array(known)).cast(pa.float64()).to_numpy() + 0.0, ~known


def _instants(texts: Any, target: Target) -> Read:
    """Instants that are not at the very ends of the calendar."""
    plain = np.asarray(pc.match_substring_regex(texts, _INSTANT))
    places = np.flatnonzero(plain)
    read = timestamps(texts.filter(pa.array(plain)), LocalTime(target.home.zone.key))
    values = read.values.cast(pa.int64()).fill_null(INT64_MIN).to_numpy()
    known = (values > _EARLIEST) & (values < _LATEST)
    left = np.ones(len(texts), np.bool_)
    left[places[known]] = False
    return values[known], left
