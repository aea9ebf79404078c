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
AMOUNTS = (1, 2, 3, 7, 24, 30, 31, 60, 90, 365, 100_000)
TIME_OPERATORS = (
    "on", "not_on", "before", "after", "on_or_before", "on_or_after", "in_last", "not_in_last",
    "in_next", "not_in_next", "more_than_ago", "more_than_ahead", "between_ago", "in_period",
    "not_in_period", "anniversary", "weekday_in",
)  # fmt: skip
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo",
    "Australia/Lord_Howe",
)  # fmt: skip
INT64 = (-(2**63), 2**63 - 1)
FAR_INTS = (INT64[0] - 1, INT64[1] + 1, 10**30, -(10**30))
STRANGE_TEXTS = ("", " ", "ß", "A\u030a", "\uffff", "\U0001f600", "no such value")
TEXT_OPERATORS = ("contains", "starts_with", "ends_with")
PATTERNS = (
    "a", "^a", "b$", "^$", "[ab]", "[^a]", "a|s", "s+", "^.$", "a.*b", "(a)(b)?", "\u00df",
    "A\u030a", "[\u00e0-\u00ff]", "i", "k", "x{2,3}", "",
)  # fmt: skip
"""Patterns that Python's ``re`` reads as RE2 does."""
SHARES: tuple[tuple[Json, Json], ...] = (
    (0, 100), (0, 50), (50, 100), (25, Decimal("62.5")), ("0.1", 99), (30, 30), (60, 20),
    (0, Decimal("0.000001")), (Decimal("33.333333333333333333333333"), 66),
)  # fmt: skip
SALTS = ("", "a", "\u00e4 long salt")
SIZES: tuple[Json, ...] = (0, 1, 2, 3, -1, Decimal("1.5"), "2", 10**30)
FAMILIES = (
    ("int", "decimal", "float"), ("keyword", "text"), ("date", "timestamp"), ("bool",),
)  # fmt: skip
DEPTH_MAX = 4
WIDTH_MAX = 4
LIST_MAX = 5


class Palette:
    """What the literals of one dataset are taken from: its own values, and their neighbours.

    Leaves that ``may`` refuses are drawn again. ``related`` draws conditions on related records,
    if any are wanted (``tests.support.random_related``).
    """

    related: Callable[[Dice], Json] | None = None

    def __init__(
        self,
        schema: Mapping[str, Json],
        rows: Sequence[Row],
        may: Callable[[Json], bool] = lambda _: True,
    ) -> None:
        self.may = may
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
    if palette.related is not None and one_in(dice, 4):
        node = palette.related(dice)
    elif shape < 5:
        node = _leaf(dice, palette, windows=windows)
        while not palette.may(node):
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
    op = dice.pick(_operators(field, kind, windows=windows))
    leaf: dict[str, Json] = {"field": field, "op": op, **_operand(dice, palette, field, op)}
    if (op in ("is_not", "has_none") or op.startswith("not_")) and one_in(dice, 3):
        leaf["nulls"] = "exclude"
    if kind in ("keyword", "text") and _folds(op) and one_in(dice, 3):
        leaf["case_sensitive"] = False
    if kind in ("date", "timestamp") and windows and len(leaf) > 2 and one_in(dice, 4):
        leaf["tz"] = dice.pick(ZONES)
    return leaf


def _operators(field: str, kind: str, *, windows: bool) -> tuple[str, ...]:
    found: tuple[str, ...] = ("is_set", "is_not_set")
    if kind == "set":
        sizes = [f"size_{op}" for op in ("is", *COMPARISONS)]
        found = (*found, "is_empty", "is_not_empty", *sizes)
        return ("has_any", "has_all", "has_none", "is_exactly", "is_exactly", *found)
    found = ("is", "is_not", "in", "not_in", *found)
    if kind in ORDERED:
        found = (*found, *COMPARISONS, "between", "not_between")
    if kind in ("keyword", "text"):
        texts = (*TEXT_OPERATORS, "matches")
        found = (*found, *texts, *(f"not_{op}" for op in texts), "is_empty", "is_not_empty")
    if field == KEY:
        found = (*found, "sample", "sample")
    if windows and kind in ("date", "timestamp"):
        found = (*found, *TIME_OPERATORS, *(("hour_between",) if kind == "timestamp" else ()))
    return found


