"""What stored sets share, counted over words, by rows and by tiles, is what bitmaps share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.dataset import overlap
from indexer.dataset.overlap import StoredSet, one_against_all, shared
from indexer.encoding.bits import bitmap_of_mask
from indexer.overlap import overlap_matrix

BLOCK = 65_536
SIZES = (0, 1, 15, 16, 17, 700, 4_095, 4_096, 4_097, 20_000, 65_535, 65_536)
"""Members of a block: each side of a full step of rows and of an array that becomes a bit set."""
SHAPES = ("scattered", "together", "at the end")

Set = list[BitMap]
Block = tuple[int, str, int]
"""Members, shape, seed."""


def block_of(size: int, shape: str, seed: int) -> BitMap:
    """So many members of one block."""
    chance = np.random.default_rng(seed)
    if shape == "scattered":
        mask = np.zeros(BLOCK, np.bool_)
        mask[chance.choice(BLOCK, size, replace=False)] = True
        return bitmap_of_mask(mask)
    start = BLOCK - size if shape == "at the end" else int(chance.integers(0, BLOCK - size + 1))
    return BitMap(range(start, start + size))


def part_of(blocks: Sequence[Block]) -> BitMap:
    """The blocks one after another, in a shard; members that are together may lie as runs."""
    parts = [block_of(*block).shift(place * BLOCK) for place, block in enumerate(blocks)]
    whole = BitMap.union(*parts) if parts else BitMap()
    if any(seed % 2 for _, _, seed in blocks):
        whole.run_optimize()
    return whole


def expected_matrix(sets: Sequence[Set]) -> list[list[int]]:
    """Pair by pair."""
    return [[_pair(one, other) for other in sets] for one in sets]


def _pair(one: Set, other: Set) -> int:
    return sum(a.intersection_cardinality(b) for a, b in zip(one, other, strict=True))


BLOCKS = st.tuples(st.sampled_from(SIZES), st.sampled_from(SHAPES), st.integers(0, 9))


@st.composite
def sets_of_members(draw: Any, *, shards: int = 2, blocks: int = 2) -> list[Set]:
    """Up to eleven sets over shards of a few blocks, of which some are the same."""
    part = st.lists(BLOCKS, max_size=blocks).map(part_of)
    whole = st.lists(part, min_size=shards, max_size=shards)
    pool: list[Set] = draw(st.lists(whole, min_size=1, max_size=5))
    found: list[Set] = draw(st.lists(st.sampled_from(pool), max_size=11))
    return found


@settings(max_examples=60)
@given(sets=sets_of_members(), sparse_share=st.sampled_from((0.0, 1 / 16, 0.3, 2.0)))
@example(sets=[], sparse_share=0.3)
@example(sets=[[BitMap(), BitMap()]], sparse_share=0.3)
@example(sets=[[BitMap([0]), BitMap()]], sparse_share=2.0)
@example(sets=[[BitMap([BLOCK - 1]), BitMap([0])]] * 5, sparse_share=0.0)
def test_the_matrix_has_what_every_two_share(sets: list[Set], sparse_share: float) -> None:
    """Whatever is counted by rows and what by tiles, and by one thread or two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "SPARSE_SHARE", sparse_share)

        found = [overlap_matrix(sets, threads=threads) for threads in (1, 2)]

    assert expected_matrix(sets) == found[0].tolist()
    assert found[0].tolist() == found[1].tolist()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 511, 512, 513])
def test_any_number_of_sets_is_counted(count: int) -> None:
    """One less and one more than a tile and a group; half of them sparse."""
    chance = np.random.default_rng(count)
    shares = np.exp(chance.uniform(np.log(1e-4), np.log(0.9), count))
    sets = [[bitmap_of_mask(chance.random(20_000) < share)] for share in shares]
    masks = np.array([[part in each[0] for part in range(20_000)] for each in sets], np.int64)

    found = overlap_matrix(sets, threads=1)

    assert (masks @ masks.T).tolist() == found.tolist()


@pytest.mark.parametrize("shard_bits", [16, 20])
def test_a_set_of_whole_shards_is_counted(shard_bits: int) -> None:
    """Every record, every other one, and the last one of each shard."""
    size = 1 << shard_bits
    kinds = [BitMap(range(size)), BitMap(range(0, size, 2)), BitMap([size - 1]), BitMap()]
    sets = [[kind, kind] for kind in kinds]

    found = overlap_matrix(sets, threads=2)

    assert expected_matrix(sets) == found.tolist()
    assert expected_matrix(sets) == [one_against_all(one, stored(sets)) for one in stored(sets)]


def test_sums_may_be_large() -> None:
    """More than fit into 16 bits and a chunk, of sets that are counted by rows."""
    part = BitMap(range(0, 1 << 20, 20))
    sets = [[part] * 40, [part] * 40]

    found = overlap_matrix(sets, threads=2)

    assert [[40 * len(part)] * 2] * 2 == found.tolist()


def test_sets_of_other_shards_are_a_mistake() -> None:
    """Every set has a bitmap for every shard, be it empty."""
    with pytest.raises(ValueError, match="shorter"):
        overlap_matrix([[BitMap([1])] * 2, [BitMap([1])]], threads=1)


@settings(max_examples=60)
@given(sets=sets_of_members(shards=3, blocks=1), bits=st.sampled_from((16, 17)))
def test_two_stored_sets_share_what_their_bitmaps_share(sets: list[Set], bits: int) -> None:
    """With words beside dense parts only, so words meet words, bitmaps and nothing."""
    every = stored(sets, bits)

    found = [one_against_all(one, every) for one in every]

    assert expected_matrix(sets) == found
    assert [len(each) for each in every] == [shared(each, each) for each in every]


def test_parts_are_kept_as_words_or_as_offsets() -> None:
    """By their share, so a set's memory is known before it is made."""
    dense, edge, sparse = (BitMap(range(size)) for size in (600, 512, 1))

    one = StoredSet.of([dense, edge, sparse, BitMap()], 16)

    assert frozenset({1, 2}) == one.sparse
    assert 8_192 + 4 * (512 + 1) + 4 * 3 * 8 == one.nbytes
    assert 1_113 == len(one)


def test_counting_a_block_of_many_sets(benchmark: Any) -> None:
    """A hundred sets of a thousandth to half of 131,072 records."""
    chance = np.random.default_rng(1)
    shares = np.exp(chance.uniform(np.log(1e-3), np.log(0.5), 100))
    sets = [[bitmap_of_mask(chance.random(2 * BLOCK) < share)] for share in shares]

    found = benchmark(overlap_matrix, sets, threads=1)

    assert expected_matrix(sets) == found.tolist()


@pytest.mark.parametrize("share", [0.001, 0.005, 0.05, 0.5])
def test_counting_one_pair(benchmark: Any, share: float) -> None:
    """Two sets of the same share of 2^20 records."""
    chance = np.random.default_rng(1)
    sets = [[bitmap_of_mask(chance.random(1 << 20) < share)] for _ in range(2)]

    found = benchmark(shared, *stored(sets))

    assert _pair(*sets) == found


def stored(sets: Sequence[Set], shard_bits: int = 20) -> list[StoredSet]:
    """All of them in their hot form."""
    return [StoredSet.of(each, shard_bits) for each in sets]
