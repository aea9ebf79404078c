"""Text lookups over Arrow arrays of texts. Pure; knows no records."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.encoding.bits import Mask
from indexer.encoding.needles import containing
from indexer.plan.fold import folded_texts
from indexer.plan.nodes import Pattern, TextMatch

TextLookup = TextMatch | Pattern


def reads_folded(lookup: TextLookup) -> bool:
    """Whether the lookup is about folded texts; a pattern folds by itself."""
    return isinstance(lookup, TextMatch) and lookup.fold


def matching_texts(texts: Any, lookup: TextLookup) -> Mask:
    """True where a text of a large_string array satisfies the lookup.

    The texts are folded already if ``reads_folded``. Cost: one vectorised pass, more for lists
    (see ``indexer.encoding.needles``).
    """
    match lookup:
        case Pattern(pattern=pattern, fold=fold):
            found = pc.match_substring_regex(texts, pattern, ignore_case=fold)
            return np.asarray(found)
        case TextMatch(how="equals", texts=wanted):
            return np.asarray(pc.is_in(texts, value_set=pa.array(wanted, pa.large_string())))
        case TextMatch(how="contains", texts=wanted):
            return containing(texts, wanted)
        case TextMatch(how="starts_with", texts=wanted):
            return _at_end(texts, wanted, lambda part, size: pc.binary_slice(part, 0, size))
        case TextMatch(texts=wanted):
            return _at_end(texts, wanted, lambda part, size: pc.binary_slice(part, -size))


def matching_raw(texts: Any, lookup: TextLookup) -> Mask:
    """The same over texts as they are."""
    return matching_texts(folded_texts(texts) if reads_folded(lookup) else texts, lookup)


def _at_end(texts: Any, wanted: Sequence[str], end_of: Callable[[Any, int], Any]) -> Mask:
    """Texts whose first or last bytes are one of these; one pass for each length that occurs."""
    held = np.zeros(len(texts), np.bool_)
    left, places = texts.view(pa.large_binary()), np.arange(len(texts))
    ends = sorted((text.encode() for text in wanted), key=len)
    for length, group in groupby(ends, key=len):
        long_enough = np.asarray(pc.binary_length(left)) >= length
        long_enough &= ~held[places]
        if not long_enough.all():
            left, places = left.filter(pa.array(long_enough)), places[long_enough]
        if not len(places):
            break
        known = pa.array(list(group), pa.large_binary())
        held[places[np.asarray(pc.is_in(end_of(left, length), value_set=known))]] = True
    return held
