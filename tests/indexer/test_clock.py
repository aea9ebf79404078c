"""Clocks: one reads the machine, one stands still until it is set."""

from datetime import UTC, datetime, timedelta, timezone

from indexer.runtime.clock import ManualClock, SystemClock, stopwatch_ms

NOON = datetime(2025, 3, 30, 12, tzinfo=UTC)


def test_a_manual_clock_stands_still_until_it_is_set() -> None:
    """Forwards and backwards, and always in UTC."""
    clock = ManualClock(NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
    moments = [clock.now(), clock.now()]
    for step in (1, -2):
        clock.set(clock.now() + timedelta(days=step))
        moments.append(clock.now())

    assert [NOON, NOON, NOON + timedelta(days=1), NOON - timedelta(days=1)] == moments
    assert {UTC} == {moment.tzinfo for moment in moments}


def test_the_machine_s_clock_tells_utc() -> None:
    """Aware, so that no local time slips in."""
    assert UTC == SystemClock().now().tzinfo


def test_a_stopwatch_never_runs_backwards() -> None:
    """Its differences are times."""
    first, second = stopwatch_ms(), stopwatch_ms()

    assert first <= second
