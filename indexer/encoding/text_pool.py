"""The distinct texts of a field as Arrow arrays, beside their vocabulary, for lookups in text.

Made when first asked for and only for what was asked: a field whose text nobody searches costs
nothing, folded texts are kept from the first question without regard to case on.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.encoding.text_match import TextLookup, matching_texts, reads_folded
from indexer.plan.fold import folded_texts
from indexer.plan.texts import Following, texts_of
from indexer.remembered import Answers

Codes = npt.NDArray[np.int32]


class TextPool:
    """Searches the texts of a list that only grows. Any number of readers.

    Texts never change and codes are never reused, so an answer stays true for the texts it was
    given over: when more have come, only those are looked at.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._plain = Following(lambda start, end: texts_of(texts[start:end]))
        self._folded = Following(
            lambda start, end: folded_texts(pa.concat_arrays(self._plain.between(start, end)))
        )
        self._answers = Answers()

    def matching(self, lookup: TextLookup) -> Codes:
        """Places of the texts that satisfy the lookup, ascending."""
        size = len(self._texts)
        seen, codes = self._answers.get(lookup)
        if seen < size:
            parts = [codes]
            for texts in self._source(lookup).between(seen, size):
                found = np.flatnonzero(matching_texts(texts, lookup)).astype(np.int32)
                parts.append(found + np.int32(seen))
                seen += len(texts)
            codes = np.concatenate(parts)
            self._answers.put(lookup, size, codes)
        return codes

    def parts(self) -> list[Any]:
        """The texts as large_string arrays, end to end."""
        return self._plain.between(0, len(self._texts))

    def take(self, codes: Codes, *, fold: bool) -> Any:
        """The texts at these places, in that order, as a large_string array."""
        source = self._folded if fold else self._plain
        parts = source.between(0, len(self._texts))
        return pa.chunked_array(parts, pa.large_string()).take(pa.array(codes)).combine_chunks()

    def _source(self, lookup: TextLookup) -> Following:
        return self._folded if reads_folded(lookup) else self._plain
