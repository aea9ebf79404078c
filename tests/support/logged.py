"""What a log must hold, whatever happened to it: kept beside a real one on a simulated disk.

Acknowledged payloads are there, in order, once. Of the one append that neither succeeded nor was
refused, some of the first payloads may be there, whole. Nothing else is.
"""

import errno
from contextlib import suppress
from pathlib import Path
from random import Random

from indexer.log.change_log import ChangeLog
from indexer.log.frame import HEAD_BYTES
from indexer.model.errors import CardinalError, DiskFull, LogCorrupt, LogPoisoned
from tests.support.simulated_disk import SECTOR_BYTES, PowerCut, SimulatedDisk, fault

FOLDER = Path("/log")
ERASED = b"erased"
SEGMENT_SIZES = (600, 2_000, 9_000)
LIVES = 4


class Wrong(AssertionError):
    """The log broke its promise."""


class Logged:
    """A log on a simulated disk, and what is known of it."""

    def __init__(self, segment_bytes: int) -> None:
        self.disk = SimulatedDisk()
        self._segment_bytes = segment_bytes
        self.log: ChangeLog | None = None
        self.acknowledged: list[bytes] = []
        self.unsure: list[bytes] = []
        self.erasing: set[int] = set()
        self.cut_through = 0

    def open(self) -> None:
        """Open it and hold what it has against what it must have. Raises: what the log raises."""
        self.log = None
        self.log = ChangeLog.open(FOLDER, self.disk, self._segment_bytes)
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

    def find(self, payload: bytes) -> tuple[bytearray, int]:
        """In which file it is, and where."""
        for name in self.disk.names(FOLDER):
            content = self.disk.content(FOLDER / name)
            if (at := content.find(payload)) != -1:
                return content, at
        raise Wrong("not written")

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

    def must_refuse(self) -> None:
        """After a failed sync nothing is taken, though the disk seems to be well again."""
        self.disk.heal()
        if self.log is not None:
            with suppress(LogPoisoned):
                self.log.append([b"more"])
                raise Wrong("went on after a failed sync")

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
        # A full disk ends nothing.
        with suppress(DiskFull):
            step(logged, dice, appends=0.9)


def step(logged: Logged, dice: Random, appends: float) -> None:
    """One operation. Raises: PowerCut, CardinalError."""
    last = len(logged.acknowledged)
    if dice.random() < appends:
        logged.append(drawn_group(dice))
    elif dice.random() < 0.5:
        logged.cut(dice.randint(0, last))
    elif last:
        logged.erase({dice.randint(1, last)})


def drawn_group(dice: Random) -> list[bytes]:
    """Payloads that are small, or reach over sectors and segments."""
    sizes = [dice.choice((0, 1, 40, 200, 700)) for _ in range(dice.choice((1, 1, 2, 5)))]
    return [dice.randbytes(size) for size in sizes]


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


def fail_within(disk: SimulatedDisk, dice: Random, calls: int) -> None:
    """One of the next calls fails; half of the time that is the end."""
    at = disk.calls + dice.randint(1, calls)
    what = dice.choice((PowerCut(), PowerCut(), fault(errno.EIO), fault(errno.ENOSPC)))

    def before(call: str) -> None:
        if disk.calls == at:
            raise what

    disk.before = before


def run_seed(seed: int) -> None:
    """Some lives of one log, each ended by what the seed says. Raises: Wrong, CardinalError."""
    dice = Random(seed)
    logged = Logged(dice.choice(SEGMENT_SIZES))
    rate = dice.choice((0.0, 0.01, 0.04))
    for _ in range(LIVES):
        faulty(logged.disk, dice, rate)
        try:
            logged.open()
            live(logged, dice, dice.randint(0, 6))
            if dice.random() < 0.5:
                fail_within(logged.disk, dice, 4)
                step(logged, dice, appends=0.7)
        except LogPoisoned:
            logged.must_refuse()
        except (PowerCut, DiskFull):
            pass
        except CardinalError:
            if not logged.disk.failed:
                raise
        end_life(logged, dice)
    logged.open()


def rot_seed(seed: int) -> None:
    """Part of what was acknowledged is another at the next start. Raises: Wrong if it is missed.

    In the last group it is a bit of a frame in one sector that isn't the last: what is all zeros
    there looks as if it had been lost, and so does a last frame.
    """
    dice = Random(seed)
    logged = Logged(dice.choice(SEGMENT_SIZES))
    logged.open()
    groups = [
        [dice.randbytes(dice.choice((8, 40, 200, 700))) for _ in range(dice.choice((1, 1, 4)))]
        for _ in range(dice.randint(1, 9))
    ]
    for group in groups:
        logged.append(group)
    damaged = dice.randrange(len(logged.acknowledged))
    payload = logged.acknowledged[damaged]
    content, start = logged.find(payload)
    start, end = start - HEAD_BYTES, start + len(payload)
    if damaged < len(logged.acknowledged) - len(groups[-1]):
        dice.choice((flip, wipe))(content, start, end, dice)
    elif payload is not groups[-1][-1] and start // SECTOR_BYTES == (end - 1) // SECTOR_BYTES:
        flip(content, start, end, dice)
    else:
        return
    logged.disk.restart()
    with suppress(LogCorrupt):
        logged.open()
        raise Wrong("damage was not noticed")


def flip(content: bytearray, start: int, end: int, dice: Random) -> None:
    """One bit is another."""
    content[dice.randrange(start, end)] ^= 1 << dice.randrange(8)


def wipe(content: bytearray, start: int, end: int, dice: Random) -> None:
    """The frame's part of one sector is zeros; a bit is another where it had been zeros."""
    at = dice.randrange(start, end)
    sector = at // SECTOR_BYTES * SECTOR_BYTES
    part = slice(max(start, sector), min(end, sector + SECTOR_BYTES))
    if any(content[part]):
        content[part] = bytes(part.stop - part.start)
    else:
        flip(content, start, end, dice)


def end_life(logged: Logged, dice: Random) -> None:
    """The process ends, or the machine."""
    if logged.disk.on and dice.random() < 0.3:
        logged.disk.restart()
    else:
        logged.disk.cut_power(dice)
