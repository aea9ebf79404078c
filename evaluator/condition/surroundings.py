"""What a condition may name beside the fields of its base: other datasets, and segments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from indexer.model.ids import DatasetName, RecordKey
from indexer.model.schema import Schema


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a segment: decoded JSON of a condition, or the keys of a list.

    ``keys`` is None for a rule; the ``condition`` of a list is ``{"any": []}``.
    """

    id: str
    version: int
    name: str
    dataset: DatasetName
    condition: object
    keys: tuple[RecordKey, ...] | None = None


class Definitions(Protocol):
    """Where segments are defined. Answers at once, from memory."""

    def definition(self, segment: str, version: int | None) -> Definition | None:
        """That version, the current one for None; None where there is no such segment."""
        ...


class NoDefinitions:
    """No segment at all."""

    def definition(self, segment: str, version: int | None) -> Definition | None:  # noqa: ARG002
        """See ``Definitions``."""
        return None


@dataclass(frozen=True, slots=True)
class Proposed:
    """Definitions in which one that is not kept yet is the current one of its segment."""

    kept: Definitions
    proposed: Definition

    def definition(self, segment: str, version: int | None) -> Definition | None:
        """See ``Definitions``."""
        if segment == self.proposed.id and version in (None, self.proposed.version):
            return self.proposed
        return self.kept.definition(segment, version)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The schemas of all datasets by name, and the segments.

    ``inside`` are the definitions that are being read, outermost first: who refers to one of them
    closes a circle.
    """

    schemas: Mapping[DatasetName, Schema] = field(default_factory=lambda: MappingProxyType({}))
    definitions: Definitions = field(default_factory=NoDefinitions)
    inside: tuple[Definition, ...] = ()


ALONE = Surroundings()
"""Nothing but the base."""
