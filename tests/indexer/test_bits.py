"""Masks and offsets to bitmaps and back, at every edge of a container."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.encoding.bits import (
    ARRAY_MEMBERS_MAX,
    CONTAINER_SIZE,
    bitmap_of,
    bitmap_of_mask,
    grouped,
    mask_of,
    offsets_of,
)

SIZES = (0, 1, 7, 8, 9, CONTAINER_SIZE - 1, CONTAINER_SIZE, CONTAINER_SIZE + 1, 3 * CONTAINER_SIZE)
MEMBERS = (0, 1, 2, ARRAY_MEMBERS_MAX - 1, ARRAY_MEMBERS_MAX, ARRAY_MEMBERS_MAX + 1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("members", MEMBERS)
def test_a_mask_becomes_the_set_of_its_places(size: int, members: int) -> None:
    """First, last and spread evenly in every container, few and many."""
    for places in (
        np.arange(min(members, size)),
        np.arange(max(size - members, 0), size),
        np.unique(np.linspace(0, size - 1, members).astype(np.int64)) if size else np.arange(0),
    ):
        mask = np.zeros(size, np.bool_)
        mask[places] = True

        bitmap = bitmap_of_mask(mask)

        assert BitMap(places.tolist()) == bitmap
        assert BitMap.deserialize(bitmap.serialize()) == bitmap


@pytest.mark.parametrize("size", SIZES)
def test_a_full_mask_is_a_full_bitmap(size: int) -> None:
    """65,536 members fit into one container, whose size is written as 65,535."""
    bitmap = bitmap_of_mask(np.ones(size, np.bool_))

    assert BitMap(range(size)) == bitmap
    assert size == len(bitmap)


def test_an_empty_container_between_full_ones_is_left_out() -> None:
    """Containers are named by their key, not by their place."""
    mask = np.ones(4 * CONTAINER_SIZE, np.bool_)
    mask[CONTAINER_SIZE : 3 * CONTAINER_SIZE] = False

    bitmap = bitmap_of_mask(mask)

    expected = BitMap(range(CONTAINER_SIZE)) | BitMap(range(3 * CONTAINER_SIZE, len(mask)))
    assert expected == bitmap


@given(st.lists(st.integers(0, 4 * CONTAINER_SIZE - 1)))
def test_offsets_masks_and_bitmaps_are_one_set(offsets: list[int]) -> None:
    """In any order, repeats among them."""
    bitmap = bitmap_of(np.array(offsets, np.int64))

    assert BitMap(offsets) == bitmap
    assert sorted(set(offsets)) == offsets_of(bitmap).tolist()
    assert bitmap == bitmap_of_mask(mask_of(bitmap, 4 * CONTAINER_SIZE))


@given(st.lists(st.integers(-1, 3)))
def test_places_are_grouped_by_code(codes: list[int]) -> None:
    """Every place once, ascending, under its code; nothing of nothing."""
    expected = {
        code: [place for place, each in enumerate(codes) if each == code] for code in set(codes)
    }

    found = grouped(np.array(codes, np.int32))

    assert expected == {code: places.tolist() for code, places in found.items()}
