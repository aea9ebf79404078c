"""The distinct texts of one field, each with a code.

Codes are dense, in order of first appearance, shared by all shards of a dataset and never
reused. A vocabulary only grows, so a reader that holds an older view never meets a code it can't
read.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.encoding.column import ValueLookup
from indexer.encoding.text_match import TextLookup
from indexer.encoding.text_pool import TextPool
from indexer.plan.nodes import Equals, OneOf, Pattern, Range, TextMatch

NULL_CODE = -1

Codes = npt.NDArray[np.int32]


class Vocabulary:
    """Text ↔ code. One writer; any number of readers."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = list(texts)
        self._codes = {text: code for code, text in enumerate(self._texts)}
        self._array = np.array([], np.dtypes.StringDType())
        self.pool = TextPool(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def texts(self) -> Sequence[str]:
        """All texts, at the place of their codes."""
        return self._texts

    def text(self, code: int) -> str:
        """The text of a code that was given out."""
        return self._texts[code]

    def code(self, text: str) -> int:
        """The text's code, or NULL_CODE when no record ever had it."""
        return self._codes.get(text, NULL_CODE)

    def learn(self, text: str) -> int:
        """The text's code, a new one if need be. Only the writer calls it."""
        code = self._codes.get(text)
        if code is None:
            code = len(self._texts)
            self._texts.append(text)
            self._codes[text] = code
        return code

    def array(self) -> npt.NDArray[np.str_]:
        """All texts as one array, ordered by code; numpy compares them by UTF-8 bytes."""
        # Held in a local: another reader may put an older, shorter array there meanwhile.
        array = self._array
        if len(array) != len(self._texts):
            self._array = array = np.array(self._texts, np.dtypes.StringDType())
        return array

    def matching(self, lookup: ValueLookup | TextLookup) -> Codes:
        """Codes of the texts that satisfy the lookup, ascending."""
        match lookup:
            case Equals(value=value):
                found = [self.code(str(value))]
            case OneOf(values=values):
                found = [self.code(str(value)) for value in values]
            case Range():
                return np.flatnonzero(_in_range(self.array(), lookup)).astype(np.int32)
            case TextMatch() | Pattern():
                return self.pool.matching(lookup)
        known = sorted(code for code in set(found) if code != NULL_CODE)
        return np.array(known, np.int32)


def _in_range(texts: Any, lookup: Range) -> npt.NDArray[np.bool_]:
    inside = np.ones(len(texts), np.bool_)
    if lookup.low is not None:
        low = _bound(lookup.low)
        inside &= texts > low if lookup.low_open else texts >= low
    if lookup.high is not None:
        high = _bound(lookup.high)
        inside &= texts < high if lookup.high_open else texts <= high
    return inside


def _bound(text: object) -> Any:
    # numpy takes a bare str for its older type, which loses NUL characters at the end.
    return np.array(text, np.dtypes.StringDType())
