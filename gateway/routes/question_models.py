"""The documents of questions about a condition, as API.md writes them, live ones included.

A condition is ``Any`` here: its numbers must keep their text, and the evaluator checks it.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from evaluator.api import OVERLAP_MAX
from gateway.routes.models import RFC3339, Answer, Body, Key, Maybe, Name, ProblemOut
from indexer.model.limits import BINS_MAX, ORDER_FIELDS_MAX, SAMPLE_MAX

SEED_CHARS_MAX = 1_000

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


class Asked(Body):
    """The moment to ask for, and how."""

    now: RFC3339 | None = None
    hints: Hints | None = None


class Question(Asked):
    """A condition to ask about."""

    condition: ConditionJson


class CountIn(Question):
    """A count to make; ``per_node`` also counts every node on its own."""

    per_node: bool = False


class OrderIn(Body):
    """A field to order by; records without a value come last either way."""

    field: str
    desc: bool = False


class MembersIn(Question):
    """Members to list, ordered by some fields and then by key."""

    fields: list[str] | None = None
    limit: Annotated[int, Field(ge=0)] | None = None
    cursor: str | None = None
    order_by: Annotated[list[OrderIn], Field(max_length=ORDER_FIELDS_MAX)] | None = None


class SampleIn(Question):
    """Some members to draw: of equal members always the same for the same seed."""

    fields: list[str] | None = None
    size: Annotated[int, Field(ge=1, le=SAMPLE_MAX)]
    seed: int | Annotated[str, Field(max_length=SEED_CHARS_MAX)] = ""


class BreakdownIn(Question):
    """A field to spread the members over: its most frequent values, or ``bins`` of equal width."""

    field: str
    limit: Annotated[int, Field(ge=1)] | None = None
    bins: Annotated[int, Field(ge=1, le=BINS_MAX)] | None = None


class OverlapIn(Asked):
    """Conditions to compare with each other."""

    conditions: Annotated[list[ConditionJson], Field(min_length=1, max_length=OVERLAP_MAX)]


class ExplainIn(Question):
    """A condition to explain, or with ``key`` why that record is in or out."""

    key: Key | None = None


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
    segments: Annotated[
        Maybe[list[str]], Field(description="Ids of the segments it is in, if they were asked for")
    ] = None


class MembersOut(Answer):
    """A page of members, or a sample of them, which has no next."""

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


class BreakdownValue(Answer):
    """Members with this value."""

    value: JsonValue
    count: int


class BreakdownBin(Answer):
    """Members from ``from`` up to but not including ``to``; the last bin includes it."""

    model_config = ConfigDict(frozen=True, validate_by_name=True)

    from_: Annotated[JsonValue, Field(alias="from")]
    to: JsonValue
    count: int


class BreakdownOut(Answer):
    """Members by value, most frequent first, or by bin, ascending; always exact.

    ``null`` counts members without a value, ``other`` those whose value is in no item. For a set,
    ``other`` counts pairs of a record and a member that is in no item.
    """

    items: list[BreakdownValue] | list[BreakdownBin]
    null: int
    other: int
    as_of: int
    exact: Literal[True]


class OverlapOut(Answer):
    """How the conditions meet. ``regions`` counts the records in exactly the conditions whose bit
    is set, the leftmost for the first, for up to four; there is none for records in none.
    """

    sizes: list[int]
    intersections: list[list[int]]
    jaccard: list[list[float]]
    regions: dict[str, int] | None = None
    as_of: int


class ExplainNode(Answer):
    """How the count of a node came about; ``path`` is its JSON Pointer.

    ``estimate`` was expected before ``actual`` was counted. For a record, ``holds`` says whether
    the node does, ``value`` what the record has in the field of a leaf, or what its related
    records come to.
    """

    path: str
    text: str
    method: str
    estimate: int
    actual: int
    ms: float
    cached: bool
    holds: bool | None = None
    value: JsonValue = None
    children: list["ExplainNode"]


class ExplainOut(ExplainNode):
    """The tree of the whole condition."""

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
