"""Which texts of a list that only grows satisfy a lookup: as codes, or as a table by code."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indexer.encoding.bits import Mask
from indexer.encoding.texts import Codes

SPARSE = 16
"""An answer of fewer than one text in 16 is kept as codes, else as a table."""


@dataclass(frozen=True)
class Answer:
    """What holds for the first ``seen`` texts; ``kept`` are ascending codes or a table."""

    seen: int
    kept: Codes | Mask

    @property
    def is_table(self) -> bool:
        """Whether it is kept as a table."""
        return self.kept.dtype == np.bool_

    @cached_property
    def count(self) -> int:
        """How many texts satisfy the lookup."""
        return int(np.count_nonzero(self.kept)) if self.is_table else len(self.kept)

    @cached_property
    def codes(self) -> Codes:
        """The codes, ascending. Cost: for a table one pass, the first time."""
        return np.flatnonzero(self.kept).astype(np.int32) if self.is_table else self._kept_codes

    @property
    def _kept_codes(self) -> Codes:
        return self.kept.view(np.int32)

    @cached_property
    def table(self) -> Mask:
        """True at the codes, with one place more, which is False. Cost: for codes one
        scattering, the first time.
        """
        if self.is_table:
            return self.kept.view(np.bool_)
        table = np.zeros(self.seen + 1, np.bool_)
        table[self.kept] = True
        return table

    @property
    def nbytes(self) -> int:
        """Bytes it holds once both forms have been asked for."""
        return self.seen + 1 + 4 * self.count

    def extended(self, found: Mask) -> "Answer":
        """With what was found about the texts that follow."""
        seen = self.seen + len(found)
        count = int(np.count_nonzero(found))
        if not self.is_table and (len(self.kept) + count) * SPARSE < seen:
            more = np.flatnonzero(found) + self.seen
            return Answer(seen, np.concatenate((self.kept, more)).astype(np.int32))
        return Answer(seen, np.concatenate((self.table[:-1], found, np.zeros(1, np.bool_))))


NOTHING_SEEN = Answer(0, np.array([], np.int32))
