"""The ways to read a view: what depends on whether kernels are switched on, and nothing else."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from indexer.dataset.given import NONE_GIVEN, Givens
from indexer.dataset.members import Members
from indexer.dataset.memory import Memory
from indexer.dataset.pointing import Joins, PlainJoins
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import (
    Words,
    bitmap_of_words,
    mask_of,
    offsets_of_words,
    words_of_mask,
)
from indexer.encoding.column import Array
from indexer.model.ids import FieldName
from indexer.plan.nodes import Everything, Given
from indexer.plan.program import Find, Program, Without

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """Distinct values (codes, for coded families) that occur, how often each, and the nulls."""

    values: Array
    counts: Counts
    null: int


class Reading(Protocol):
    """Answers programs about a view. Every implementation gives the same answers.

    ``given`` is what was found elsewhere for the program's Given lookups.
    """

    @property
    def joins(self) -> Joins:
        """Works out who is pointed to."""
        ...

    @property
    def memory(self) -> Memory | None:
        """What it remembers of answers found beside views, if it does."""
        ...

    def counts(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> list[int]:
        """One count per output of the program."""
        ...

    def members(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> Members:
        """The records of a program of one output."""
        ...

    def spread(self, view: DatasetView, field: FieldName, members: Members) -> Spread:
        """How often each value of a stored field occurs among the members.

        Stored counts serve in the shards where everybody is one.
        """
        ...

    def binned(self, numbers: Array, edges: Array) -> Counts:
        """How many of the numbers are in each bin; the last one includes its upper edge.

        Edges ascend without repeats, two at least, and no number lies outside them.
        """
        ...

    def prepare(self, view: DatasetView, before: DatasetView) -> None:
        """Make ready for ``view`` what was made ready for ``before``, of which it is the next."""
        ...

    def is_remembered(
        self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN
    ) -> bool:
        """Whether the answer to a program of one output is known without looking."""
        ...

    def method_of(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> str:
        """How a program of one output is answered, in a word or two."""
        ...

    def roaring(self, words: Words) -> bytes:
        """The offsets in ``words`` in the portable Roaring format, without run containers."""
        ...


class PlainReading:
    """Bitmap by bitmap, shard by shard; loads no compiler."""

    joins: Joins = PlainJoins()
    memory: Memory | None = None

    def counts(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> list[int]:
        """See ``Reading``."""
        return view.counts(program, given)

    def members(self, view: DatasetView, program: Program, given: Givens = NONE_GIVEN) -> Members:
        """See ``Reading``."""
        words = max(1, 1 << view.shard_bits >> 6)
        found = np.zeros((len(view.shards), words), np.uint64)
        for shard, bitmap in view.members(program, given).items():
            found[shard] = words_of_mask(mask_of(bitmap, words << 6), words)
        return Members(found, view.shard_bits)

    def spread(self, view: DatasetView, field: FieldName, members: Members) -> Spread:
        """See ``Reading``."""
        parts: list[tuple[Array, Counts]] = []
        null = 0
        for shard in view.shards:
            column, size = shard.columns[field], members.of_shard(shard.id)
            if size == len(shard.live):
                parts.append(column.tally(None))
                null += size - len(column.filled)
            elif size:
                words = members.words[shard.id]
                parts.append(column.tally(offsets_of_words(words)))
                null += size - column.filled.intersection_cardinality(bitmap_of_words(words))
        return Spread(*merged(parts), null)

    def binned(self, numbers: Array, edges: Array) -> Counts:
        """See ``Reading``."""
        owners = np.searchsorted(edges[1:-1], numbers, "right")
        return np.bincount(owners, minlength=len(edges) - 1)

    def prepare(self, view: DatasetView, before: DatasetView) -> None:
        """See ``Reading``: nothing is ever made ready."""

    def is_remembered(
        self,
        view: DatasetView,  # noqa: ARG002
        program: Program,  # noqa: ARG002
        given: Givens = NONE_GIVEN,  # noqa: ARG002
    ) -> bool:
        """See ``Reading``."""
        return False

    def method_of(
        self,
        view: DatasetView,  # noqa: ARG002
        program: Program,
        given: Givens = NONE_GIVEN,
    ) -> str:
        """See ``Reading``."""
        return only_given(program, given) or "bitmaps"

    def roaring(self, words: Words) -> bytes:
        """See ``Reading``."""
        data: bytes = bitmap_of_words(words).serialize()
        return data


def only_given(program: Program, given: Givens) -> str | None:
    """How the records of a program of one output were found if that is one Given lookup.

    Or all but those of one.
    """
    step = program.steps[program.outputs[0]]
    if isinstance(step, Without) and program.steps[step.base] == Find(Everything()):
        step = program.steps[step.without]
    match step:
        case Find(Given(token)):
            return given[token].method
        case _:
            return None


def merged(parts: list[tuple[Array, Counts]]) -> tuple[Array, Counts]:
    """Tallies of several shards as one."""
    if len(parts) <= 1:
        return parts[0] if parts else (np.array([], np.int64), np.array([], np.int64))
    values, owners = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, owners, np.concatenate([part[1] for part in parts]))
    return values, counts
