"""A program whose lookups about other datasets were answered: what is left, and what they found.

They are answered once, for every ordinal there is now: whether it holds *now*. The base, the
states before and those after all read that answer at their ordinals, whatever they held then, so
the base less the one plus the other stays exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from indexer.dataset.given import NONE_GIVEN, Found, Givens, Words
from indexer.dataset.marks import marked
from indexer.dataset.overlay import Overlay
from indexer.dataset.reading import Reading
from indexer.dataset.states import CHUNK_BITS, CHUNK_SIZE, States
from indexer.encoding.bits import WORD_BITS, words_of_mask
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import Program, program_of

EVERYBODY = program_of([EVERYTHING])


@dataclass(frozen=True)
class Asked:
    """``found`` has, by token, the records that hold now, over all ordinals of the overlay."""

    program: Program
    overlay: Overlay
    reading: Reading
    found: Mapping[int, Found] = field(default_factory=dict)

    @property
    def over_base(self) -> Givens:
        """What is found among the base's records."""
        if not self.overlay.weight:
            return self.found
        return self._each(self._in_base)

    @property
    def over_before(self) -> Givens:
        """What is found among the states before."""
        return self._each(lambda found: self._at(found, self.overlay.before))

    @property
    def over_after(self) -> Givens:
        """What is found among the states after."""
        return self._each(lambda found: self._at(found, self.overlay.after))

    def _each(self, made: Callable[[Found], Words]) -> Givens:
        if not self.found:
            return NONE_GIVEN
        return {
            token: Found(partial(made, found), found.method, found.cached)
            for token, found in self.found.items()
        }

    def _in_base(self, found: Found) -> Words:
        # New records may live in shards of the base, and those it has may be gone.
        base = self.overlay.base
        living = self.reading.members(base, EVERYBODY).words
        return living & found.words[: len(base.shards)]

    def _at(self, found: Found, states: States) -> Words:
        places = len(states.chunks) << CHUNK_BITS
        held = marked(found.words, states.ordinals, self.overlay.base.shard_bits)
        return words_of_mask(held, places // WORD_BITS).reshape(-1, CHUNK_SIZE // WORD_BITS)
