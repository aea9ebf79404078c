"""Where ``now`` comes from. The only module that reads the machine's clock."""

import math
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the present moment."""

    def now(self) -> datetime:
        """An aware instant in UTC, microseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's time, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is set. For tests and ``--clock manual``."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to this instant, forwards or backwards. ``now`` must be aware."""
        self._now = now.astimezone(UTC)


class After:
    """A deadline: so many milliseconds after it is made."""

    def __init__(self, wait_ms: float) -> None:
        self._at_ms = stopwatch_ms() + wait_ms

    def remaining_ms(self) -> float:
        """See ``indexer.model.deadline.Deadline``."""
        return self._at_ms - stopwatch_ms()


def deadline_of(seconds: float | None) -> After | None:
    """The deadline of a call that is given so much time from now, None for any."""
    return None if seconds is None or math.isinf(seconds) else After(seconds * 1e3)


def stopwatch_ms() -> float:
    """Milliseconds of a monotonic counter; only differences mean anything."""
    return time.perf_counter() * 1e3
