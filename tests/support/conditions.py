"""Random valid conditions over a schema, with literals that lie on, beside and far from values.

``random_condition`` is the one generator: hypothesis and seeded runs differ only in their dice.
Literals that no record can have are as welcome as those many have, because the edges between
them are where answers go wrong.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.dice import Dice, one_in
from tests.support.oracle import KEY, Row

Json = Any
Literal = Callable[[Dice], Json]

ORDERED = ("int", "decimal", "float", "date", "timestamp", "keyword")
COMPARISONS = ("gt", "gte", "lt", "lte")
UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
INT64 = (-(2**63), 2**63 - 1)
FAR_INTS = (INT64[0] - 1, INT64[1] + 1, 10**30, -(10**30))
STRANGE_TEXTS = ("", " ", "ß", "A\u030a", "\uffff", "\U0001f600", "no such value")
DEPTH_MAX = 4
WIDTH_MAX = 4
LIST_MAX = 5


class Palette:
    """What the literals of one dataset are taken from: its own values, and their neighbours."""

    def __init__(self, schema: Mapping[str, Json], rows: Sequence[Row]) -> None:
        self.types = {f["name"]: f["type"] for f in schema["fields"] if f["name"] != schema["key"]}
        keys = {f["name"]: f["type"] for f in schema["fields"] if f["name"] == schema["key"]}
        self.types[KEY] = next(iter(keys.values()), "int")
        self._values = {
            name: sorted({row[name] for row in rows} - {None}, key=repr) for name in self.types
        }

    def literal(self, dice: Dice, field: str) -> Json:
        """A value of the field's type as JSON: often one that occurs, sometimes one that can't."""
        known = self._values[field]
        members: list[str] = sorted({m for v in known if isinstance(v, frozenset) for m in v})
        match self.types[field]:
            case "bool":
                return dice.pick((False, True))
            case "int":
                return _int(dice, known or [0])
            case "decimal":
                return _decimal(dice, known or [Decimal(0)])
            case "float":
                return _float(dice, known or [0.0])
            case "date" | "timestamp":
                return _time(dice, known or [date(2025, 1, 31)])
            case "set":
                return _text(dice, members or ["a"])
            case _:
                return _text(dice, known or ["a"])

    def literals(self, dice: Dice, field: str) -> list[Json]:
        """A short list of them, sometimes empty."""
        return [self.literal(dice, field) for _ in range(dice.number(0, LIST_MAX))]


def random_condition(
    dice: Dice, palette: Palette, *, depth: int = DEPTH_MAX, windows: bool = True
) -> Json:
    """A valid condition: groups, negations, muted nodes and leaves over the palette's fields.

    ``windows`` allows conditions relative to now, in several zones.
    """
    shape = dice.number(0, 9) if depth > 0 else 0
    if shape < 5:
        node = _leaf(dice, palette, windows=windows)
    elif shape < 9:
        width = 0 if one_in(dice, 20) else dice.number(1, WIDTH_MAX)
        children = [
            random_condition(dice, palette, depth=depth - 1, windows=windows) for _ in range(width)
        ]
        node = {dice.pick(("all", "any")): children}
    else:
        node = {"not": random_condition(dice, palette, depth=depth - 1, windows=windows)}
    return {**node, "muted": True} if one_in(dice, 12) else node


def _leaf(dice: Dice, palette: Palette, *, windows: bool) -> Json:
    field = dice.pick(sorted(palette.types))
    kind = palette.types[field]
    op = dice.pick(_operators(kind, windows=windows))
    leaf: dict[str, Json] = {"field": field, "op": op}
    if op in ("is_set", "is_not_set"):
        return leaf
    if op == "in_last":
        leaf |= _window(dice)
    elif op == "between":
        leaf["value"] = [palette.literal(dice, field), palette.literal(dice, field)]
    elif op in ("in", "not_in", "has_any", "has_all", "has_none"):
        leaf["value"] = palette.literals(dice, field)
    else:
        leaf["value"] = palette.literal(dice, field)
    if op in ("is_not", "not_in", "has_none") and one_in(dice, 3):
        leaf["nulls"] = "exclude"
    if kind in ("date", "timestamp") and windows and one_in(dice, 4):
        leaf["tz"] = dice.pick(ZONES)
    return leaf


def _operators(kind: str, *, windows: bool) -> tuple[str, ...]:
    found: tuple[str, ...] = ("is_set", "is_not_set")
    if kind == "set":
        return ("has_any", "has_all", "has_none", *found)
    found = ("is", "is_not", "in", "not_in", *found)
    if kind in ORDERED:
        found = (*found, *COMPARISONS, "between")
    return (*found, "in_last", "in_last") if windows and kind in ("date", "timestamp") else found


def _window(dice: Dice) -> dict[str, Json]:
    amount = dice.pick((1, 2, 3, 7, 24, 30, 31, 60, 90, 365, 100_000))
    window: dict[str, Json] = {"value": {"amount": amount, "unit": dice.pick(UNITS)}}
    return {**window, "calendar": True} if one_in(dice, 3) else window


def _int(dice: Dice, known: Sequence[Any]) -> Json:
    value: int = dice.pick(known)
    match dice.number(0, 7):
        case 0:
            return value + dice.pick((-1, 1))
        case 1:
            return Decimal(value) + dice.pick((Decimal("0.5"), Decimal("-0.5"), Decimal("0.0")))
        case 2:
            return dice.pick((*INT64, *FAR_INTS))
        case 3:
            return str(value)
        case _:
            return value


def _decimal(dice: Dice, known: Sequence[Any]) -> Json:
    value: Decimal = dice.pick(known)
    match dice.number(0, 6):
        case 0:
            return str(value + dice.pick((Decimal("0.0001"), Decimal("-0.0001"))))
        case 1:
            return dice.pick((0, 1, -1, 10**30, -(10**30)))
        case 2:
            return str(value) + "00" if "." in str(value) else value
        case 3:
            return value
        case _:
            return str(value)


def _float(dice: Dice, known: Sequence[Any]) -> Json:
    value: float = dice.pick(known)
    match dice.number(0, 5):
        case 0:
            return dice.pick((0, 1, -1, 2**53))
        case 1:
            return value + dice.pick((0.5, -0.5))
        case _:
            return value


def _time(dice: Dice, known: Sequence[Any]) -> str:
    value = dice.pick(known)
    if isinstance(value, datetime):
        match dice.number(0, 5):
            case 0:
                return value.date().isoformat()
            case 1:
                return value.replace(tzinfo=None).isoformat()
            case 2:
                return (value + timedelta(microseconds=dice.pick((-1, 1)))).isoformat()
            case _:
                return value.isoformat().replace("+00:00", "Z")
    day: date = value
    if one_in(dice, 4):
        return day.isoformat() + dice.pick(("T00:00:00Z", "T00:00:00", "T12:30:00+02:00"))
    return day.isoformat()


def _text(dice: Dice, known: Sequence[Any]) -> str:
    value: str = dice.pick(known)
    match dice.number(0, 5):
        case 0:
            return unicodedata.normalize("NFD", value)
        case 1:
            return dice.pick((value.upper(), value.lower(), value + "\u0301", value[:-1]))
        case 2:
            return dice.pick(STRANGE_TEXTS)
        case _:
            return value
