"""The segments of a process, in memory and kept true by its own writes to the catalogue.

Definitions are read when they are needed; as many stay as their bound allows.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from evaluator.condition.surroundings import Definition
from gateway.catalogue.segments import Segments, unknown
from gateway.segments.form import packed, unpacked_condition, unpacked_keys, without
from gateway.segments.limits import SegmentLimits
from gateway.segments.segment import Body, Kind, Segment, Status, Version
from gateway.segments.usage import touched_by
from indexer.model.errors import UnknownVersion
from indexer.model.ids import DatasetName, RecordKey

UNPACKED_FACTOR = 8
"""A definition takes about so many times the memory of its packed bytes."""


class KeptSegments:
    """``evaluator.condition.surroundings.Definitions``, and the segments themselves."""

    def __init__(self, table: Segments, limits: SegmentLimits) -> None:
        self._table = table
        self._segments = {each.id: each for each in table.all()}
        self._bytes_left = limits.definition_bytes_max
        self._ready: OrderedDict[tuple[str, int], tuple[Body, int]] = OrderedDict()
        self._one_at_a_time = Lock()

    def all(self) -> list[Segment]:
        """Every segment, in no order."""
        return list(self._segments.values())

    def find(self, segment: str) -> Segment:
        """One of them. Raises: UnknownSegment."""
        found = self._segments.get(segment)
        if found is None:
            raise unknown()
        return found

    def definition(self, segment: str, version: int | None) -> Definition | None:
        """See ``Definitions``."""
        found = self._segments.get(segment)
        if found is None:
            return None
        number = found.version if version is None else version
        body = self._body(found, number) if 1 <= number <= found.version else None
        if body is None:
            return None
        return Definition(
            found.id, number, found.name, found.dataset, body.condition, keys=body.keys
        )

    def body(self, segment: Segment, number: int) -> Body:
        """The definition of one version. Raises: UnknownVersion."""
        found = self.definition(segment.id, number)
        if found is None:
            raise UnknownVersion("this segment has no such version")
        return Body(found.condition, found.keys)

    def versions(self, segment: str) -> list[Version]:
        """All versions, oldest first."""
        return self._table.versions(segment)

    def of_dataset(self, dataset: DatasetName) -> list[str]:
        """The ids of a dataset's active segments, sorted."""
        return sorted(
            each.id
            for each in self._segments.values()
            if each.dataset == dataset and each.status is Status.ACTIVE
        )

    def touched_by(self, dataset: DatasetName) -> tuple[str, ...]:
        """The ids of the segments whose members depend on a dataset, sorted."""
        return touched_by(dataset, self._segments.values())

    def add(self, segment: Segment, version: Version, body: Body) -> None:
        """Keep a new segment."""
        self._table.add(segment, version, packed(body))
        self._segments[segment.id] = segment

    def save(self, segment: Segment, *, was: int, made: tuple[Version, Body] | None = None) -> None:
        """Keep a changed segment, with a new version if one was made. Raises: StaleVersion."""
        kept = None if made is None else (made[0], packed(made[1]))
        self._table.save(segment, was=was, made=kept)
        self._segments[segment.id] = segment

    def remove(self, segment: str) -> None:
        """Forget a segment. Raises: UnknownSegment."""
        self._table.remove(segment)
        del self._segments[segment]
        self._forget([segment])

    def forget_keys(self, dataset: DatasetName, keys: Sequence[RecordKey]) -> None:
        """Take these keys out of every version of every list of a dataset.

        Blocks for about a second for a million keys in lists; may be called in any thread.
        """
        gone = frozenset(keys)
        changed = self._table.rewrite_lists(dataset, lambda data: without(data, gone))
        self._forget(changed)

    def _body(self, segment: Segment, number: int) -> Body | None:
        place = (segment.id, number)
        with self._one_at_a_time:
            if place in self._ready:
                self._ready.move_to_end(place)
                return self._ready[place][0]
            data = self._table.packed(segment.id, number)
            if data is None:
                return None
            unpack = unpacked_keys if segment.kind is Kind.LIST else unpacked_condition
            self._ready[place] = body, _ = unpack(data), len(data) * UNPACKED_FACTOR
            self._bytes_left -= len(data) * UNPACKED_FACTOR
            while self._bytes_left < 0 and len(self._ready) > 1:
                _, (_, size) = self._ready.popitem(last=False)
                self._bytes_left += size
            return body

    def _forget(self, segments: Sequence[str]) -> None:
        with self._one_at_a_time:
            for place in [place for place in self._ready if place[0] in segments]:
                self._bytes_left += self._ready.pop(place)[1]
