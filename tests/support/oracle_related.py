"""Conditions on related records read aloud over plain records of several datasets.

Written from CONDITIONS.md alone, as ``tests.support.oracle`` is: loops over loops, no index.
Schemas are the JSON of ``POST /datasets`` with their ``links``.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.support import oracle, wall
from tests.support.oracle import KEY, Asked, Json, Row, Value

ELAPSED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
OF_NOTHING_ZERO = ("sum", "count_distinct")


@dataclass(frozen=True, slots=True)
class Datasets:
    """Several datasets, each a schema and its records, at one moment."""

    schemas: Mapping[str, Json]
    rows: Mapping[str, Sequence[Row]]
    now: datetime

    def asked(self, name: str) -> Asked:
        """What a condition over one of them is asked about."""
        return Asked(self.schemas[name], self.now, self.holding)

    def holding(self, node: Json, rows: Sequence[Row], asked: Asked) -> list[bool]:
        """For each of the base's records, whether the condition on related records holds."""
        other = self.asked(node["related"])
        candidates = self.rows[node["related"]]
        leads, link = self.link(node, asked.schema)
        related = [
            [
                each
                for each in candidates
                if (points(row, link, each, other) if leads else points(each, link, row, asked))
            ]
            for row in rows
        ]
        if "sequence" in node:
            return [has_chain(node, each, other) for each in related]
        matching = [matching_of(node.get("where"), each, other) for each in related]
        return [measured(node, each, other) for each in matching]

    def link(self, node: Json, base: Json) -> tuple[bool, Json]:
        """Whether the base's own link is followed, and the link."""
        other = self.schemas[node["related"]]
        ours = [each for each in base.get("links", ()) if each["to"] == other["name"]]
        theirs = [each for each in other.get("links", ()) if each["to"] == base["name"]]
        if "via" in node:
            ours = [each for each in ours if each["name"] == node["via"]]
            theirs = [each for each in theirs if each["name"] == node["via"]]
        over_many = any(key in node for key in ("count", "aggregate", "sequence"))
        if ours and theirs:
            return (False, theirs[0]) if over_many else (True, ours[0])
        return (True, ours[0]) if ours else (False, theirs[0])


def points(row: Row, link: Json, target: Row, asked: Asked) -> bool:
    """Whether the link of a record leads to the target, a record of the dataset asked about."""
    named = row[link["field"]]
    return named is not None and same(named, asked.value(target, link.get("to_field") or KEY))


def same(one: Any, other: Any) -> bool:
    """Whether two keys are one."""
    if isinstance(one, str) and isinstance(other, str):
        return oracle.nfc(one) == oracle.nfc(other)
    return bool(one == other)


def matching_of(where: Json, rows: Sequence[Row], asked: Asked) -> list[Row]:
    """The records that satisfy the condition; without one, all."""
    if where is None or not rows:
        return list(rows)
    held = oracle.holding(where, rows, asked)
    return [row for row, holds in zip(rows, held, strict=True) if holds]


def measured(node: Json, rows: Sequence[Row], asked: Asked) -> bool:
    """Whether the measure of the matching records is as the condition says."""
    if "count" in node:
        return compared(Fraction(len(rows)), node["count"])
    if "aggregate" not in node:
        return bool(rows)
    function = node["aggregate"]
    fn, field = function["fn"], function["field"]
    if fn in ("min", "max", "first", "last"):
        order_by = function.get("order_by") or node.get("order_by")
        found = end_of(fn, field, order_by, rows, asked)
        said = {"field": field, "op": node["op"], "value": node["value"]}
        return found is not None and oracle.leaf_holds(said, found, asked)
    values = [value for row in rows if (value := asked.value(row, field)) is not None]
    result = number_of(fn, values, asked.type_of(field))
    return result is not None and compared(result, node, asked.type_of(field))


def number_of(fn: str, values: Sequence[Any], kind: str) -> Fraction | float | None:
    """What a function that counts or adds gives; None for null."""
    if fn == "count_distinct":
        return Fraction(len({oracle.nfc(v) if isinstance(v, str) else v for v in values}))
    if not values:
        return Fraction(0) if fn in OF_NOTHING_ZERO else None
    if kind == "float":
        return float_of(fn, values)
    exact = [Fraction(value) for value in values]
    match fn:
        case "sum":
            return sum(exact, Fraction(0))
        case "avg":
            return sum(exact, Fraction(0)) / len(exact)
        case _:
            low, high = middle(exact)
            return Fraction(low + high) / 2


