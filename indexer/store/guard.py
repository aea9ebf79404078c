"""Watches the room on the disk: warns, then refuses imports, then every write, and resumes.

A ballast file stands by. When the disk is full it is given up, so that what must still be
written (the end of a log, a smaller generation) finds room; it is made again before anybody may
write again, which proves that there is room. Nothing here restarts anything.
"""

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

import structlog

from indexer.model.errors import DiskFull
from indexer.runtime.clock import stopwatch_ms

BALLAST = "ballast"
RETRY_AFTER_S = 5.0

_log = structlog.get_logger()


class Room(IntEnum):
    """What may still be done; more room is greater."""

    NONE = 0
    """Questions only."""
    SCARCE = 1
    """Changes, but no imports."""
    LITTLE = 2
    """Everything; somebody should look."""
    PLENTY = 3


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Shares of a disk that are free, at which something ends; and how often to look."""

    warn_share: float = 0.20
    import_share: float = 0.10
    write_share: float = 0.05
    counted_bytes_max: int = 100_000_000_000
    """A larger disk is held to the shares of one this size."""
    ballast_bytes: int = 64 * 2**20
    ballast_share_max: float = 0.05
    """Of a small disk the ballast takes no more."""
    look_every_ms: float = 1_000.0

    def ballast_on(self, total: int) -> int:
        """Bytes of the ballast on a disk of this size."""
        return min(self.ballast_bytes, int(total * self.ballast_share_max))


class Usage(Protocol):
    """What ``shutil.disk_usage`` tells, in bytes."""

    @property
    def total(self) -> int:
        """Bytes of the disk."""
        ...

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        ...


def room_on(free: int, total: int, limits: GuardLimits) -> Room:
    """What may be done with so many free bytes on a disk of so many."""
    counted = min(total, limits.counted_bytes_max)
    if free <= limits.write_share * counted:
        return Room.NONE
    if free <= limits.import_share * counted:
        return Room.SCARCE
    return Room.LITTLE if free <= limits.warn_share * counted else Room.PLENTY


class DiskGuard:
    """The room on the disk of one data folder, looked at once a second at most, when asked.

    Any thread may ask. ``elapsed_ms`` is a monotonic counter.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: GuardLimits | None = None,
        elapsed_ms: Callable[[], float] = stopwatch_ms,
        usage: Callable[[Path], Usage] = shutil.disk_usage,
    ) -> None:
        self._folder = folder
        self._limits = limits or GuardLimits()
        self._elapsed_ms, self._usage = elapsed_ms, usage
        self._one_at_a_time = threading.Lock()
        self._told_full = False
        self._room = Room.PLENTY
        self._looked_ms = elapsed_ms()
        self._look()

    @property
    def room(self) -> Room:
        """What may be done now."""
        with self._one_at_a_time:
            if self._elapsed_ms() - self._looked_ms >= self._limits.look_every_ms:
                self._look()
            return self._room

    @property
    def writable(self) -> bool:
        """Whether a change would be taken."""
        return self.room > Room.NONE

    def check_write(self) -> None:
        """Before anything is written. Raises: DiskFull."""
        if self.room <= Room.NONE:
            raise DiskFull(
                f"the disk of the data folder is full: free some space on that of {self._folder}. "
                "Questions are answered, and changes are taken again as soon as there is room",
                retry_after_s=RETRY_AFTER_S,
            )

    def check_import(self) -> None:
        """Before an import is begun. Raises: DiskFull."""
        self.check_write()
        if self.room <= Room.SCARCE:
            raise DiskFull(
                "the disk of the data folder is nearly full, so imports are refused: free some "
                f"space on that of {self._folder}; changes are still taken",
                retry_after_s=RETRY_AFTER_S,
            )

    def full(self) -> None:
        """A write found no space: give up the ballast and refuse further writes."""
        with self._one_at_a_time:
            self._told_full = True
            self._ballast.unlink(missing_ok=True)
            self._move_to(Room.NONE)

    def recovered(self) -> bool:
        """Look now, however short ago it was; whether writes are taken."""
        with self._one_at_a_time:
            self._look()
            return self._room > Room.NONE

    @property
    def _ballast(self) -> Path:
        return self._folder / BALLAST

    def _look(self) -> None:
        self._looked_ms = self._elapsed_ms()
        try:
            usage = self._usage(self._folder)
        except OSError:
            self._move_to(Room.NONE)
            return
        room, free = Room.NONE, usage.free
        wanted = self._limits.ballast_on(usage.total)
        if self._held() < wanted:
            # There is room only if there is room beside the ballast.
            free -= wanted - self._held()
            if room_on(free, usage.total, self._limits) > Room.NONE and self._made(wanted):
                self._told_full = False
        else:
            self._told_full = False
        if not self._told_full:
            room = room_on(free, usage.total, self._limits)
        self._move_to(room, free_bytes=usage.free, total_bytes=usage.total)

    def _held(self) -> int:
        try:
            return self._ballast.stat().st_size
        except OSError:
            return 0

    def _made(self, size: int) -> bool:
        """Whether there is a ballast of that size now."""
        try:
            handle = os.open(self._ballast, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if size:
                    os.posix_fallocate(handle, 0, size)
                os.ftruncate(handle, size)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            self._ballast.unlink(missing_ok=True)
            return False
        return True

    def _move_to(self, room: Room, **facts: int) -> None:
        if room != self._room:
            tell = _log.info if room == Room.PLENTY else _log.warning
            tell("disk_room_changed", room=room.name.lower(), was=self._room.name.lower(), **facts)
        self._room = room
