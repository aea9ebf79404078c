"""The change log: what ``append`` returned for survives whatever happens next, in order, once.

    DIR/00000000000000000001.log     segments, named by the sequence of their first frame
    DIR/00000000000000048113.log     the newest: the one that is written, with room allocated
    DIR/00000000000000048113.log.new one in the making; not there for whoever reads

Knows nothing of what payloads mean. One thread calls it. What ``read`` gave may be gone through
by another one while the log is appended to, but not across ``cut``, ``rewrite`` or ``start_at``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from indexer.log import faults
from indexer.log.disk import Disk
from indexer.log.frame import encoded
from indexer.log.recovery import Recovered, check_link, opened, recovered
from indexer.log.rewriting import abandon, begun, building, rewritten
from indexer.log.segment import (
    HINT,
    START_BYTES,
    UNFINISHED,
    SegmentHead,
    SegmentWalk,
    name_of,
)
from indexer.model.errors import DiskFull, LogCorrupt, LogPoisoned

SEGMENT_BYTES = 64 * 2**20
"""Room allocated at a time. One group that needs more has a segment of its own."""


class ChangeLog:
    """Payloads by sequence, counted without a gap. Made by ``open``."""

    def __init__(self, folder: Path, disk: Disk, segment_bytes: int) -> None:
        self._folder, self._disk, self._segment_bytes = folder, disk, segment_bytes
        self._firsts: list[int] = []
        self._handle: int | None = None
        self._end = self._allocated = START_BYTES
        self._last = self._chain = 0
        self._poisoned = self._closed = False

    @classmethod
    def open(cls, folder: Path, disk: Disk, segment_bytes: int = SEGMENT_BYTES) -> "ChangeLog":
        """The log in this folder, which is made if need be, with its torn tail cut off.

        A full disk is no hindrance on a file system that writes in place. Cost: reads all of it,
        about half a microsecond a frame. Raises: LogCorrupt, DiskFull, LogPoisoned.
        """
        log = cls(folder, disk, segment_bytes)
        try:
            with log._writing():
                log._settle(log._recover())
        except BaseException:
            log.close()
            raise
        return log

    @property
    def first(self) -> int:
        """The sequence of the oldest frame that is still there; ``last + 1`` if none is."""
        return self._firsts[0] if self._firsts else self._last + 1

    @property
    def last(self) -> int:
        """The sequence of the newest frame; 0, or what ``start_at`` said, if there was none."""
        return self._last

    def append(self, payloads: Sequence[bytes]) -> int:
        """Make these durable, in order, and give the sequence of the last one.

        One write and one sync for all of them. If it raises, none is in the log, but after
        LogPoisoned some of the first ones may be there when it is opened again.
        Raises: TooLarge, DiskFull (the log goes on afterwards), LogPoisoned (for good).
        """
        with self._writing():
            if payloads:
                data, chain = encoded(payloads, self._last + 1, self._chain)
                self._make_room(len(data))
                self._put(data)
                self._end += len(data)
                self._chain, self._last = chain, self._last + len(payloads)
        return self._last

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        """Sequence and payload of all that is there now and comes after a sequence, in order.

        Reads some megabytes at a time. Cost: about a microsecond a frame.
        Raises, while it is read: LogCorrupt.
        """
        spans = pairwise([*self._firsts, self._last + 1])
        wanted = [(first, end) for first, end in spans if end > after + 1]
        return self._frames(wanted, self._end, after)

    def cut(self, through: int) -> None:
        """Remove the segments that hold nothing after a sequence; never the newest one.

        The oldest goes first, so that no gap is ever there. Raises: DiskFull, LogPoisoned.
        """
        with self._writing():
            while len(self._firsts) > 1 and self._firsts[1] <= through + 1:
                self._disk.remove(self._path(self._firsts[0]))
                del self._firsts[0]
                # Names may become durable in any order: each must be before the next.
                faults.sync_folder(self._disk, self._folder)

    def start_at(self, sequence: int) -> None:
        """Go on after this sequence: the next frame is the one that follows. For an empty log.

        Raises: DiskFull, LogPoisoned; then, or after a crash, say it again.
        """
        assert self.first > self._last, "a log with frames goes on after its last one"
        with self._writing():
            if self._firsts and sequence == self._last:
                return
            for first in self._firsts:
                self._disk.remove(self._path(first))
                faults.sync_folder(self._disk, self._folder)
            self._release()
            self._firsts, self._last, self._chain = [], sequence, 0
            self._rotate(self._segment_bytes)

    def rewrite(self, change: Callable[[int, bytes], bytes]) -> int:
        """Let payloads be changed where they stand; how many were.

        ``change`` gets sequence and payload, may be asked twice, and must answer alike. Sequences
        stay. Segments are replaced one by one: if it raises, or after a crash, some are and some
        are not, each whole, and calling again does the rest. Needs room for the largest segment.
        Raises: DiskFull, TooLarge, LogCorrupt, LogPoisoned.
        """
        with self._writing():
            if self._end > START_BYTES:
                self._rotate(self._segment_bytes)
            paths = [self._path(first) for first in self._firsts[:-1]]
            return sum(rewritten(self._disk, path, change) for path in paths)

    def close(self) -> None:
        """Let go of the file; harmless when done before. Nothing is left to be written."""
        self._closed = True
        self._release()

    def _recover(self) -> Recovered:
        self._disk.make_folder(self._folder)
        for name in self._disk.names(self._folder):
            if name.endswith(UNFINISHED):
                self._disk.remove(self._folder / name)
        # The last process may have ended between a rename and its sync.
        faults.sync_folder(self._disk, self._folder)
        found = recovered(self._folder, self._disk)
        self._firsts, self._last, self._chain = list(found.firsts), found.last, found.chain
        self._end = self._allocated = found.end
        if self._firsts:
            self._handle = self._disk.open(self._path(self._firsts[-1]))
        return found

    def _settle(self, found: Recovered) -> None:
        """Cut the torn tail, and make what is before it as durable as it looks.

        After a failed sync the last group can be read though the disk may not have it, and
        another sync would say nothing: so it is written again, before anybody reads it.
        """
        if self._handle is None:
            return
        self._disk.truncate(self._handle, found.end)
        if found.end > found.group_at:
            group = self._disk.read(self._handle, found.end - found.group_at, found.group_at)
            faults.write(self._disk, self._handle, group, found.group_at)
        faults.sync(self._disk, self._handle)

    def _make_room(self, size: int) -> None:
        needed = self._end + size
        if self._handle is None or (self._end > START_BYTES and needed > self._segment_bytes):
            self._rotate(max(self._segment_bytes, START_BYTES + size))
        elif needed > self._allocated:
            self._allocated = max(self._segment_bytes, needed)
            self._disk.preallocate(self._handle, self._allocated)

    def _put(self, data: bytes) -> None:
        handle = self._handle
        assert handle is not None
        try:
            faults.write(self._disk, handle, data, self._end)
        except OSError as fault:
            if fault.errno in faults.FULL:
                self._back_out(handle)
            raise
        faults.sync(self._disk, handle)

    def _back_out(self, handle: int) -> None:
        """Nothing of a group that was not wholly written may be found there later."""
        try:
            self._disk.truncate(handle, self._end)
        except OSError as fault:
            raise faults.SyncFailed(str(fault)) from fault
        self._allocated = self._end
        faults.sync(self._disk, handle)

    def _rotate(self, size: int) -> None:
        """Begin the next segment. If it can't be, the one before stays the newest."""
        path = self._path(self._last + 1)
        head = SegmentHead(self._last + 1, self._chain)
        handle = begun(self._disk, building(path), head, size)
        try:
            faults.sync(self._disk, handle)
            self._seal()
            self._disk.rename(building(path), path)
        except BaseException:
            abandon(self._disk, handle, building(path))
            raise
        self._release()
        self._handle = handle
        self._firsts.append(self._last + 1)
        self._end = START_BYTES
        self._allocated = size
        faults.sync_folder(self._disk, self._folder)

    def _seal(self) -> None:
        if self._handle is not None:
            self._allocated = self._end
            self._disk.truncate(self._handle, self._end)
            faults.sync(self._disk, self._handle)

    def _frames(
        self, wanted: list[tuple[int, int]], newest_end: int, after: int
    ) -> Iterator[tuple[int, bytes]]:
        chain: int | None = None
        for first, end in wanted:
            path = self._path(first)
            with opened(self._disk, path) as (handle, size):
                limit = newest_end if (first, end) == wanted[-1] else size
                walk = SegmentWalk(self._disk, handle, path, limit)
                if chain is not None:
                    check_link(walk, first - 1, chain)
                for block in walk.blocks():
                    yield from block.payloads(after)
                if walk.next != end:
                    raise LogCorrupt(f"{path} is damaged after change {walk.next - 1}: {HINT}")
                chain = walk.end_chain

    def _release(self) -> None:
        if self._handle is not None:
            self._disk.close(self._handle)
            self._handle = None

    def _path(self, first: int) -> Path:
        return self._folder / name_of(first)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        assert not self._closed, "the log was closed"
        if self._poisoned:
            raise self._failed()
        try:
            yield
        except OSError as fault:
            if fault.errno in faults.FULL:
                raise DiskFull(
                    f"the disk that holds {self._folder} is full: free some space and try again; "
                    "nothing that was acknowledged is lost"
                ) from fault
            self._poisoned = True
            raise self._failed() from fault
        except faults.SyncFailed as fault:
            self._poisoned = True
            raise self._failed() from fault

    def _failed(self) -> LogPoisoned:
        return LogPoisoned(
            f"the disk that holds {self._folder} failed: no more changes are taken until Cardinal "
            "is started again, with what is safe"
        )
