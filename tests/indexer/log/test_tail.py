"""A torn tail or damage: what follows the last good frame, as a disk may leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.log.frame import HEAD_BYTES, MAGIC, encoded
from indexer.log.tail import SECTOR_BYTES, is_torn

GROUP = [bytes([65 + n]) * 600 for n in range(5)]
FRAME = HEAD_BYTES + 600
ZEROS = bytes(4_096)
OFFSETS = [0, 1, 48, 500, 511, 512]
"""Where the last good frame may end."""


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_lost_sector_of_the_last_group_is_torn(offset: int) -> None:
    """Any one of them, though whole frames of the same group follow."""
    whole, _ = encoded(GROUP, 9, 3)

    for sector in range(offset // SECTOR_BYTES, (offset + len(whole)) // SECTOR_BYTES + 1):
        start = max(0, sector * SECTOR_BYTES - offset)
        end = min(len(whole), (sector + 1) * SECTOR_BYTES - offset)
        rest = whole[:start] + bytes(end - start) + whole[end:]
        bad = start // FRAME
        assert is_torn((rest + ZEROS)[bad * FRAME :], offset + bad * FRAME, 9 + bad)


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_lost_sector_before_another_group_is_damage(offset: int) -> None:
    """The next group was begun when this one was synced."""
    first, chain = encoded(GROUP, 9, 3)
    later, _ = encoded([b"later"], 14, chain)

    for start in range(0, len(first), SECTOR_BYTES):
        rest = first[:start] + bytes(len(first[start : start + SECTOR_BYTES]))
        rest += first[len(rest) :] + later + ZEROS
        bad = start // FRAME
        assert not is_torn(rest[bad * FRAME :], offset + bad * FRAME, 9 + bad)


@pytest.mark.parametrize("frame", range(4))
def test_a_changed_byte_within_the_last_group_is_damage(frame: int) -> None:
    """No sector was lost, and whole frames follow: this had been whole."""
    whole = bytearray(encoded(GROUP, 9, 3)[0])
    whole[frame * FRAME + 300] ^= 1

    assert not is_torn(bytes(whole[frame * FRAME :]) + ZEROS, 48 + frame * FRAME, 9 + frame)


@given(rest=st.binary(max_size=100), magics=st.integers(0, 3), offset=st.integers(0, 2_000))
def test_anything_that_is_no_frame_is_torn(rest: bytes, magics: int, offset: int) -> None:
    """Zeros, garbage, the beginning of a frame, nothing."""
    assert is_torn(rest + MAGIC * magics + rest, offset, 1)


def test_what_looks_like_frames_without_end_is_damage() -> None:
    """Looking has a bound; beyond it a person must look."""
    head = bytearray(encoded([bytes(2**14)], 9, 3)[0][:HEAD_BYTES])
    head[0] ^= 1

    assert not is_torn(bytes(head) * 2_000, 0, 9)
