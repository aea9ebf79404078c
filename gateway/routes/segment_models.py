"""The documents of segments."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.routes.models import RFC3339, Answer, Body, Key, Maybe, Name, ProblemOut
from gateway.routes.question_models import ConditionJson
from gateway.segments.limits import (
    DESCRIPTION_CHARS_MAX,
    NAME_CHARS_MAX,
    NOTE_CHARS_MAX,
    TAG_CHARS_MAX,
    TAGS_MAX,
)

SegmentName = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Description = Annotated[str, Field(max_length=DESCRIPTION_CHARS_MAX)]
Tag = Annotated[str, Field(min_length=1, max_length=TAG_CHARS_MAX)]
Tags = Annotated[list[Tag], Field(max_length=TAGS_MAX)]
Keys = Annotated[
    Any,
    Field(
        description="Keys of records",
        json_schema_extra={"type": "array", "items": {"type": ["integer", "string"]}},
    ),
]


class SegmentIn(Body):
    """A segment to make: a rule with a condition, or a list with keys."""

    name: SegmentName
    dataset: Name
    condition: ConditionJson = None
    keys: Keys = None
    kind: Literal["rule", "list"] | None = None
    description: Description = ""
    tags: Annotated[Tags, Field(default_factory=list)]
    owner: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    live: bool = True


class SegmentPatch(Body):
    """What to change about the segment of that version; what isn't named stays."""

    version: int
    name: SegmentName | None = None
    condition: ConditionJson = None
    keys: Keys = None
    description: Description | None = None
    tags: Tags | None = None
    owner: Annotated[str, Field(max_length=NAME_CHARS_MAX)] | None = None
    live: bool | None = None
    status: Literal["active", "archived"] | None = None
    note: Annotated[
        str, Field(max_length=NOTE_CHARS_MAX, description="Why, for the list of versions")
    ] = ""


class DuplicateIn(Body):
    """How the copy of a segment is called."""

    name: SegmentName | None = None


class RestoreIn(Body):
    """The version somebody looked at; another current one is not overwritten."""

    version: int | None = None


class SegmentUsing(Answer):
    """A segment whose definition refers to another."""

    id: str
    name: str


class SegmentOut(Answer):
    """A segment. ``size`` is null where it can't be evaluated any more, and ``problems`` say why.

    ``condition``, or for a list ``key_count``, is left out of lists of segments.
    """

    id: str
    version: int
    name: str
    dataset: str
    kind: Literal["rule", "list"]
    description: str
    tags: list[str]
    owner: str
    live: bool
    size: int | None
    as_of: int | None
    status: Literal["active", "archived", "broken"]
    fields: Annotated[list[str], Field(description="Fields the condition names")]
    uses: Annotated[list[str], Field(description="Segments the condition refers to")]
    used_by: list[SegmentUsing]
    created_at: RFC3339
    modified_at: RFC3339
    problems: Maybe[list[ProblemOut]] = None
    condition: Maybe[ConditionJson] = None
    key_count: Maybe[int] = None


class SegmentsOut(Answer):
    """A page of segments."""

    items: list[SegmentOut]
    next_cursor: str | None


class SizeOut(Answer):
    """How many members a segment has: as of a sequence, at a moment."""

    size: int
    as_of: int
    at: RFC3339


class ContainsOut(Answer):
    """Whether the record of a key is a member; no record is none."""

    key: Key
    contains: bool


class KeysOut(Answer):
    """A page of members' keys, in key order."""

    items: list[Key]
    next_cursor: str | None
    as_of: int


class VersionOut(Answer):
    """A version of a segment's definition; ``size`` is of when it was made."""

    version: int
    created_at: RFC3339
    author: str
    note: str
    size: int
    as_of: int
    condition: Maybe[ConditionJson] = None
    key_count: Maybe[int] = None


class VersionsOut(Answer):
    """All versions, newest first."""

    items: list[VersionOut]
    next_cursor: str | None


class SegmentOverlapOut(Answer):
    """How segments meet, in the order asked; see the overlap of conditions."""

    ids: list[str]
    sizes: list[int]
    intersections: list[list[int]]
    jaccard: list[list[float]]
    regions: Maybe[dict[str, int]] = None
    as_of: int


class PartOut(Answer):
    """A condition that only one of two versions has; no text where it can't be evaluated."""

    path: str
    condition: ConditionJson
    text: str | None


class SideOut(Answer):
    """A version and how many members it has now; null where it can't be evaluated."""

    version: int
    size: int | None


class DiffOut(Answer):
    """What changed from one version to another; of a list, how many keys came and went."""

    from_: Annotated[SideOut, Field(alias="from")]
    to: SideOut
    added: list[PartOut]
    removed: list[PartOut]
    keys_added: Maybe[int] = None
    keys_removed: Maybe[int] = None
