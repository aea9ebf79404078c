"""Bools, text and sets written as text, to stored form. Pure and vectorised."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.intake.converted import Converted, Int64s, Mask, valid_mask, view_text

_ASCII_MAX = 127


def bools(text: pa.Array) -> Converted:
    """``true`` and ``false`` in any case."""
    low = pc.ascii_lower(text)
    yes, no = pc.equal(low, "true"), pc.equal(low, "false")
    wrong = pc.fill_null(pc.invert(pc.or_(yes, no)), False)
    if not pc.any(wrong).as_py():
        return Converted(yes)
    bad: Mask = wrong.to_numpy(zero_copy_only=False)
    return Converted(pc.if_else(wrong, pa.scalar(None, pa.bool_()), yes), bad)


def nfc(text: pa.Array) -> pa.Array:
    """The same text in NFC."""
    if not (view_text(text).data > _ASCII_MAX).any():
        return text
    return pc.utf8_normalize(text, form="NFC")


def sets(text: pa.Array, separator: str) -> Converted:
    """Cells split at the separator. Empty pieces are no members; empty text is the empty set."""
    lists = pc.split_pattern(text, separator)
    return Converted(_tidy(lists, skip_empty=True))


def set_lists(lists: pa.Array) -> pa.Array:
    """A list<string> column as sets: NFC, sorted, unique. Null members are left out."""
    return _tidy(lists.cast(pa.list_(pa.string())), skip_empty=False)


def _tidy(lists: pa.Array, *, skip_empty: bool) -> pa.Array:
    members = nfc(pc.list_flatten(lists))
    owners: NDArray[np.int64] = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    coded = members.dictionary_encode()
    words = coded.dictionary
    ranks = np.empty(len(words), np.int64)
    order = pc.sort_indices(words).to_numpy(zero_copy_only=False)
    ranks[order] = np.arange(len(words), dtype=np.int64)
    keep = valid_mask(members)
    if skip_empty:
        keep &= view_text(members).lengths > 0
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)[keep]
    stride = max(len(words), 1)
    pairs = owners[keep] * stride + (ranks[codes] if len(words) else codes.astype(np.int64))
    if not (np.diff(pairs) > 0).all():
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return _lists(pairs, stride, words.take(pa.array(order)), valid_mask(lists))


def _lists(pairs: Int64s, stride: int, sorted_words: pa.Array, valid: Mask) -> pa.Array:
    """Lists of words from sorted ``owner * stride + rank`` pairs."""
    sizes = np.bincount(pairs // stride, minlength=len(valid))
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))).astype(np.int32)
    members = sorted_words.take(pa.array(pairs % stride))
    nulls = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(
        pa.list_(pa.string()), len(valid), [nulls, pa.py_buffer(offsets)], children=[members]
    )
