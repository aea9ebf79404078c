"""Which stretch of time a leaf means, for the oracle: the tables of CONDITIONS.md, row by row."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.support import wall

OPERATORS = frozenset(
    {
        "on", "before", "after", "on_or_before", "on_or_after", "in_last", "in_next",
        "more_than_ago", "more_than_ahead", "between_ago", "in_period",
    }
)  # fmt: skip
"""The positive operators that mean one stretch."""


class Stretch(NamedTuple):
    """From ``start`` to ``end``; None is no such end, ``*_in`` whether it belongs to it."""

    start: datetime | None
    start_in: bool
    end: datetime | None
    end_in: bool

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in it."""
        return not (
            (
                self.start is not None
                and (at < self.start or (at == self.start and not self.start_in))
            )
            or (self.end is not None and (at > self.end or (at == self.end and not self.end_in)))
        )


def stretch(leaf: Mapping[str, Any], now: datetime, zone: str, dataset_zone: str) -> Stretch:
    """What the leaf's operator, which is a positive one, means at that moment in that zone."""
    op, value = leaf["op"], leaf["value"]
    if op in ("on", "before", "after", "on_or_before", "on_or_after"):
        return _around(op, value, zone, dataset_zone)
    if op == "in_period":
        offset, unit = value.get("offset", 0), value["period"]
        start = wall.start_of(now, offset, unit, zone)
        if value.get("to_date"):
            return Stretch(start, True, now, True)
        return Stretch(start, True, wall.start_of(now, offset + 1, unit, zone), False)
    if leaf.get("calendar"):
        return _by_calendar(op, value, now, zone)
    return _elapsed(op, value, now, zone)


def _around(op: str, text: str, zone: str, dataset_zone: str) -> Stretch:
    begins = wall.literal(text, zone, dataset_zone)
    if len(text) == len("2025-01-31"):
        day = date.fromisoformat(text)
        ends, ends_in = wall.midnight(day + timedelta(days=1), zone), False
    else:
        ends, ends_in = begins, True
    return {
        "on": Stretch(begins, True, ends, ends_in),
        "before": Stretch(None, False, begins, False),
        "on_or_before": Stretch(None, False, ends, ends_in),
        "after": Stretch(ends, not ends_in, None, False),
        "on_or_after": Stretch(begins, True, None, False),
    }[op]


def _elapsed(op: str, value: Mapping[str, Any], now: datetime, zone: str) -> Stretch:
    def away(amount: int) -> datetime:
        return wall.moved(now, amount, value["unit"], zone)

    match op:
        case "in_last":
            return Stretch(away(-value["amount"]), False, now, True)
        case "in_next":
            return Stretch(now, True, away(value["amount"]), False)
        case "more_than_ago":
            return Stretch(None, False, away(-value["amount"]), True)
        case "more_than_ahead":
            return Stretch(away(value["amount"]), True, None, False)
        case _:
            return Stretch(away(-value["from"]), True, away(-value["to"]), True)


def _by_calendar(op: str, value: Mapping[str, Any], now: datetime, zone: str) -> Stretch:
    def start(units: int) -> datetime:
        return wall.start_of(now, units, value["unit"], zone)

    match op:
        case "in_last":
            return Stretch(start(1 - value["amount"]), True, now, True)
        case "in_next":
            return Stretch(now, True, start(value["amount"]), False)
        case "more_than_ago":
            return Stretch(None, False, start(1 - value["amount"]), False)
        case "more_than_ahead":
            return Stretch(start(value["amount"]), True, None, False)
        case _:
            return Stretch(start(-value["from"]), True, start(1 - value["to"]), False)
