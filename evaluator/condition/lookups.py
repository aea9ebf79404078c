"""Literals and intervals to lookups, each question in one canonical form.

A range of one value is that value, as is a list of one value; a range that nothing can be in is
Nothing, and one that everything is in asks for any value.
"""

from evaluator.condition.literal import INTEGERS, values_at
from evaluator.condition.number import FLOAT_MAX, INT64_MAX, INT64_MIN, Point
from evaluator.condition.target import Target
from evaluator.condition.windows import Interval
from indexer.model.ids import KEY_FIELD
from indexer.model.record import Scalar
from indexer.model.schema import Field, FieldType
from indexer.plan.draws import DRAW_MAX
from indexer.plan.nodes import (
    EVERYTHING,
    NOTHING,
    Equals,
    Exactly,
    HasValue,
    Leaf,
    OneOf,
    Plan,
    Range,
    Sampled,
    Size,
)


def has_value(field: Field) -> Plan:
    """Records whose field is not null; a key never is."""
    return EVERYTHING if field.name == KEY_FIELD else Leaf(HasValue(field.name))


def any_of(field: Field, values: tuple[Scalar, ...]) -> Plan:
    """Records with one of these stored values, which are sorted and without repeats."""
    if not values:
        return NOTHING
    if len(values) == 1:
        return Leaf(Equals(field.name, values[0]))
    return Leaf(OneOf(field.name, values))


def equal_to(field: Field, point: Point) -> Plan:
    """Records whose value is the literal."""
    return any_of(field, values_at(point, field.type))


def above(field: Field, point: Point) -> Plan:
    """Records whose value is greater than the literal."""
    return between(field, point.last, None, low_open=True)


def at_least(field: Field, point: Point) -> Plan:
    """Records whose value is the literal or greater."""
    return between(field, point.first, None)


def below(field: Field, point: Point) -> Plan:
    """Records whose value is less than the literal."""
    return between(field, None, point.first, high_open=True)


def at_most(field: Field, point: Point) -> Plan:
    """Records whose value is the literal or less."""
    return between(field, None, point.last)


def between(
    field: Field,
    low: Scalar | None,
    high: Scalar | None,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> Plan:
    """Records whose value lies between two stored values; None leaves an end open."""
    if field.type in INTEGERS:
        assert low is None or isinstance(low, int), field.name
        assert high is None or isinstance(high, int), field.name
        return _between_ints(
            field,
            None if low is None else low + low_open,
            None if high is None else high - high_open,
        )
    if field.type is FieldType.FLOAT:
        assert low is None or isinstance(low, float), field.name
        assert high is None or isinstance(high, float), field.name
        return _between_floats(field, low, high, low_open, high_open)
    assert low is None or isinstance(low, str), field.name
    assert high is None or isinstance(high, str), field.name
    if high == "" and high_open:
        return NOTHING
    # The empty text is the smallest: from it on means any text.
    return _range(field, low if low or low_open else None, high, low_open, high_open)


def inside(interval: Interval, target: Target) -> Plan:
    """Records whose time lies in the interval; a date is its local midnight."""
    first, last = interval.first, interval.last
    if first is not None and last is not None and first > last:
        return NOTHING
    if target.field.type is FieldType.DATE:
        first = None if first is None else target.local.first_day_from(first)
        last = None if last is None else target.local.last_day_until(last)
    return between(target.field, first, last)


def sized(field: Field, low: int, high: int | None) -> Plan:
    """Records whose set has from ``low`` to ``high`` members; None leaves the end open."""
    if low > INT64_MAX or (high is not None and high < max(low, 0)):
        return NOTHING
    upper = high if high is not None and high < INT64_MAX else None
    if low <= 0 and upper is None:
        return has_value(field)
    return Leaf(Size(field.name, max(low, 0), upper))


def exactly(field: Field, members: tuple[str, ...]) -> Plan:
    """Records whose set has these members, sorted and without repeats, and no other."""
    return Leaf(Exactly(field.name, members)) if members else sized(field, 0, 0)


def drawn(first: int, last: int, salt: str) -> Plan:
    """Records whose draw for the salt lies from ``first`` to ``last``."""
    if first > last:
        return NOTHING
    if first == 0 and last == DRAW_MAX:
        return EVERYTHING
    return Leaf(Sampled(first, last, salt))


def _between_ints(field: Field, low: int | None, high: int | None) -> Plan:
    """Both ends included; ends beyond 64 bits are those that 64 bits can't reach."""
    if (low is not None and low > INT64_MAX) or (high is not None and high < INT64_MIN):
        return NOTHING
    inner_low = low if low is not None and low > INT64_MIN else None
    inner_high = high if high is not None and high < INT64_MAX else None
    return _range(field, inner_low, inner_high, low_open=False, high_open=False)


def _between_floats(
    field: Field, low: float | None, high: float | None, low_open: bool, high_open: bool
) -> Plan:
    """Ends at an infinity are said by the largest finite number, which every wire can carry."""
    if low is not None and abs(low) > FLOAT_MAX:
        low, low_open = (FLOAT_MAX, True) if low > 0 else (-FLOAT_MAX, False)
    if high is not None and abs(high) > FLOAT_MAX:
        high, high_open = (FLOAT_MAX, False) if high > 0 else (-FLOAT_MAX, True)
    return _range(field, low, high, low_open, high_open)


def _range(
    field: Field,
    low: float | str | None,
    high: float | str | None,
    low_open: bool,
    high_open: bool,
) -> Plan:
    if low is None and high is None:
        return has_value(field)
    if low is not None and high is not None:
        if low > high:  # type: ignore[operator]  # both are of the field's one stored type
            return NOTHING
        if low == high:
            return NOTHING if low_open or high_open else Leaf(Equals(field.name, low))
    return Leaf(Range(field.name, low, high, low_open, high_open))
