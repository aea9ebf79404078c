"""Lookups in the texts of a vocabulary, their answers remembered.

Folded texts are made when first asked for, and only of texts that folding changes: a field of
plain lower-case texts costs nothing more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from indexer.encoding.answers import NOTHING_SEEN, Answer
from indexer.encoding.text_match import SearchLookup, matching_texts, reads_folded
from indexer.encoding.texts import Codes, Texts
from indexer.kernels.search import may_fold
from indexer.plan.fold import folded_texts
from indexer.plan.nodes import OneOf
from indexer.remembered import Answers

VALUE_BYTES = 100
"""About what one text of a list holds in memory while its answer is remembered."""

TextsNow = Callable[[], Texts]
Finds = Callable[[Answer, int], Answer]
"""From what is known of the first texts to the answer over so many."""


class TextPool:
    """Searches the texts of a list that only grows. Any number of readers.

    Texts never change and codes are never reused, so an answer stays true for the texts it was
    given over: when more have come, only those are looked at.
    """

    def __init__(self, texts: TextsNow) -> None:
        self._texts = texts
        self._folded = FoldedTexts(texts)
        self._answers: Answers[Answer] = Answers()

    def answer(self, lookup: SearchLookup) -> Answer:
        """The texts that satisfy the lookup. Cost: a pass over the texts not looked at yet."""
        return self.remembered(lookup, lambda known, size: self._searched(lookup, known, size))

    def remembered(self, lookup: SearchLookup | OneOf, finds: Finds) -> Answer:
        """The lookup's answer over all texts, found if it is not known."""
        size = len(self._texts())
        known = self._answers.get(lookup)
        if known is None or known.seen < size:
            known = finds(known or NOTHING_SEEN, size)
            values = len(lookup.values) if isinstance(lookup, OneOf) else 0
            self._answers.put(lookup, known, known.nbytes + VALUE_BYTES * values)
        return known

    def take(self, codes: Codes, *, fold: bool) -> Any:
        """The texts of these codes, in that order, as a large_string array."""
        texts = self._texts()
        taken = texts.taken(codes)
        for places, folded in self._folded.between(0, len(texts)) if fold else ():
            at = np.minimum(np.searchsorted(places, codes), len(places) - 1)
            changed = places[at] == codes
            others = folded.taken(at[changed].astype(np.int32))
            taken = pc.replace_with_mask(taken, changed, others)
        return taken

    def _searched(self, lookup: SearchLookup, known: Answer, size: int) -> Answer:
        seen = known.seen
        found = matching_texts(self._texts().between(seen, size), lookup)
        if reads_folded(lookup):
            for places, folded in self._folded.between(seen, size):
                found[places - seen] = matching_texts(folded, lookup)
        return known.extended(found)


@dataclass(frozen=True)
class _Part:
    """Of texts ``first`` to ``last - 1`` those that folding changes, and what it makes of them."""

    first: int
    last: int
    places: Codes
    texts: Texts

    def joined(self, following: "_Part") -> "_Part":
        places = np.concatenate((self.places, following.places))
        return _Part(self.first, following.last, places, self.texts.joined(following.texts))


class FoldedTexts:
    """What folding makes of the texts it changes, in parts that merge as they become many.

    Readers may share it: what it holds is replaced, never changed, and a lost race makes a part
    twice.
    """

    def __init__(self, texts: TextsNow) -> None:
        self._texts = texts
        self._parts: tuple[_Part, ...] = ()

    def between(self, first: int, last: int) -> Iterator[tuple[Codes, Texts]]:
        """Among texts ``first`` to ``last - 1`` the codes of the changed ones, and their texts."""
        for part in self._up_to(last):
            low, high = np.searchsorted(part.places, np.array([first, last], np.int32)).tolist()
            if low < high:
                yield part.places[low:high], part.texts.between(low, high)

    def _up_to(self, last: int) -> tuple[_Part, ...]:
        parts = self._parts
        known = parts[-1].last if parts else 0
        if known >= last:
            return parts
        grown = [*parts, self._made(known, last)]
        # Each part is more than twice as long as the next, so there are few, and texts move rarely.
        while len(grown) > 1 and _length(grown[-2]) <= 2 * _length(grown[-1]):
            following = grown.pop()
            grown[-1] = grown[-1].joined(following)
        self._parts = tuple(grown)
        return self._parts

    def _made(self, first: int, last: int) -> _Part:
        texts = self._texts().between(first, last)
        found = np.zeros(last - first, np.bool_)
        may_fold(*texts.places, len(texts), found)
        places = np.flatnonzero(found).astype(np.int32)
        plain = texts.taken(places)
        folded = folded_texts(plain)
        changed = pc.not_equal(plain, folded)
        places = places[np.asarray(changed)] + np.int32(first)
        return _Part(first, last, places, Texts.of(folded.filter(changed)).narrowed())


def _length(part: _Part) -> int:
    return part.last - part.first