def _operand(dice: Dice, palette: Palette, field: str, op: str) -> dict[str, Json]:
    if op in ("is", "is_not", *COMPARISONS) and one_in(dice, 4):
        return {"value_field": dice.pick(_kin(palette, palette.types[field]))}
    match op.removeprefix("not_"):
        case "is_set" | "is_not_set" | "is_empty" | "is_not_empty":
            return {}
        case "in_last" | "in_next" | "more_than_ago" | "more_than_ahead":
            return _window(dice)
        case "between_ago" | "in_period" | "anniversary" | "weekday_in" | "hour_between":
            return _timed(dice, op.removeprefix("not_"))
        case "sample":
            low, high = dice.pick(SHARES)
            return {"value": {"from": low, "to": high, "salt": dice.pick(SALTS)}}
        case "matches":
            return {"value": dice.pick(PATTERNS)}
        case "contains" | "starts_with" | "ends_with":
            return {"value": _parts(dice, palette, field)}
        case "between":
            return {"value": [palette.literal(dice, field), palette.literal(dice, field)]}
        case "in" | "has_any" | "has_all" | "has_none" | "is_exactly":
            return {"value": palette.literals(dice, field)}
        case size if size.startswith("size_"):
            return {"value": dice.pick(SIZES)}
        case _:
            return {"value": palette.literal(dice, field)}


def _folds(op: str) -> bool:
    return op.removeprefix("not_") in ("is", "is_not", "in", "matches", *TEXT_OPERATORS)


def _kin(palette: Palette, kind: str) -> list[str]:
    """Fields that compare with a field of this type."""
    family = next(each for each in FAMILIES if kind in each)
    return [name for name, other in sorted(palette.types.items()) if other in family]


def _parts(dice: Dice, palette: Palette, field: str) -> Json:
    """Pieces of values that occur, one or several, sometimes in the other case."""
    if one_in(dice, 10):
        return [palette.literal(dice, field) for _ in range(dice.number(8, 12))]
    pieces: list[str] = []
    for text in palette.literals(dice, field):
        start = dice.number(0, len(text))
        piece = text[start : dice.number(start, len(text))]
        pieces.append(piece.swapcase() if one_in(dice, 3) else piece)
    return pieces if len(pieces) != 1 else pieces[0]


def _window(dice: Dice) -> dict[str, Json]:
    amount = dice.pick(AMOUNTS)
    window: dict[str, Json] = {"value": {"amount": amount, "unit": dice.pick(UNITS)}}
    return {**window, "calendar": True} if one_in(dice, 3) else window


def _timed(dice: Dice, op: str) -> dict[str, Json]:
    """The value of an operator that only times have."""
    match op:
        case "between_ago":
            near, far = sorted((dice.pick(AMOUNTS), dice.pick((0, 1, *AMOUNTS))))
            span = {"value": {"from": far, "to": near, "unit": dice.pick(UNITS)}}
            return {**span, "calendar": True} if one_in(dice, 3) else span
        case "in_period":
            offset = dice.pick((0, 0, -1, 1, -2, 5, -100_000, 100_000))
            period = {"period": dice.pick(UNITS[2:]), "offset": offset}
            to_date = {"to_date": True} if offset == 0 and one_in(dice, 2) else {}
            return {"value": {**period, **to_date}}
        case "anniversary" if one_in(dice, 3):
            return {"value": {"month": dice.number(1, 12)}}
        case "anniversary":
            return {"value": {"in_next": dice.pick((0, 1, 7, 30, 333, 364, 365, 366, 100_000))}}
        case "weekday_in":
            return {"value": [dice.number(1, 7) for _ in range(dice.number(0, LIST_MAX))]}
        case _:
            return {"value": [dice.number(0, 24), dice.number(0, 24)]}


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
