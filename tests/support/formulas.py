"""Formulas read record by record, with Python's own numbers, dates and texts: the oracle.

Written from the contract. It walks the typed tree, so it says nothing about typing.
"""

import math
import operator
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from indexer.formula.kinds import Kind
from indexer.formula.tree import Aggregate, Apply, Constant, Now, Read, Tree
from indexer.model.schema import FieldType

Values = Mapping[Any, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000


def value_of(tree: Tree, record: Values, zone: str, now: int | None = None) -> Any:
    """The formula's value for one record, in stored form; None is null."""
    match tree:
        case Constant(value=value):
            return value
        case Read(field=field):
            return record[field]
        case Now():
            return now
        case Aggregate():
            raise AssertionError("it is not about one record")
        case Apply(operation=name, arguments=arguments):
            given = [value_of(argument, record, zone, now) for argument in arguments]
            return _operation(name, given, [argument.kind for argument in arguments], tree, zone)


def _operation(name: str, given: list[Any], kinds: list[Kind], tree: Apply, zone: str) -> Any:
    match name, given:
        case "and", [one, other]:
            if one is False or other is False:
                return False
            return None if one is None or other is None else True
        case "or", [one, other]:
            if one is True or other is True:
                return True
            return None if one is None or other is None else False
        case "if", [test, then, otherwise]:
            return then if test is True else otherwise
        case "coalesce", _:
            return next((value for value in given if value is not None), None)
        case "is_null", [value]:
            return value is None
        case "concat", _:
            return unicodedata.normalize("NFC", "".join(value or "" for value in given))
        case _:
            pass
    if any(value is None for value in given):
        return None
    numbers = [_exact(value, kind) for value, kind in zip(given, kinds, strict=True)]
    return _of_values(name, given, numbers, kinds, tree, zone)


def _of_values(
    name: str, given: list[Any], numbers: list[Any], kinds: list[Kind], tree: Apply, zone: str
) -> Any:
    kind = tree.kind
    if name in _TEXTS:
        return _TEXTS[name](*given)
    if name in ("+", "-", "*", "/", "%"):
        return _arithmetic(name, given, numbers, kind)
    if name in _NUMBERS:
        return _NUMBERS[name](numbers[0], kind)
    if name in _COMPARED:
        values = [_comparable(*pair, zone) for pair in zip(given, kinds, strict=True)]
        return _COMPARED[name](values, given)
    if name == "round":
        return None if numbers[0] in _INFINITE else _stored(_round(numbers[0], given[1]), kind)
    if name == "to_int":
        return _to_int(given[0], numbers[0], kinds[0])
    if name == "to_decimal":
        return _to_decimal(given[0], numbers[0], kind)
    if name == "to_text":
        return _to_text(given[0], kinds[0])
    return _of_times(name, given, kinds, kind, zone)


def _of_times(name: str, given: list[Any], kinds: list[Kind], kind: Kind, zone: str) -> Any:
    if name == "days_between":
        return _day(given[1], kinds[1], zone) - _day(given[0], kinds[0], zone)
    if name == "days_since":
        return (given[1] - _comparable(given[0], kinds[0], zone)) // DAY
    if name == "date_trunc":
        return _truncated(given[0], given[1], kind, zone)
    day = EPOCH + timedelta(days=_day(given[0], kinds[0], zone))
    return day.isoweekday() if name == "weekday" else getattr(day, name)


def _exact(value: Any, kind: Kind) -> Any:
    if isinstance(value, float):
        return Fraction(value) if math.isfinite(value) else value
    if kind.type is FieldType.DECIMAL:
        return Fraction(value, 10**kind.scale)
    return Fraction(value) if kind.type is FieldType.INT else value


def _stored(number: Any, kind: Kind) -> Any:
    """An exact number in stored form; null where it doesn't fit."""
    if kind.type is FieldType.FLOAT:
        try:
            found = float(number) + 0.0
        except OverflowError:
            return None
        return found if math.isfinite(found) or number in _INFINITE else None
    units = number * 10**kind.scale
    assert units.denominator == 1, "it is exact"
    most = 10**18 - 1 if kind.type is FieldType.DECIMAL else 2**63 - 1
    least = -most if kind.type is FieldType.DECIMAL else -(2**63)
    return int(units) if least <= units <= most else None


def _substr(text: str, start: int, length: int | None = None) -> str:
    end = len(text) + 1 if length is None else start + max(length, 0)
    return text[max(start - 1, 0) : max(end - 1, 0)]


def _whole(of: Callable[[Any], Any], number: Any, kind: Kind) -> Any:
    return None if number in _INFINITE else _stored(of(number), kind)


_TEXTS: Mapping[str, Callable[..., Any]] = {
    "length": len,
    "lower": lambda text: unicodedata.normalize("NFC", text.lower()),
    "upper": lambda text: unicodedata.normalize("NFC", text.upper()),
    "trim": str.strip,
    "substr": _substr,
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "not": lambda truth: not truth,
}
_NUMBERS: Mapping[str, Callable[[Any, Kind], Any]] = {
    "negate": lambda number, kind: _stored(-number, kind),
    "abs": lambda number, kind: _stored(abs(number), kind),
    "convert": _stored,
    "floor": lambda number, kind: _whole(math.floor, number, kind),
    "ceil": lambda number, kind: _whole(math.ceil, number, kind),
}
_COMPARED: Mapping[str, Callable[[list[Any], list[Any]], Any]] = {
    "=": lambda values, _: values[0] == values[1],
    "!=": lambda values, _: values[0] != values[1],
    "<": lambda values, _: values[0] < values[1],
    "<=": lambda values, _: values[0] <= values[1],
    ">": lambda values, _: values[0] > values[1],
    ">=": lambda values, _: values[0] >= values[1],
    "in": lambda values, _: values[0] in values[1:],
    "min": lambda values, given: given[values.index(min(values))],
    "max": lambda values, given: given[values.index(max(values))],
}
_INFINITE = (math.inf, -math.inf)


def _arithmetic(name: str, given: list[Any], numbers: list[Any], kind: Kind) -> Any:
    if kind.type is FieldType.FLOAT:
        try:
            found = _DOUBLES[name](*given)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return found + 0.0 if math.isfinite(found) else None
    one, other = numbers
    if name in "/%" and other == 0:
        return None
    exact: dict[str, Callable[[], Fraction]] = {
        "+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other,
        "/": lambda: _round(one / other, kind.scale),
        "%": lambda: one - other * math.floor(one / other),
    }  # fmt: skip
    return _stored(exact[name](), kind)


_DOUBLES: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


def _round(number: Any, digits: int) -> Fraction:
    """Half away from zero."""
    power = Fraction(10) ** digits
    size = math.floor(abs(number) * power + Fraction(1, 2)) / power
    return Fraction(-size if number < 0 else size)


def _comparable(value: Any, kind: Kind, zone: str) -> Any:
    if kind.type is FieldType.DATE:
        midnight = (EPOCH + timedelta(days=value)).replace(tzinfo=ZoneInfo(zone))
        return (midnight - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, str):
        return value.encode()
    return _exact(value, kind)


def _local(instant: int, zone: str) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


def _day(value: int, kind: Kind, zone: str) -> int:
    if kind.type is FieldType.DATE:
        return value
    return _local(value, zone).date().toordinal() - EPOCH.date().toordinal()


def _truncated(unit: str, value: int, kind: Kind, zone: str) -> int:
    if unit in ("minute", "hour"):
        shown = _local(value, zone)
        rest = timedelta(seconds=shown.second, microseconds=shown.microsecond)
        if unit == "hour":
            rest += timedelta(minutes=shown.minute)
        return value - rest // timedelta(microseconds=1)
    day = EPOCH + timedelta(days=_day(value, kind, zone))
    match unit:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "quarter":
            day = day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            day = day.replace(month=1, day=1)
        case _:
            pass
    days = (day - EPOCH).days
    if kind.type is FieldType.DATE:
        return days
    return int(_comparable(days, Kind(FieldType.DATE), zone))


def _to_int(value: Any, number: Any, kind: Kind) -> Any:
    if kind.type is FieldType.BOOL:
        return int(value)
    if kind.type is FieldType.KEYWORD:
        try:
            plain = value.strip()
            if not plain.lstrip("+-").isdecimal() or not plain.isascii() or "_" in plain:
                return None
            number = Fraction(int(plain))
        except ValueError:
            return None
    if number in _INFINITE:
        return None
    return _stored(Fraction(math.trunc(number)), Kind(FieldType.INT))


def _to_decimal(value: Any, number: Any, kind: Kind) -> Any:
    if isinstance(value, str):
        plain = value.strip()
        digits = plain[1:] if plain[:1] in ("+", "-") else plain
        whole, dot, rest = digits.partition(".")
        if not digits.isascii() or not whole.isdecimal() or (dot and not rest.isdecimal()):
            return None
        number = Fraction(plain)
    if number in _INFINITE:
        return None
    return _stored(_round(number, kind.scale), kind)


def _to_text(value: Any, kind: Kind) -> str:
    match kind.type:
        case FieldType.BOOL:
            return "true" if value else "false"
        case FieldType.DECIMAL:
            with localcontext(prec=60, rounding=ROUND_HALF_UP):
                return f"{Decimal(value).scaleb(-kind.scale):f}"
        case FieldType.DATE:
            return (EPOCH + timedelta(days=value)).strftime("%Y-%m-%d").rjust(10, "0")
        case FieldType.TIMESTAMP:
            return (EPOCH + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")
        case FieldType.FLOAT:
            return repr(value)
        case _:
            return str(value)
