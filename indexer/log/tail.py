"""Is what follows the last good frame a torn tail, or damage to what was acknowledged?

A group is written and synced as one, and the next one only after that. So the one group that a
crash may tear is the last: sectors of it are there or, as the room was all zeros, zeros. A good
frame of a *later* group, or loss that isn't whole sectors, is damage.
"""

from collections.abc import Iterator

from indexer.log.frame import MAGIC, MAGIC_OFFSET, Head, head_at, is_whole

SECTOR_BYTES = 512
"""What a disk writes wholly or not at all."""
REREADS_MAX = 4
"""How often the digests of suspected frames may read the tail before we give up on it."""


def is_torn(rest: bytes, offset: int, sequence: int) -> bool:
    """Whether the bytes from ``offset`` of the newest segment on are a torn tail.

    ``rest`` begins where the frame of that sequence should be. False: acknowledged frames are
    damaged there. Zeros alone are torn. Cost: one search, and the digests of what looks like
    frames.
    """
    first_whole: int | None = None
    for start, head in _whole_frames(rest, sequence):
        if head is None or not head.group <= sequence < head.sequence:
            return False
        first_whole = start if first_whole is None else first_whole
    return first_whole is None or _sector_lost(rest[:first_whole], offset)


def _whole_frames(rest: bytes, sequence: int) -> Iterator[tuple[int, Head | None]]:
    """Frames of that sequence or a later one that have the digest they name, in order, and where
    they are; None for one where we give up.
    """
    budget = REREADS_MAX * len(rest)
    at = rest.find(MAGIC)
    while at != -1:
        start = at - MAGIC_OFFSET
        head = head_at(rest, start)
        following = at + 1
        if head is not None and head.sequence >= sequence:
            budget -= head.frame_bytes
            if budget < 0:
                yield start, None
                return
            if is_whole(rest, start, head):
                yield start, head
                following = start + head.frame_bytes
        at = rest.find(MAGIC, following)


def _sector_lost(gap: bytes, offset: int) -> bool:
    """Whether some sector's part of the gap is all zeros."""
    start = 0
    while start < len(gap):
        end = min(len(gap), start + SECTOR_BYTES - (offset + start) % SECTOR_BYTES)
        if not any(gap[start:end]):
            return True
        start = end
    return False
