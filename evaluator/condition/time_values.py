"""The values of operators on times, from decoded JSON; what is wrong with one is a Fault.

The message of a fault goes on after the operator's name, and never repeats a value.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from evaluator.condition.anniversaries import Anniversary
from evaluator.condition.clocks import HOURS_A_DAY, Hours, Weekdays
from evaluator.condition.entry import ValueShape
from evaluator.condition.literal import Fault
from evaluator.condition.periods import PERIODS, Period
from evaluator.condition.windows import AMOUNT_MAX, AgoSpan, Unit, Window

TimeValue = Window | AgoSpan | Period | Anniversary | Weekdays | Hours

WINDOW_KEYS = frozenset({"amount", "unit"})
AGO_KEYS = frozenset({"from", "to", "unit"})
PERIOD_KEYS = frozenset({"period", "offset", "to_date"})
MONTH_LAST = 12
WEEKDAY_LAST = 7

_WINDOW = 'an amount and a unit, like {"amount": 30, "unit": "day"}'
_AGO = 'two amounts and a unit, like {"from": 90, "to": 30, "unit": "day"}'
_PERIOD = 'a period and an offset, like {"period": "quarter", "offset": -1}'
_ANNIVERSARY = 'either days or a month, like {"in_next": 7} or {"month": 5}'
_WEEKDAYS = "a list of weekdays, from 1 for Monday to 7 for Sunday"
_HOURS = "two local hours, like [9, 17]"


def read_window(value: object) -> Window | Fault:
    """``{"amount": 30, "unit": "day"}``, the amount from 1 to AMOUNT_MAX."""
    if not isinstance(value, dict):
        return Fault("wrong_type", f"takes {_WINDOW}")
    if value.keys() != WINDOW_KEYS:
        return Fault("bad_shape", f"takes exactly {_WINDOW}")
    amount = _whole(value["amount"], "an 'amount'", 1, AMOUNT_MAX)
    if isinstance(amount, Fault):
        return amount
    unit = _unit(value["unit"])
    return unit if isinstance(unit, Fault) else Window(amount, unit)


def read_ago_span(value: object) -> AgoSpan | Fault:
    """``{"from": 90, "to": 30, "unit": "day"}``, with AMOUNT_MAX >= from >= to >= 0."""
    if not isinstance(value, dict):
        return Fault("wrong_type", f"takes {_AGO}")
    if value.keys() != AGO_KEYS:
        return Fault("bad_shape", f"takes exactly {_AGO}")
    far = _whole(value["from"], "a 'from'", 0, AMOUNT_MAX)
    if isinstance(far, Fault):
        return far
    near = _whole(value["to"], "a 'to'", 0, AMOUNT_MAX)
    if isinstance(near, Fault):
        return near
    if far < near:
        return Fault("bad_value", "takes a 'from' that is not less than its 'to'")
    unit = _unit(value["unit"])
    return unit if isinstance(unit, Fault) else AgoSpan(far, near, unit)


def read_period(value: object) -> Period | Fault:
    """``{"period": "quarter", "offset": -1}``; the offset may be left out, and is 0 then."""
    if not isinstance(value, dict):
        return Fault("wrong_type", f"takes {_PERIOD}")
    if not {"period"} <= value.keys() <= PERIOD_KEYS:
        return Fault("bad_shape", f"takes exactly {_PERIOD}")
    unit, to_date = value["period"], value.get("to_date", False)
    if not isinstance(unit, str):
        return Fault("wrong_type", "takes a 'period' that is a text")
    if unit not in PERIODS:
        return Fault("bad_value", f"takes a 'period' that is one of {', '.join(PERIODS)}")
    offset = _whole(value.get("offset", 0), "an 'offset'", -AMOUNT_MAX, AMOUNT_MAX)
    if isinstance(offset, Fault):
        return offset
    if not isinstance(to_date, bool):
        return Fault("wrong_type", "takes a 'to_date' that is true or false")
    if to_date and offset != 0:
        return Fault("bad_value", "takes 'to_date' with the current period only")
    return Period(Unit(unit), offset, to_date)


def read_anniversary(value: object) -> Anniversary | Fault:
    """``{"in_next": 7}``, from 0 days, which is today alone; or ``{"month": 5}``."""
    if not isinstance(value, dict):
        return Fault("wrong_type", f"takes {_ANNIVERSARY}")
    if value.keys() == {"in_next"}:
        days = _whole(value["in_next"], "an 'in_next'", 0, AMOUNT_MAX)
        return days if isinstance(days, Fault) else Anniversary(days, None)
    if value.keys() == {"month"}:
        month = _whole(value["month"], "a 'month'", 1, MONTH_LAST)
        return month if isinstance(month, Fault) else Anniversary(None, month)
    return Fault("bad_shape", f"takes exactly {_ANNIVERSARY}")


def read_weekdays(value: object) -> Weekdays | Fault:
    """A list of 1 to 7, Monday is 1; sorted here, each once."""
    if not isinstance(value, list):
        return Fault("wrong_type", f"takes {_WEEKDAYS}")
    days = set()
    for each in value:
        day = _whole(each, "a weekday", 1, WEEKDAY_LAST)
        if isinstance(day, Fault):
            return day
        days.add(day)
    return Weekdays(tuple(sorted(days)))


def read_hours(value: object) -> Hours | Fault:
    """``[from, to)``, both from 0 to 24."""
    if not isinstance(value, list):
        return Fault("wrong_type", f"takes {_HOURS}")
    if len(value) != 2:
        return Fault("bad_shape", f"takes exactly {_HOURS}")
    start = _whole(value[0], "an hour", 0, HOURS_A_DAY)
    if isinstance(start, Fault):
        return start
    end = _whole(value[1], "an hour", 0, HOURS_A_DAY)
    return end if isinstance(end, Fault) else Hours(start, end)


def _whole(number: object, name: str, low: int, high: int) -> int | Fault:
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return Fault("wrong_type", f"takes {name} that is a whole number")
    if low <= number <= high and number == int(number):
        return int(number)
    return Fault("bad_value", f"takes {name} that is a whole number from {low:,} to {high:,}")


def _unit(unit: object) -> Unit | Fault:
    if not isinstance(unit, str):
        return Fault("wrong_type", "takes a 'unit' that is a text")
    if unit in Unit.__members__.values():
        return Unit(unit)
    return Fault("bad_value", f"takes a 'unit' that is one of {', '.join(Unit)}")


READERS: Mapping[ValueShape, Callable[[object], TimeValue | Fault]] = MappingProxyType(
    {
        ValueShape.WINDOW: read_window,
        ValueShape.AGO_SPAN: read_ago_span,
        ValueShape.PERIOD: read_period,
        ValueShape.ANNIVERSARY: read_anniversary,
        ValueShape.WEEKDAYS: read_weekdays,
        ValueShape.HOURS: read_hours,
    }
)
"""How each shape of value that only times have is read."""
