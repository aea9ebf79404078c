"""Segments made, changed, restored and removed: each edit is checked, counted and then kept.

One edit at a time: what was checked is still so when it is kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from evaluator.api import Evaluator
from evaluator.condition.surroundings import Definition
from gateway.catalogue.secret import microseconds
from gateway.catalogue.segments import stale
from gateway.segments.form import NOBODY, same, traits_of
from gateway.segments.kept import KeptSegments
from gateway.segments.keys import known_keys
from gateway.segments.limits import SegmentLimits
from gateway.segments.segment import Body, Kind, Segment, Status, Version
from gateway.segments.usage import used_by
from indexer.api import Index
from indexer.model.errors import BadCondition, BadShape, Problem, SegmentInUse, TooLarge
from indexer.model.ids import DatasetName, RecordKey
from indexer.runtime.clock import Clock

ID_LENGTH = 16
Barred = Callable[[DatasetName, Sequence[RecordKey]], Sequence[RecordKey]]
"""Those of the keys that must not be kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new segment is to be; ``keys`` as sent, None for a rule."""

    name: str
    dataset: DatasetName
    condition: object
    keys: Sequence[object] | None
    description: str
    tags: tuple[str, ...]
    owner: str
    live: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change about the segment of that ``version``; None is what stays.

    ``definition`` is the new condition, or the new keys of a list.
    """

    version: int
    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    owner: str | None = None
    live: bool | None = None
    status: Status | None = None
    condition: object = None
    keys: Sequence[object] | None = None
    note: str = ""

    @property
    def defines(self) -> bool:
        """Whether there is a new definition in it."""
        return self.condition is not None or self.keys is not None