def float_of(fn: str, values: Sequence[float]) -> float:
    """The same over doubles: sums rounded once, averages and medians once more."""
    if fn == "median":
        low, high = middle(values)
        return float((low + high) / 2)
    total = sum(map(Fraction, values), Fraction(0))
    return float(total) if fn == "sum" else float(total) / len(values)


def middle(values: Sequence[Any]) -> tuple[Any, Any]:
    """The middle two of them, in order; one of an odd number is both."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]


def end_of(
    fn: str, field: str, order_by: str | None, rows: Sequence[Row], asked: Asked
) -> Row | None:
    """The record that has the least value or the greatest, or is the first or the last in time."""
    valued = [row for row in rows if asked.value(row, field) is not None]
    if order_by is None:
        ordered = sorted(valued, key=lambda row: comparable(asked.value(row, field)))
    else:
        timed = [row for row in valued if row[order_by] is not None]
        ordered = sorted(timed, key=lambda row: (row[order_by], comparable(row[KEY])))
    if not ordered:
        return None
    return ordered[0 if fn in ("min", "first") else -1]


def comparable(value: Any) -> Any:
    """Texts by their UTF-8 bytes, all else as it is."""
    return oracle.nfc(value).encode() if isinstance(value, str) else value


def compared(ours: Fraction | float, said: Json, kind: str = "int") -> bool:
    """Whether a number compares as ``op`` and ``value`` say."""
    op, value = said["op"], said["value"]
    if op == "between":
        low, high = (number(each, ours) for each in value)
        return bool(low <= ours <= high)
    theirs = number(value, ours)
    return bool(
        {
            "is": ours == theirs,
            "is_not": ours != theirs,
            "gt": ours > theirs,
            "gte": ours >= theirs,
            "lt": ours < theirs,
            "lte": ours <= theirs,
        }[op]
    )


def number(given: Json, ours: Fraction | float) -> Any:
    """A literal beside a result: exact, but a fraction beside a double is its nearest double."""
    whole = isinstance(given, int) or str(given).lstrip("-").isdigit()
    if isinstance(ours, float) and not whole:
        return float(given)
    return Fraction(Decimal(given))


def has_chain(node: Json, rows: Sequence[Row], asked: Asked) -> bool:
    """Whether some records follow each other as the steps say."""
    steps, order_by = node["sequence"], node["order_by"]
    timed = [row for row in rows if row[order_by] is not None]
    matching = [
        sorted(
            {instant_of(row[order_by], asked) for row in matching_of(s.get("where"), timed, asked)}
        )
        for s in steps
    ]

    def goes_on(step: int, since: datetime | None) -> bool:
        if step == len(steps):
            return True
        until = None if since is None else end_of_window(since, steps[step].get("within"), asked)
        followers = [
            at
            for at in matching[step]
            if since is None or (at > since and (until is None or at <= until))
        ]
        if steps[step].get("absent"):
            return not followers
        return any(goes_on(step + 1, at) for at in followers)

    return goes_on(0, None)


def instant_of(value: Value, asked: Asked) -> datetime:
    """When that is: a date at its midnight in the dataset's zone."""
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return wall.midnight(value, asked.zone)


def end_of_window(since: datetime, window: Json, asked: Asked) -> datetime | None:
    """The last moment that is at most so long after; None where no calendar has it."""
    if window is None:
        return None
    amount, unit = int(window["amount"]), str(window["unit"])
    try:
        if unit in ELAPSED:
            return since + amount * ELAPSED[unit]
        local = since.astimezone(ZoneInfo(asked.zone)).replace(tzinfo=None)
        year, month = divmod(local.year * 12 + local.month - 1 + amount * MONTHS[unit], 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        return wall.instant(local.replace(year=year, month=month + 1, day=day), asked.zone)
    except (OverflowError, ValueError):
        return None
