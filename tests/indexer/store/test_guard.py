"""The room on the disk: what is refused, when, and when it is taken again."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from indexer.model.errors import DiskFull
from indexer.store.guard import BALLAST, DiskGuard, GuardLimits, Room, room_on

GIGA = 10**9
LIMITS = GuardLimits(ballast_bytes=4_096)


@dataclass
class Disk:
    """A disk whose free bytes a test sets, and a stopwatch that it moves."""

    total: int = 100_000_000
    free: int = 50_000_000
    elapsed_ms: float = 0.0
    looks: int = 0

    def usage(self, _: Path) -> "Disk":
        """As it is now."""
        self.looks += 1
        return self

    def guard(self, folder: Path) -> DiskGuard:
        """One that watches it."""
        return DiskGuard(
            folder, limits=LIMITS, elapsed_ms=lambda: self.elapsed_ms, usage=self.usage
        )

    def later(self, *, free: int | None = None) -> None:
        """A second goes by."""
        self.elapsed_ms += LIMITS.look_every_ms
        self.free = self.free if free is None else free


@pytest.mark.parametrize(
    ("free", "total", "room"),
    [
        (0, 1_000, Room.NONE),
        (50, 1_000, Room.NONE),
        (51, 1_000, Room.SCARCE),
        (100, 1_000, Room.SCARCE),
        (101, 1_000, Room.LITTLE),
        (200, 1_000, Room.LITTLE),
        (201, 1_000, Room.PLENTY),
        (0, 0, Room.NONE),
        (21 * GIGA, 10_000 * GIGA, Room.PLENTY),
        (20 * GIGA, 10_000 * GIGA, Room.LITTLE),
        (5 * GIGA, 10_000 * GIGA, Room.NONE),
    ],
)
def test_room_goes_by_shares_of_a_disk_that_is_not_counted_beyond_a_size(
    free: int, total: int, room: Room
) -> None:
    """20, 10 and 5 percent; of ten terabytes, half a terabyte need not stay empty."""
    assert room == room_on(free, total, GuardLimits())


@given(total=st.integers(0, 2**44), free=st.integers(0, 2**44), more=st.integers(0, 2**40))
def test_more_space_never_is_less_room(total: int, free: int, more: int) -> None:
    """At any size of disk."""
    assert room_on(free, total, LIMITS) <= room_on(free + more, total, LIMITS)


def test_imports_are_refused_before_changes(tmp_path: Path) -> None:
    """Each with a sentence that says what to do and when to come again."""
    disk = Disk()
    guard = disk.guard(tmp_path)
    guard.check_import()

    disk.later(free=9_000_000)
    guard.check_write()
    with pytest.raises(DiskFull, match="imports are refused"):
        guard.check_import()
    disk.later(free=5_000_000)
    with pytest.raises(DiskFull, match="free some space") as told:
        guard.check_write()

    assert not guard.writable
    assert told.value.retry_after_s is not None


def test_a_full_disk_gives_up_its_ballast_and_resumes_when_there_is_room(tmp_path: Path) -> None:
    """Also where the share that is free looks well: what counts is that a write failed."""
    disk = Disk()
    guard = disk.guard(tmp_path)
    ballast = tmp_path / BALLAST
    before = ballast.stat().st_size

    guard.full()
    given_up = not ballast.exists()
    with pytest.raises(DiskFull):
        guard.check_write()
    disk.later(free=5_001_000)
    still = guard.writable
    disk.later(free=50_000_000)
    guard.check_import()

    assert (LIMITS.ballast_bytes, True, False) == (before, given_up, still)
    assert LIMITS.ballast_bytes == ballast.stat().st_size


def test_nothing_is_written_before_the_ballast_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota is full although the disk has room."""
    disk = Disk()
    guard = disk.guard(tmp_path)
    guard.full()

    with monkeypatch.context() as quota:
        quota.setattr(os, "posix_fallocate", full)
        refused = guard.recovered()
    taken = guard.recovered()

    assert (False, True) == (refused, taken)


def test_the_disk_is_asked_once_a_second_and_only_when_somebody_asks(tmp_path: Path) -> None:
    """A thousand changes in a second cost one look."""
    disk = Disk()
    guard = disk.guard(tmp_path)
    for _ in range(1_000):
        guard.check_write()
    first = disk.looks

    disk.later(free=0)
    for _ in range(10):
        assert not guard.writable

    assert (1, 2) == (first, disk.looks)


def test_a_small_disk_has_a_small_ballast(tmp_path: Path) -> None:
    """A twentieth of it, at most."""
    disk = Disk(total=20_000, free=19_000)

    disk.guard(tmp_path)

    assert 1_000 == (tmp_path / BALLAST).stat().st_size


def test_a_folder_on_a_full_disk_is_read(tmp_path: Path) -> None:
    """The service starts, answers, and takes changes when there is room; each step is told."""
    disk = Disk(free=0)
    with capture_logs() as told:
        guard = disk.guard(tmp_path)
        refused = guard.writable
        disk.later(free=15_000_000)
        room = guard.room

    assert (False, Room.LITTLE) == (refused, room)
    assert [("plenty", "none"), ("none", "little")] == [
        (each["was"], each["room"]) for each in told
    ]


def test_a_disk_that_does_not_answer_has_no_room(tmp_path: Path) -> None:
    """It may come back."""
    answers: list[Callable[[], Disk]] = [Disk, full, Disk]
    guard = DiskGuard(tmp_path, limits=LIMITS, usage=lambda _: answers.pop(0)())

    gone, back = guard.recovered(), guard.recovered()

    assert (False, True) == (gone, back)


def full(*_: object) -> NoReturn:
    """A disk that takes nothing."""
    raise OSError(28, "No space left on device")
