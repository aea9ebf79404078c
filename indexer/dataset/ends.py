"""The least and the greatest by target: of numbers, of texts, of records in time.

Targets are places from 0 on; ``owners`` has one for each record, in any order.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from indexer.dataset.groups import frozen
from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import Mask, Offsets
from indexer.encoding.column import Array
from indexer.encoding.text_order import STEP_BYTES, steps_of
from indexer.encoding.texts import Codes, Texts
from indexer.kernels.folds import greatest, least, places_of

NOWHERE = -1
SORTED_MAX = 4_096
"""So few texts are sorted; among more, those that can't be the first are dropped beforehand."""

FEW = 64
"""Fewer records than one for so many targets are numbered anew."""

KeysAt = Callable[[Offsets], npt.NDArray[np.int64] | Texts]
"""Gives the keys of the records at these places of a list."""

_TOP = np.uint64(1 << 63)


def least_numbers(owners: Ordinals, numbers: Array, targets: int) -> tuple[Array, Mask]:
    """The least number of each target, and whether it has one. Cost: a pass."""
    found, seen = np.zeros(targets, numbers.dtype), np.zeros(targets, np.bool_)
    least(frozen(owners), frozen(numbers), found, seen)
    return found, seen


def greatest_numbers(owners: Ordinals, numbers: Array, targets: int) -> tuple[Array, Mask]:
    """The greatest number of each target, and whether it has one. Cost: a pass."""
    found, seen = np.zeros(targets, numbers.dtype), np.zeros(targets, np.bool_)
    greatest(frozen(owners), frozen(numbers), found, seen)
    return found, seen


def least_texts(owners: Ordinals, codes: Codes, texts: Texts, targets: int) -> Ordinals:
    """The code of each target's first text by UTF-8 bytes, NOWHERE for none.

    Cost: a pass over the records for every ``STEP_BYTES`` in which many of the first ones are
    alike, over fewer each time.
    """
    return _end_of_texts(owners, codes, texts, targets, np.uint64(0))


def greatest_texts(owners: Ordinals, codes: Codes, texts: Texts, targets: int) -> Ordinals:
    """The same of each target's last text."""
    return _end_of_texts(owners, codes, texts, targets, ~np.uint64(0))


def first_records(
    owners: Ordinals, times: npt.NDArray[np.int64], keys: KeysAt, targets: int
) -> Ordinals:
    """The place of each target's earliest record, of those the one of the least key.

    NOWHERE if it has none. Cost: two passes; keys are asked for where times are equal.
    """
    return _end_in_time(owners, times, keys, targets, np.uint64(0))


def last_records(
    owners: Ordinals, times: npt.NDArray[np.int64], keys: KeysAt, targets: int
) -> Ordinals:
    """The same of the latest record, of those the one of the greatest key."""
    return _end_in_time(owners, times, keys, targets, ~np.uint64(0))


def _end_in_time(
    owners: Ordinals, times: Any, keys: KeysAt, targets: int, flip: np.uint64
) -> Ordinals:
    """Flipped, the greatest number and the last text are the least and the first one."""
    ranks = times ^ flip.view(np.int64)
    found, _ = least_numbers(owners, ranks, targets)
    places, ties = np.full(targets, NOWHERE, np.int64), np.zeros(targets, np.bool_)
    places_of(frozen(owners), frozen(ranks), found, places, ties)
    if ties.any():
        among = np.flatnonzero(ties[owners] & (ranks == found[owners]))
        held, mine = keys(among), owners[among]
        if isinstance(held, Texts):
            codes = np.arange(len(among), dtype=np.int32)
            chosen = _end_of_texts(mine, codes, held, targets, flip)
        else:
            chosen = np.full(targets, NOWHERE, np.int64)
            flipped = held ^ flip.view(np.int64)
            best, _ = least_numbers(mine, flipped, targets)
            places_of(frozen(mine), frozen(flipped), best, chosen, np.zeros(targets, np.bool_))
        places[ties] = among[chosen[ties]]
    return places


def _end_of_texts(
    owners: Ordinals, codes: Codes, texts: Texts, targets: int, flip: np.uint64
) -> Ordinals:
    found = np.full(targets, NOWHERE, np.int64)
    start = 0
    while len(owners):
        distinct = _distinct(codes, len(texts))
        if len(distinct) <= SORTED_MAX:
            _end_by_rank(owners, codes, _ranks(distinct, texts), found, flip)
            return found
        steps = (steps_of(texts, codes, start) ^ flip ^ _TOP).view(np.int64)
        if len(owners) < targets // FEW:
            # The many targets that have none are not looked at again.
            named, narrow = np.unique(owners, return_inverse=True)
            best = least_numbers(narrow, steps, len(named))[0][narrow]
        else:
            best = least_numbers(owners, steps, targets)[0][owners]
        held = steps == best
        owners, codes, steps = owners[held], codes[held], steps[held]
        lengths = (steps.view(np.uint64) ^ _TOP ^ flip) & np.uint64(0xFF)
        over = lengths <= np.uint64(STEP_BYTES)
        found[owners[over]] = codes[over]
        owners, codes = owners[~over], codes[~over]
        start += STEP_BYTES
    return found


def _end_by_rank(
    owners: Ordinals, codes: Codes, ranks: Ordinals, found: Ordinals, flip: np.uint64
) -> None:
    """Finish those whose texts have ranks: by code, dense among them."""
    flipped = ranks[codes] ^ flip.view(np.int64)
    best, seen = least_numbers(owners, flipped, len(found))
    places = np.full(len(found), NOWHERE, np.int64)
    places_of(frozen(owners), frozen(flipped), best, places, np.zeros(len(found), np.bool_))
    found[seen] = codes[places[seen]]


def _distinct(codes: Codes, size: int) -> Ordinals:
    if len(codes) < size // FEW:
        return np.unique(codes).astype(np.int64)
    known = np.zeros(size, np.bool_)
    known[codes] = True
    return np.flatnonzero(known)


def _ranks(distinct: Ordinals, texts: Texts) -> Ordinals:
    """By code the rank of each of these texts among them, by their bytes."""
    order = pc.sort_indices(texts.taken(distinct.astype(np.int32)))
    ranks = np.zeros(int(distinct[-1]) + 1, np.int64)
    ranks[distinct[np.asarray(order)]] = np.arange(len(distinct))
    return ranks
