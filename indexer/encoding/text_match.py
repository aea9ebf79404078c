"""Text lookups over texts side by side. Pure; knows no records."""

from typing import Any

import numpy as np
import pyarrow.compute as pc

from indexer.encoding.bits import Mask
from indexer.encoding.needles import beginning, containing
from indexer.encoding.patterns import needed_text
from indexer.encoding.texts import Texts
from indexer.kernels.search import CLOSED, OPEN, UNBOUND, lie_within
from indexer.plan.fold import folded_texts
from indexer.plan.nodes import Pattern, Range, TextMatch

TextLookup = TextMatch | Pattern
SearchLookup = TextLookup | Range
"""Lookups that are answered by reading every text."""

COPIED_SHARE = 4
"""If a pattern may match more than one text in 4, all are looked at where they lie."""


def reads_folded(lookup: SearchLookup) -> bool:
    """Whether the lookup is about folded texts; a pattern folds by itself."""
    return isinstance(lookup, TextMatch) and lookup.fold


def matching_texts(texts: Texts, lookup: SearchLookup) -> Mask:
    """True where a text satisfies the lookup.

    The texts are folded already if ``reads_folded``. Cost: one pass, more for some lists
    (see ``indexer.encoding.needles``).
    """
    match lookup:
        case Pattern():
            return _with_pattern(texts, lookup)
        case Range():
            return _within(texts, lookup)
        case TextMatch(how="contains", texts=wanted):
            return containing(texts, wanted)
        case TextMatch(how=how, texts=wanted):
            return beginning(texts, wanted, backward=how == "ends_with", whole=how == "equals")


def matching_raw(texts: Any, lookup: TextLookup) -> Mask:
    """The same over a large_string array of texts as they are."""
    return matching_texts(Texts.of(folded_texts(texts) if reads_folded(lookup) else texts), lookup)


def _with_pattern(texts: Texts, lookup: Pattern) -> Mask:
    needed = None if lookup.fold else needed_text(lookup.pattern)
    if needed is None:
        return _matched(texts.arrow(), lookup)
    held = containing(texts, [needed])
    places = np.flatnonzero(held).astype(np.int32)
    if len(places) * COPIED_SHARE > len(texts):
        return _matched(texts.arrow(), lookup)
    held[places] = _matched(texts.taken(places), lookup)
    return held


def _matched(array: Any, lookup: Pattern) -> Mask:
    found = pc.match_substring_regex(array, lookup.pattern, ignore_case=lookup.fold)
    return found.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _within(texts: Texts, lookup: Range) -> Mask:
    found = np.zeros(len(texts), np.bool_)
    low, low_bound = _bound(lookup.low, open_=lookup.low_open)
    high, high_bound = _bound(lookup.high, open_=lookup.high_open)
    lie_within(
        *texts.places, len(texts), low.ctypes.data, len(low), low_bound,
        high.ctypes.data, len(high), high_bound, found,
    )  # fmt: skip
    return found


def _bound(value: object, *, open_: bool) -> tuple[Any, int]:
    if value is None:
        return np.zeros(0, np.uint8), UNBOUND
    return np.frombuffer(str(value).encode(), np.uint8), OPEN if open_ else CLOSED
