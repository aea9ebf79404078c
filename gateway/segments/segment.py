"""A segment and its versions, as they are kept. Times are microseconds since 1970-01-01T00:00Z."""

from enum import StrEnum

import msgspec

from indexer.model.ids import DatasetName, RecordKey


class Kind(StrEnum):
    """What a segment's members are told by: a condition, or a list of their keys."""

    RULE = "rule"
    LIST = "list"


class Status(StrEnum):
    """Whether anybody still works with it; it answers either way."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class Traits(msgspec.Struct, frozen=True):
    """What a condition names: segments by id, fields, and datasets of related records."""

    segments: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


class Segment(msgspec.Struct, frozen=True):
    """A segment as it is now; ``version`` is that of its definition, whose ``traits`` these are."""

    id: str
    name: str
    dataset: DatasetName
    kind: Kind
    version: int
    description: str
    tags: tuple[str, ...]
    owner: str
    live: bool
    status: Status
    traits: Traits
    created_us: int
    modified_us: int


class Version(msgspec.Struct, frozen=True):
    """One definition of a segment; ``size`` is how many members it had when it was made.

    ``keys`` is how many are in the list; None for a rule.
    """

    number: int
    created_us: int
    author: str
    note: str
    size: int
    as_of: int
    keys: int | None = None


class Body(msgspec.Struct, frozen=True):
    """A definition itself: the decoded JSON of a condition, or for a list its keys, in order."""

    condition: object
    keys: tuple[RecordKey, ...] | None = None
