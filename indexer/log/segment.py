"""A segment: one file of the log, named by the sequence of its first frame.

It begins with a head, little-endian: magic ``CDNLSEGM``, format version u32, whether it was
rewritten u32, first sequence u64, digest of the frame before its first u64, what its end stands
for u64, xxh3-64 of all that u64. Frames follow; behind them, in the newest segment, zeros.

A rewritten segment ends with another digest than the one the next segment was begun after. It
stands for that one, so the segments remain a chain and each can be replaced alone.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import xxhash

from indexer.log.disk import Disk
from indexer.log.frame import HEAD_BYTES, head_at, run_of
from indexer.model.errors import LogCorrupt

FORMAT_VERSION = 1
READ_BYTES = 4 * 2**20
"""Read at a time; a longer frame is read whole."""
NAME = re.compile(r"[0-9]{20}\.log")
UNFINISHED = ".new"
"""What the name of a segment ends with until it is whole."""

_MAGIC = b"CDNLSEGM"
_COVERED = struct.Struct("<8sIIQQQ")
_DIGEST = struct.Struct("<Q")
START_BYTES = _COVERED.size + _DIGEST.size


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """``chain`` is the digest before the first frame; ``stands_for`` None unless rewritten."""

    first: int
    chain: int
    stands_for: int | None = None

    def encoded(self) -> bytes:
        """As bytes, START_BYTES of them."""
        rewritten = self.stands_for is not None
        stands_for = self.stands_for or 0
        covered = _COVERED.pack(
            _MAGIC, FORMAT_VERSION, rewritten, self.first, self.chain, stands_for
        )
        return covered + _DIGEST.pack(xxhash.xxh3_64_intdigest(covered))


@dataclass(frozen=True, slots=True)
class Block:
    """Good frames as they were read: the first one's sequence, and where each begins and ends."""

    data: bytes
    first: int
    bounds: list[int]

    def payloads(self, after: int) -> Iterator[tuple[int, bytes]]:
        """Sequence and payload of those after a sequence."""
        data, skipped = self.data, max(0, after + 1 - self.first)
        bounds = self.bounds[skipped:]
        payloads = [data[start + HEAD_BYTES : end] for start, end in pairwise(bounds)]
        return enumerate(payloads, self.first + skipped)

    def places(self) -> list[int]:
        """The place of each frame in its group."""
        heads = (head_at(self.data, start) for start in self.bounds[:-1])
        return [head.place for head in heads if head is not None]


def name_of(first: int) -> str:
    """The file name of the segment whose first frame has this sequence."""
    return f"{first:020d}.log"


class SegmentWalk:
    """Goes through an open segment frame by frame, and knows afterwards how far they were good.

    ``limit`` is where to stop, at latest. ``chain`` is the digest of the last good frame,
    ``next`` the sequence after it, ``at`` where it ends, ``group_at`` where its group begins.
    Raises: LogCorrupt where the head isn't one, or can't be read.
    """

    def __init__(self, disk: Disk, handle: int, path: Path, limit: int) -> None:
        self._disk, self._handle = disk, handle
        self.path, self.limit = path, limit
        self.head = _head_of(self.rest(0, min(limit, START_BYTES)), path)
        self.chain, self.next = self.head.chain, self.head.first
        self.at = self.group_at = START_BYTES

    @property
    def is_whole(self) -> bool:
        """Whether good frames reach the limit."""
        return self.at == self.limit

    @property
    def end_chain(self) -> int:
        """What the next segment was begun after, if this one was read to its end."""
        return self.chain if self.head.stands_for is None else self.head.stands_for

    def blocks(self) -> Iterator[Block]:
        """The frames, some megabytes of them at a time, until one isn't good."""
        wanted = HEAD_BYTES
        while wanted and self.at + wanted <= self.limit:
            size = min(max(wanted, READ_BYTES), self.limit - self.at)
            data = self.rest(self.at, size)
            run = run_of(data, 0, self.next, self.chain)
            wanted = run.wanted if len(data) == size else 0
            if run.ends:
                block = Block(data, self.next, [0, *run.ends])
                self._step_over(block, run.chain)
                yield block

    def rest(self, start: int, size: int) -> bytes:
        """Bytes as they are there. Raises: LogCorrupt where the disk can't read them."""
        try:
            return self._disk.read(self._handle, size, start)
        except OSError as fault:
            raise LogCorrupt(f"{self.path} of the change log can't be read: {HINT}") from fault

    def _step_over(self, block: Block, chain: int) -> None:
        count = len(block.bounds) - 1
        last = head_at(block.data, block.bounds[-2])
        assert last is not None
        if last.place < count:
            self.group_at = self.at + block.bounds[-2 - last.place]
        self.at += block.bounds[-1]
        self.next += count
        self.chain = chain


HINT = "stop, keep a copy of the data folder, and restore a backup or ask for help"


def _head_of(data: bytes, path: Path) -> SegmentHead:
    wrong = f"{path} does not begin as a segment of the change log does: {HINT}"
    if len(data) < START_BYTES:
        raise LogCorrupt(wrong)
    magic, version, rewritten, first, chain, stands_for = _COVERED.unpack_from(data)
    if magic != _MAGIC:
        raise LogCorrupt(wrong)
    if version != FORMAT_VERSION:
        raise LogCorrupt(f"{path} has format {version}; this program reads {FORMAT_VERSION}")
    digest = xxhash.xxh3_64_intdigest(data[: _COVERED.size])
    if digest != _DIGEST.unpack_from(data, _COVERED.size)[0] or name_of(first) != path.name:
        raise LogCorrupt(wrong)
    return SegmentHead(first, chain, stands_for if rewritten else None)