class SegmentBook:
    """All edits of segments. What is wrong with a definition has its place in the body."""

    def __init__(
        self,
        *,
        index: Index,
        evaluator: Evaluator,
        kept: KeptSegments,
        clock: Clock,
        new_secret: Callable[[], str],
        barred: Barred,
        limits: SegmentLimits,
    ) -> None:
        self.kept = kept
        self._index = index
        self._evaluator = evaluator
        self._clock = clock
        self._new_secret = new_secret
        self._barred = barred
        self._limits = limits
        self._one_at_a_time = asyncio.Lock()

    async def create(self, draft: Draft, author: str) -> Segment:
        """A new segment. Raises: UnknownDataset, BadCondition, BadShape, TooLarge."""
        if len(self.kept.all()) >= self._limits.segments_max:
            raise TooLarge(f"there are {self._limits.segments_max:,} segments: remove some first")
        body = await self._body(draft.dataset, draft.condition, draft.keys)
        now = microseconds(self._clock.now())
        segment = Segment(
            id=f"sg_{self._new_secret()[:ID_LENGTH]}", name=draft.name, dataset=draft.dataset,
            kind=Kind.RULE if body.keys is None else Kind.LIST, version=1,
            description=draft.description, tags=draft.tags, owner=draft.owner or author,
            live=draft.live, status=Status.ACTIVE, traits=traits_of(body.condition),
            created_us=now, modified_us=now,
        )  # fmt: skip
        async with self._one_at_a_time:
            self.kept.add(segment, await self._version(segment, body, author, ""), body)
        return segment

    async def change(self, segment_id: str, edit: Edit, author: str) -> Segment:
        """The segment with an edit; a new version if its definition is another.

        Raises: UnknownSegment, StaleVersion, BadCondition, BadShape, TooLarge.
        """
        async with self._one_at_a_time:
            held = self.kept.find(segment_id)
            if held.version != edit.version:
                raise stale(held.version)
            _check_kind(held, edit)
            segment = _edited(held, edit, microseconds(self._clock.now()))
            body = None
            if edit.defines:
                body = await self._body(held.dataset, edit.condition, edit.keys)
            return await self._save(held, segment, body, author, edit.note)

    async def restore(
        self, segment_id: str, number: int, author: str, version: int | None = None
    ) -> Segment:
        """The segment with an earlier definition, as a new version.

        Raises: UnknownSegment, UnknownVersion, StaleVersion, BadCondition, TooLarge.
        """
        async with self._one_at_a_time:
            held = self.kept.find(segment_id)
            if version is not None and held.version != version:
                raise stale(held.version)
            body = self.kept.body(held, number)
            segment = replace(held, modified_us=microseconds(self._clock.now()))
            return await self._save(held, segment, body, author, f"version {number} restored")

    async def duplicate(self, segment_id: str, name: str | None, author: str) -> Segment:
        """A new segment that is defined like this one. Raises what ``create`` does."""
        held = self.kept.find(segment_id)
        body = self.kept.body(held, held.version)
        return await self.create(
            Draft(
                name or f"Copy of {held.name}", held.dataset,
                body.condition if body.keys is None else None, body.keys,
                held.description, held.tags, author, held.live,
            ),
            author,
        )  # fmt: skip

    async def remove(self, segment_id: str) -> None:
        """Forget a segment that nobody uses. Raises: UnknownSegment, SegmentInUse."""
        async with self._one_at_a_time:
            held = self.kept.find(segment_id)
            using = used_by(self.kept.all()).get(held.id, [])
            if using:
                found = "another segment" if len(using) == 1 else f"{len(using):,} other segments"
                raise SegmentInUse(
                    f"this segment is used by {found}; change or remove those first",
                    problems=tuple(
                        Problem("segment_in_use", "", f"'{each.name}' uses it", each.id)
                        for each in using
                    ),
                )
            self.kept.remove(held.id)

    async def _save(
        self, held: Segment, segment: Segment, body: Body | None, author: str, note: str
    ) -> Segment:
        if body is None or same(body, self.kept.body(held, held.version)):
            self.kept.save(segment, was=held.version)
            return segment
        if held.version >= self._limits.versions_max:
            message = f"a segment has at most {self._limits.versions_max:,} versions: duplicate it"
            raise TooLarge(message)
        segment = replace(segment, version=held.version + 1, traits=traits_of(body.condition))
        version = await self._version(segment, body, author, note)
        self.kept.save(segment, was=held.version, made=(version, body))
        return segment

    async def _body(
        self, dataset: DatasetName, condition: object, keys: Sequence[object] | None
    ) -> Body:
        if keys is None:
            return Body(condition)
        schema = await self._index.schema(dataset)
        known = await asyncio.to_thread(known_keys, keys, schema, self._limits.keys_max)
        barred = set(self._barred(dataset, known))
        kept = tuple(key for key in known if key not in barred) if barred else known
        return Body(NOBODY, kept)

    async def _version(self, segment: Segment, body: Body, author: str, note: str) -> Version:
        """The version of a definition that holds. Raises: UnknownDataset, BadCondition."""
        definition = Definition(
            segment.id, segment.version, segment.name, segment.dataset, body.condition, body.keys
        )
        try:
            count = await self._evaluator.try_definition(definition)
        except BadCondition as bad:
            problems = tuple(
                Problem(each.code, f"/condition{each.path}", each.message, each.id)
                for each in bad.problems
            )
            raise BadCondition(bad.message, problems=problems) from None
        return Version(
            number=segment.version, created_us=segment.modified_us, author=author, note=note,
            size=count.count, as_of=count.as_of,
            keys=None if body.keys is None else len(body.keys),
        )  # fmt: skip


def _check_kind(held: Segment, edit: Edit) -> None:
    """Raises: BadShape where a list gets a condition, or a rule keys."""
    wrong, meant = ("keys", "condition") if held.kind is Kind.RULE else ("condition", "keys")
    if getattr(edit, wrong) is not None:
        message = f"this segment is a {held.kind.value}: it has {meant}"
        raise BadShape(message, problems=(Problem("bad_shape", f"/{wrong}", message),))


def _edited(held: Segment, edit: Edit, now: int) -> Segment:
    given = {
        name: value
        for name in ("name", "description", "tags", "owner", "live", "status")
        if (value := getattr(edit, name)) is not None
    }
    return replace(held, **given, modified_us=now)
