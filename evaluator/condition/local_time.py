"""Wall clocks of one zone and the instants they show.

Both are ints in microseconds: an instant since 1970-01-01T00:00Z, a wall time since
1970-01-01T00:00 on that wall. A wall time that a clock change skips moves forward by the gap;
one that occurs twice is the first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1_000_000
DAY = 86_400 * SECOND

ZONE_CHARS_MAX = 64
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time, of whichever zone
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
# Offsets outside these years are those at their edge; a day is left for the offset itself.
_FIRST = (datetime(1, 1, 3) - _EPOCH) // _TICK  # noqa: DTZ001
_LAST = (datetime(9999, 12, 29) - _EPOCH) // _TICK  # noqa: DTZ001


@dataclass(frozen=True)
class LocalTime:
    """Converts between the wall time of ``zone`` and instants, for any int."""

    zone: ZoneInfo

    def instant(self, wall: int) -> int:
        """The instant at which the wall shows ``wall``."""
        # fold=0 is the first of two, and in a gap the offset before it, which moves forward.
        shown = (_EPOCH + min(max(wall, _FIRST), _LAST) * _TICK).replace(tzinfo=self.zone)
        offset = shown.utcoffset()
        assert offset is not None, self.zone
        return wall - offset // _TICK

    def wall(self, instant: int) -> int:
        """What the wall shows at ``instant``."""
        clamped = min(max(instant, _FIRST), _LAST)
        shown = self.zone.fromutc((_EPOCH + clamped * _TICK).replace(tzinfo=self.zone))
        return instant + (shown.replace(tzinfo=None) - _EPOCH) // _TICK - clamped

    def midnight(self, day: int) -> int:
        """The instant at which a day begins, the day counted from 1970-01-01."""
        known = self._midnights.get(day)
        if known is None:
            known = self._midnights[day] = self.instant(day * DAY)
        return known

    def first_day_from(self, instant: int) -> int:
        """The first day whose midnight is at or after ``instant``."""
        # Two days early, since whole days have been skipped where the date line moved.
        day = self.wall(instant) // DAY - 2
        while self.midnight(day) < instant:
            day += 1
        return day

    def last_day_until(self, instant: int) -> int:
        """The last day whose midnight is at or before ``instant``."""
        return self.first_day_from(instant + 1) - 1

    @cached_property
    def _midnights(self) -> dict[int, int]:
        """Midnights already computed: a long list of instants asks for the same ones."""
        return {}


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that IANA name, None if there is none."""
    # All names begin with a capital; what doesn't is the machine's own and differs between them.
    if len(name) > ZONE_CHARS_MAX or not name[:1].isupper():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: the name of a folder of zones, such as "America".
        return None


def instant_of(moment: datetime) -> int:
    """A datetime with a zone as an instant."""
    assert moment.tzinfo is not None, "a datetime without a zone is no instant"
    return (moment - _EPOCH_UTC) // _TICK


def instant_text(instant: int) -> str:
    """RFC 3339 in UTC; instants outside the years 1 to 9999 show as the nearest in them."""
    clamped = min(max(instant, _FIRST - 2 * DAY), _LAST + 3 * DAY - 1)
    return (_EPOCH + clamped * _TICK).isoformat() + "Z"
