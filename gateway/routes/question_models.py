"""The documents of questions about a condition, as API.md writes them, live ones included.

A condition is ``Any`` here: its numbers must keep their text, and the evaluator checks it.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from gateway.routes.models import RFC3339, Answer, Body, Key, Name, ProblemOut

ConditionJson = Annotated[
    Any,
    Field(
        description="A condition: the JSON of CONDITIONS.md", json_schema_extra={"type": "object"}
    ),
]
RecordValues = Annotated[dict[str, JsonValue], Field(description="Values by field name")]


class Hints(Body):
    """How to answer, never what."""

    cache: bool | None = None
    method: Literal["index", "scan"] | None = None
    timeout_ms: Annotated[int, Field(ge=1)] | None = None


class Question(Body):
    """A condition and the moment to ask it for."""

    condition: ConditionJson
    now: RFC3339 | None = None
    hints: Hints | None = None


class CountIn(Question):
    """A count to make; ``per_node`` also counts every node on its own."""

    per_node: bool = False


class MembersIn(Question):
    """Members to list, in key order."""

    fields: list[str] | None = None
    limit: Annotated[int, Field(ge=0)] | None = None
    cursor: str | None = None


class DescribeIn(Question):
    """A condition to say in English."""


class CountOut(Answer):
    """How many of ``total`` live records satisfy the condition."""

    count: int
    total: int
    as_of: int
    now: RFC3339
    elapsed_ms: float
    per_node: dict[str, int] | None = None
    resolved: dict[str, str] | None = None


class RecordOut(Answer):
    """One record."""

    key: Key
    values: RecordValues


class MembersOut(Answer):
    """A page of members."""

    items: list[RecordOut]
    next_cursor: str | None
    as_of: int


class DescribeOut(Answer):
    """A condition in plain English."""

    text: str


class ValueOut(Answer):
    """A value and the number of records that have it; ``label`` only where it differs."""

    value: JsonValue
    count: int
    label: str | None = None


class ValuesOut(Answer):
    """The most frequent values first; ``null`` counts records without one."""

    items: list[ValueOut]
    null: int
    as_of: int


class PreviewIn(Body):
    """A live preview to start or replace."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    dataset: Name
    condition: ConditionJson
    now: RFC3339 | None = None


class PreviewMessage(Body):
    """What a browser sends over the live socket."""

    preview: PreviewIn


class PreviewOut(CountOut):
    """The answer to a live preview."""

    type: Literal["preview"]
    id: str
    per_node: dict[str, int]
    resolved: dict[str, str]


class ProblemMessage(Answer):
    """Why a live preview has no answer."""

    type: Literal["problem"]
    id: str | None
    problems: list[ProblemOut]
