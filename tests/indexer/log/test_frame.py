"""Frames: what is written is what is read, and no accident is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.log.frame import (
    GROUP_BYTES_MAX,
    HEAD_BYTES,
    MAGIC,
    PAYLOAD_BYTES_MAX,
    encoded,
    head_at,
    run_of,
    sealed,
)
from indexer.model.errors import TooLarge

GROUPS = st.lists(st.lists(st.binary(max_size=40), min_size=1, max_size=4), max_size=5)
SEQUENCES = st.integers(1, 2**63)
CHAINS = st.integers(0, 2**64 - 1)
PAYLOAD = bytes(range(40))


@given(groups=GROUPS, sequence=SEQUENCES, chain=CHAINS)
def test_frames_are_read_as_they_were_written(
    groups: list[list[bytes]], sequence: int, chain: int
) -> None:
    """Each with its bounds, its sequence and its place in its group; the chain at the end."""
    data, last, following = b"", chain, sequence
    for group in groups:
        part, last = encoded(group, following, last)
        data, following = data + part, following + len(group)

    run = run_of(data, 0, sequence, chain)

    starts = [0, *run.ends]
    payloads = [data[a + HEAD_BYTES : b] for a, b in zip(starts, run.ends, strict=False)]
    heads = [head_at(data, start) for start in starts[:-1]]
    assert [payload for group in groups for payload in group] == payloads
    assert [place for group in groups for place in range(len(group))] == [
        head.place for head in heads if head
    ]
    assert (last, HEAD_BYTES) == (run.chain, run.wanted)


def test_a_flipped_bit_ends_the_run() -> None:
    """Any bit of the head or the payload; the frames before it stay good, those after it don't."""
    data, _ = encoded([b"before", PAYLOAD, b"after"], 7, 11)
    start = HEAD_BYTES + len(b"before")

    for bit in range(8 * start, 8 * (start + HEAD_BYTES + len(PAYLOAD))):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert [start] == run_of(bytes(damaged), 0, 7, 11).ends


@pytest.mark.parametrize("size", range(2 * HEAD_BYTES + len(PAYLOAD)))
def test_a_cut_off_frame_says_how_much_it_wants(size: int) -> None:
    """So that the reader gets as many bytes as the frame has, and no others."""
    frame, _ = sealed(PAYLOAD, 1, 0, 0)
    data = (frame + bytes(HEAD_BYTES))[:size]

    run = run_of(data, 0, 1, 0)

    whole = HEAD_BYTES + len(PAYLOAD)
    wanted = HEAD_BYTES if size < HEAD_BYTES else whole
    if size >= whole:
        # Zeros are no frame.
        wanted = HEAD_BYTES if size < whole + HEAD_BYTES else 0
    assert ([whole] if size >= whole else [], wanted) == (run.ends, run.wanted)


@pytest.mark.parametrize(
    "sequence, chain", [(8, 11), (6, 11), (7, 12), (7, 0)], ids=["later", "older", "other", "none"]
)
def test_a_frame_of_elsewhere_is_not_believed(sequence: int, chain: int) -> None:
    """Another sequence, or after another frame: an old tail can't be glued on."""
    data, _ = encoded([PAYLOAD], 7, 11)

    run = run_of(data, 0, sequence, chain)

    assert ([], 0) == (run.ends, run.wanted)


@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: MAGIC + rest))
def test_any_bytes_can_be_looked_at(data: bytes) -> None:
    """No error, no frame."""
    run = run_of(data, 0, 1, 0)

    assert [] == run.ends


def test_a_payload_has_a_bound() -> None:
    """One byte more is refused before anything is written."""
    data, _ = encoded([bytes(PAYLOAD_BYTES_MAX)], 1, 0)

    assert [len(data)] == run_of(data, 0, 1, 0).ends
    with pytest.raises(TooLarge):
        encoded([bytes(PAYLOAD_BYTES_MAX + 1)], 1, 0)


def test_a_group_has_a_bound() -> None:
    """However small its payloads are."""
    large = bytes(PAYLOAD_BYTES_MAX)
    count = GROUP_BYTES_MAX // len(large) + 1

    with pytest.raises(TooLarge):
        encoded([large] * count, 1, 0)
