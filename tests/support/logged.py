"""What a log must hold, whatever happened to it: kept beside a real one on a simulated disk.

Acknowledged payloads are there, in order, once. Of the one append that neither succeeded nor was
refused, some of the first payloads may be there, whole. Nothing else is.
"""

import errno
from collections.abc import Callable
from pathlib import Path
from random import Random

from indexer.log.change_log import ChangeLog
from indexer.log.disk import Disk
from indexer.model.errors import CardinalError, DiskFull, LogPoisoned
from tests.support.simulated_disk import PowerCut, SimulatedDisk, fault

FOLDER = Path("/log")
ERASED = b"erased"
Opener = Callable[[Path, Disk, int], ChangeLog]


class Wrong(AssertionError):
    """The log broke its promise."""


class Logged:
    """A log and what is known of it. ``wrap`` stands between the log and its disk."""

    def __init__(
        self,
        segment_bytes: int,
        opener: Opener = ChangeLog.open,
        wrap: Callable[[SimulatedDisk], Disk] = lambda disk: disk,
    ) -> None:
        self.disk = SimulatedDisk()
        self._open, self._seen = opener, wrap(self.disk)
        self._segment_bytes = segment_bytes
        self.log: ChangeLog | None = None
        self.acknowledged: list[bytes] = []
        self.unsure: list[bytes] = []
        self.erasing: set[int] = set()
        self.cut_through = 0

    def open(self) -> None:
        """Open it and hold what it has against what it must have. Raises: what the log raises."""
        self.log = self._open(FOLDER, self._seen, self._segment_bytes)
        self.check()

    def check(self) -> None:
        """Read everything; what an unsure append left there is sure from now on."""
        assert self.log is not None
        first, found = self.log.first, list(self.log.read(0))
        if [sequence for sequence, _ in found] != list(range(first, self.log.last + 1)):
            raise Wrong("a gap, or not what it says")
        if first > self.cut_through + 1 or self.log.last < len(self.acknowledged):
            raise Wrong("lost")
        possible = self.acknowledged + self.unsure
        if self.log.last > len(possible):
            raise Wrong("more than was sent")
        for sequence, payload in found:
            expected = possible[sequence - 1]
            erased = sequence in self.erasing and payload == ERASED
            if payload != expected and not erased:
                raise Wrong(f"{sequence} is another")
            possible[sequence - 1] = payload
        self.acknowledged, self.unsure = possible[: self.log.last], []

    def append(self, payloads: list[bytes]) -> None:
        """Append, and remember how it went. Raises: what the log raises."""
        assert self.log is not None
        self.unsure = payloads
        try:
            last = self.log.append(payloads)
        except DiskFull:
            self.unsure = []
            raise
        self.unsure = []
        self.acknowledged = self.acknowledged + payloads
        if last != len(self.acknowledged):
            raise Wrong("a wrong sequence")

    def cut(self, through: int) -> None:
        """Cut; from now on it may be gone."""
        assert self.log is not None
        self.cut_through = max(self.cut_through, through)
        self.log.cut(through)

    def erase(self, sequences: set[int]) -> None:
        """Erase; until that succeeds each may be there or not."""
        assert self.log is not None
        self.erasing |= sequences
        erasing = self.erasing
        self.log.rewrite(lambda each, payload: ERASED if each in erasing else payload)
        for each in erasing:
            self.acknowledged[each - 1] = ERASED
        self.erasing = set()


def live(logged: Logged, dice: Random, operations: int) -> None:
    """Some operations, until a fault ends the life of the log. Raises: PowerCut, CardinalError."""
    for _ in range(operations):
        chosen = dice.random()
        last = len(logged.acknowledged)
        try:
            if chosen < 0.9:
                sizes = [
                    dice.choice((0, 1, 40, 200, 700)) for _ in range(dice.choice((1, 1, 2, 5)))
                ]
                logged.append([dice.randbytes(size) for size in sizes])
            elif chosen < 0.95:
                logged.cut(dice.randint(0, last))
            elif last:
                logged.erase({dice.randint(1, last)})
        except DiskFull:
            # It must go on.
            continue


def faulty(disk: SimulatedDisk, dice: Random, rate: float) -> None:
    """From now on each call may fail, be short, or be the last one."""

    def before(call: str) -> None:
        if dice.random() < rate:
            raise dice.choice((PowerCut(), fault(errno.EIO), fault(errno.ENOSPC)))

    def after(call: str) -> None:
        if dice.random() < rate / 3:
            raise PowerCut

    def short(size: int) -> int:
        return dice.randint(0, size) if dice.random() < rate else size

    disk.before, disk.after, disk.short = before, after, short


def run_seed(seed: int, logged_of: Callable[[int], Logged] = Logged, lives: int = 4) -> None:
    """Some lives of one log, each ended by what the seed says. Raises: Wrong, CardinalError."""
    dice = Random(seed)
    logged = logged_of(dice.choice((600, 2_000, 9_000)))
    rate = dice.choice((0.0, 0.01, 0.05))
    for _ in range(lives):
        faulty(logged.disk, dice, rate)
        try:
            logged.open()
            live(logged, dice, dice.randint(0, 8))
        except (PowerCut, LogPoisoned):
            pass
        except CardinalError:
            if not logged.disk.failed:
                raise
        end_life(logged, dice)
    logged.open()


def end_life(logged: Logged, dice: Random) -> None:
    """The process ends, or the machine."""
    if logged.disk.on and dice.random() < 0.3:
        logged.disk.restart()
    else:
        logged.disk.cut_power(dice)
