"""A segment replaced by one whose payloads were changed, so that what is erased is nowhere."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from indexer.log import faults
from indexer.log.disk import Disk
from indexer.log.frame import sealed
from indexer.log.recovery import opened
from indexer.log.segment import HINT, START_BYTES, UNFINISHED, SegmentHead, SegmentWalk
from indexer.model.errors import LogCorrupt

Rewrite = Callable[[int, bytes], bytes]
"""From sequence and payload to the payload that takes its place; the same answer every time."""


def building(path: Path) -> Path:
    """Where a segment is made before it has its name."""
    return path.with_name(path.name + UNFINISHED)


def begun(disk: Disk, path: Path, head: SegmentHead, size: int) -> int:
    """A new file with room for ``size`` bytes and a head, open and not synced. Raises: OSError."""
    handle = disk.create(path)
    try:
        disk.preallocate(handle, size)
        faults.write(disk, handle, head.encoded(), 0)
    except OSError:
        abandon(disk, handle, path)
        raise
    return handle


def abandon(disk: Disk, handle: int, path: Path) -> None:
    """Give up a file that was begun; what can't be removed now goes when the log is opened."""
    disk.close(handle)
    with suppress(OSError):
        disk.remove(path)


def rewritten(disk: Disk, path: Path, change: Rewrite) -> int:
    """How many payloads of a whole segment were changed; it is replaced only if some were.

    Both files are there until the new one is durable and takes the name. ``change`` is called
    twice for each frame of a segment that is replaced.
    Raises: OSError, SyncFailed, LogCorrupt, TooLarge; the segment is the old one or the new one.
    """
    with opened(disk, path) as (source, size):
        walk = SegmentWalk(disk, source, path, size)
        changed = sum(
            change(sequence, payload) != payload
            for block in walk.blocks()
            for sequence, payload in block.payloads(0)
        )
        if not walk.is_whole:
            raise LogCorrupt(f"{path} is damaged after change {walk.next - 1}: {HINT}")
        if changed:
            head = SegmentHead(walk.head.first, walk.head.chain, walk.end_chain)
            target = begun(disk, building(path), head, START_BYTES)
            try:
                _fill(disk, target, SegmentWalk(disk, source, path, size), change)
                faults.sync(disk, target)
                disk.rename(building(path), path)
            except BaseException:
                abandon(disk, target, building(path))
                raise
            disk.close(target)
            faults.sync_folder(disk, path.parent)
    return changed


def _fill(disk: Disk, target: int, walk: SegmentWalk, change: Rewrite) -> None:
    chain, at = walk.head.chain, START_BYTES
    for block in walk.blocks():
        frames = []
        for (sequence, payload), place in zip(block.payloads(0), block.places(), strict=True):
            frame, chain = sealed(change(sequence, payload), sequence, chain, place)
            frames.append(frame)
        data = b"".join(frames)
        faults.write(disk, target, data, at)
        at += len(data)
