"""A dataset as it is now, its base and what changed since, read in one way.

Answers are put together from those of the base and of the states beside it; without changes they
are the base's own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa

from indexer.dataset import merging
from indexer.dataset.asked import Asked
from indexer.dataset.batches import batches
from indexer.dataset.breakdown import Items, breakdown
from indexer.dataset.given import Found, Words
from indexer.dataset.joining import asked_of, found_by
from indexer.dataset.keys import MISSING, Ordinals
from indexer.dataset.marks import clear, mark
from indexer.dataset.overlay import BASE, Overlay
from indexer.dataset.parts import Part, Parts
from indexer.dataset.reading import Reading
from indexer.dataset.tally import top_values
from indexer.encoding.bits import Mask
from indexer.model.deadline import check_deadline
from indexer.model.errors import UnknownDataset
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import Cursor, OrderBy, Record, ValueCount
from indexer.plan.program import Program
from indexer.plan.related import Beside


@dataclass(frozen=True)
class Present:
    """``beside`` reads the states: like ``reading``, but remembers nothing, as they change soon."""

    overlay: Overlay
    reading: Reading
    beside: Reading
    around: "Around" = field(default=lambda name, _: _alone(name))
    hops: int = 0
    _found: dict[Beside, tuple[int, Found]] = field(default_factory=dict, compare=False)

    @property
    def records(self) -> int:
        """Live records."""
        return self.overlay.records

    def neighbour(self, name: DatasetName) -> "Present":
        """Another dataset at the same moment. Raises: UnknownDataset."""
        return self.around(name, self.hops + 1)

    def found(self, lookup: Beside) -> tuple[int, Found]:
        """See ``indexer.dataset.joining.found_by``; each lookup once a question."""
        known = self._found.get(lookup)
        if known is None:
            check_deadline()
            known = self._found[lookup] = found_by(self, lookup, len(self._found))
        return known

    def asked(self, program: Program) -> Asked:
        """The program with its lookups about other datasets answered.

        Raises: UnknownDataset, UnknownField, BadShape.
        """
        return asked_of(self, program)

    def is_remembered(self, program: Program) -> bool:
        """Whether what the base answers to a program of one output is known without looking."""
        asked = self.asked(program)
        return self.reading.is_remembered(self.overlay.base, asked.program, asked.over_base)

    def method_of(self, program: Program) -> str:
        """How the base answers a program of one output, in a word or two."""
        asked = self.asked(program)
        return self.reading.method_of(self.overlay.base, asked.program, asked.over_base)

    def counts(self, program: Program) -> list[int]:
        """One count per output of the program."""
        overlay, asked = self.overlay, self.asked(program)
        counts = self.reading.counts(overlay.base, asked.program, asked.over_base)
        if len(overlay.before):
            was = self.beside.counts(overlay.before.view, asked.program, asked.over_before)
            counts = [count - less for count, less in zip(counts, was, strict=True)]
        if len(overlay.after):
            now = self.beside.counts(overlay.after.view, asked.program, asked.over_after)
            counts = [count + more for count, more in zip(counts, now, strict=True)]
        return counts

    def parts(self, program: Program) -> Parts:
        """The records of a program of one output: the base's own, and those among the states."""
        return self.parts_of(self.asked(program))

    def parts_of(self, asked: Asked) -> Parts:
        """The same of a program whose lookups about other datasets are answered."""
        overlay = self.overlay
        members = self.reading.members(overlay.base, asked.program, asked.over_base)
        clear(members.words, overlay.replaced, overlay.base.shard_bits)
        parts = [Part(overlay.base, members)]
        if len(overlay.after):
            view = overlay.after.view
            found = self.beside.members(view, asked.program, asked.over_after)
            found.words[:] &= overlay.current
            parts.append(Part(view, found, overlay.after.ordinals))
        return tuple(parts)

    def words(self, program: Program) -> Words:
        """The same as words over ordinals, a row per shard; nobody else has this array."""
        return self.words_of(self.asked(program))

    def words_of(self, asked: Asked) -> Words:
        """The same of a program whose lookups about other datasets are answered."""
        base, *states = self.parts_of(asked)
        words = base.members.words
        missing = len(self.overlay.sizes) - len(words)
        if missing > 0:
            words = np.concatenate((words, np.zeros((missing, words.shape[1]), np.uint64)))
        for part in states:
            ordinals = self.overlay.after.ordinals[part.members.ordinals()]
            mark(words, ordinals, self.overlay.base.shard_bits)
        return words

    def holds(self, program: Program, ordinals: Ordinals) -> Mask:
        """Whether each of these live records is one of a program of one output."""
        base, *others = self.parts(program)
        states = self.overlay.states_of(ordinals)
        kept = states == BASE
        held = np.zeros(len(ordinals), np.bool_)
        held[kept] = base.members.holds(ordinals[kept])
        for part in others:
            held[~kept] = part.members.holds(states[~kept])
        return held

    def contains(self, program: Program, keys: Sequence[RecordKey]) -> tuple[bool, ...]:
        """For each key, whether a program of one output holds for its record."""
        ordinals = self.overlay.find_keys(keys)
        held = ordinals != MISSING
        held[held] = self.holds(program, ordinals[held])
        return tuple(held.tolist())

    def records_of(
        self, keys: Sequence[RecordKey], fields: Sequence[FieldName]
    ) -> tuple[Record | None, ...]:
        """For each key its record with these fields, None where there is none."""
        ordinals = self.overlay.find_keys(keys)
        known = ordinals != MISSING
        found = iter(self.overlay.read(ordinals[known], fields))
        return tuple(next(found) if there else None for there in known.tolist())

    def page(
        self,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None,
        order: Sequence[OrderBy],
    ) -> tuple[tuple[Record, ...], Cursor | None]:
        """See ``indexer.dataset.merging.page``."""
        parts = self.parts(program)
        return merging.page(parts, fields=fields, limit=limit, after=after, order=order)

    def sample(
        self, program: Program, *, fields: Sequence[FieldName], size: int, seed: int | str
    ) -> tuple[Record, ...]:
        """See ``indexer.dataset.merging.sample``."""
        return merging.sample(self.parts(program), fields=fields, size=size, seed=seed)

    def breakdown(
        self, program: Program, field: FieldName, *, limit: int, bins: int | None
    ) -> tuple[Items, int, int]:
        """See ``indexer.dataset.breakdown.breakdown``."""
        return breakdown(self.parts(program), field, self.reading, limit=limit, bins=bins)

    def top_values(
        self, program: Program, field: FieldName, *, prefix: str, limit: int
    ) -> tuple[tuple[ValueCount, ...], int]:
        """See ``indexer.dataset.tally.top_values``."""
        parts = self.parts(program)
        return top_values(parts, field, self.reading, prefix=prefix, limit=limit)

    def batches(
        self, program: Program, *, fields: Sequence[FieldName], batch_rows: int, as_of: SequenceNo
    ) -> Iterator[pa.RecordBatch]:
        """See ``indexer.dataset.batches.batches``."""
        parts = self.parts(program)
        return batches(parts, fields=fields, batch_rows=batch_rows, as_of=as_of)


def _alone(name: DatasetName) -> Present:
    raise UnknownDataset(f"there is no dataset {name!r}")


Around = Callable[[DatasetName, int], Present]
"""A dataset of the same moment, so many links away. Raises: UnknownDataset."""


def presents(
    readable: Callable[[DatasetName], Overlay], reading: Reading, beside: Reading
) -> Around:
    """All datasets of one moment, each found once."""

    @cache
    def around(name: DatasetName, hops: int) -> Present:
        return Present(readable(name), reading, beside, around, hops)

    return around
