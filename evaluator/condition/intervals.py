"""The interval of time that a leaf means, for every operator that means one.

The interval is what answers call ``resolved``. A leaf with a negative operator has its twin's:
what it does *not* hold for. An operator on one side of a moment has an interval without the other
end. Whether an end belongs to it is the operator's meaning and not said in the text. An
anniversary within days has the days it covers; one in a month has no interval, and neither have
weekdays and hours, which come again and again.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluator.condition.local_time import LocalTime
from evaluator.condition.periods import Period, in_period
from evaluator.condition.windows import (
    AgoSpan,
    Interval,
    Window,
    between_ago,
    between_ago_calendar,
    in_last,
    in_last_calendar,
    in_next,
    in_next_calendar,
    more_than_ago,
    more_than_ago_calendar,
    more_than_ahead,
    more_than_ahead_calendar,
)

IntervalOf = Callable[[object, bool, int, LocalTime], Interval]
"""Of an operand, whether it counts by calendar, ``now`` and the leaf's zone."""
WindowOf = Callable[[Window, int, LocalTime], Interval]


def _window(elapsed: WindowOf, calendar: WindowOf) -> IntervalOf:
    def interval(operand: object, by_calendar: bool, now: int, local: LocalTime) -> Interval:
        assert isinstance(operand, Window), operand
        return (calendar if by_calendar else elapsed)(operand, now, local)

    return interval


def _between_ago(operand: object, by_calendar: bool, now: int, local: LocalTime) -> Interval:
    assert isinstance(operand, AgoSpan), operand
    return (between_ago_calendar if by_calendar else between_ago)(operand, now, local)


def _in_period(operand: object, _: bool, now: int, local: LocalTime) -> Interval:
    assert isinstance(operand, Period), operand
    return in_period(operand, now, local)


def _moment(side: Callable[[Interval], Interval]) -> IntervalOf:
    """An operator on a moment: a whole day, or an instant, as ``whole_days`` reads them."""

    def interval(operand: object, _: bool, __: int, ___: LocalTime) -> Interval:
        assert isinstance(operand, Interval), operand
        return side(operand)

    return interval


def _before(moment: Interval) -> Interval:
    return Interval(None, moment.start, end_open=True)


def _until(moment: Interval) -> Interval:
    return Interval(None, moment.end, end_open=moment.end_open)


def _after(moment: Interval) -> Interval:
    # The end of a day is the next day's start and not in it; an instant is its own end.
    return Interval(moment.end, None, start_open=not moment.end_open)


def _since(moment: Interval) -> Interval:
    return Interval(moment.start, None)


INTERVALS: Mapping[str, IntervalOf] = MappingProxyType(
    {
        "on": _moment(lambda moment: moment),
        "before": _moment(_before),
        "after": _moment(_after),
        "on_or_before": _moment(_until),
        "on_or_after": _moment(_since),
        "in_last": _window(in_last, in_last_calendar),
        "in_next": _window(in_next, in_next_calendar),
        "more_than_ago": _window(more_than_ago, more_than_ago_calendar),
        "more_than_ahead": _window(more_than_ahead, more_than_ahead_calendar),
        "between_ago": _between_ago,
        "in_period": _in_period,
    }
)
"""The interval of every positive operator that means one."""
