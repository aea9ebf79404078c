"""Questions about saved segments, asked as the conditions that name them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from evaluator.api import Evaluator
from evaluator.condition.surroundings import Definition, Definitions, NoDefinitions
from indexer.model.deadline import check_deadline
from indexer.model.errors import UnknownSegment
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, RecordKey
from indexer.model.record import ShardBitmaps


class Segments(Definitions, Protocol):
    """Segments that can be told as well."""

    def of_dataset(self, dataset: DatasetName) -> Sequence[str]:
        """The ids of its segments, in a stable order."""
        ...


class NoSegments(NoDefinitions):
    """None at all."""

    def of_dataset(self, dataset: DatasetName) -> Sequence[str]:  # noqa: ARG002
        """See ``Segments``."""
        return ()


class AskedSegments:
    """Segments by id, each followed in its current version. All raise UnknownSegment."""

    def __init__(self, evaluator: Evaluator, segments: Segments) -> None:
        self._evaluator = evaluator
        self._segments = segments

    def find(self, segment: str) -> Definition:
        """What it is now."""
        found = self._segments.definition(segment, None)
        if found is None:
            raise UnknownSegment("there is no segment of this id")
        return found

    async def bitmaps(
        self, segment: str, *, now: datetime | None = None, hints: Hints = NO_HINTS
    ) -> ShardBitmaps:
        """Its members as ordinals."""
        dataset, condition = self._asked(segment)
        return await self._evaluator.bitmaps(dataset, condition, now=now, hints=hints)

    async def contains(
        self,
        segment: str,
        keys: Sequence[RecordKey],
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """For each key whether its record is a member. Raises: TooLarge."""
        dataset, condition = self._asked(segment)
        return await self._evaluator.contains(dataset, condition, keys, now=now, hints=hints)

    async def with_key(
        self,
        dataset: DatasetName,
        key: RecordKey,
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> tuple[str, ...]:
        """The segments of a dataset that a record is in; none for a key of no record.

        Cost: a question for each segment, with a look at the deadline before it. Raises:
        UnknownDataset.
        """
        inside = []
        # What is no dataset has no segments either: this tells the two apart.
        await self._evaluator.describe(dataset, {"all": []})
        for segment in self._segments.of_dataset(dataset):
            check_deadline()
            try:
                (held,) = await self.contains(segment, [key], now=now, hints=hints)
            except UnknownSegment:
                continue  # It was removed meanwhile.
            inside += [segment] if held else []
        return tuple(inside)

    def _asked(self, segment: str) -> tuple[DatasetName, dict[str, object]]:
        return self.find(segment).dataset, {"segment": segment}
