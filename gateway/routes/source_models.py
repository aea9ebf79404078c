"""The documents of change streams."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from gateway.routes.models import RFC3339, Answer, Body, Maybe, Name
from gateway.sources.kinds import KINDS

SOURCE_SETTINGS: tuple[type[BaseModel], ...] = tuple(kind.settings for kind in KINDS.values())
SourceName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class SourceIn(Body):
    """A change stream to follow: ``tables`` with a dataset each, or one ``table`` and its one.

    Where ``table`` is not given it is the settings' ``stream``, or else named like the dataset.
    """

    name: SourceName
    kind: Literal["debezium", "postgres", "sqlite"]
    dataset: Name | None = None
    table: Name | None = None
    tables: Annotated[dict[Name, Name], Field(default_factory=dict)]
    add_fields: Annotated[
        bool, Field(description="Make datasets and fields for what the stream brings")
    ] = False
    settings: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description="The kind's own; see " + ", ".join(
            each.__name__ for each in SOURCE_SETTINGS
        )),
    ]  # fmt: skip


class SourceError(Answer):
    """An event that was left out, or why the stream broke off. Never a value of a row."""

    at: RFC3339
    code: str
    message: str
    table: Maybe[str] = None
    place: Maybe[str] = None


class LagOut(Answer):
    """How far behind the source is read; null where nobody can say."""

    entries: int | None
    bytes: int | None
    seconds: Annotated[
        float | None, Field(description="Age of the last change applied, while more are waiting")
    ]


class SourceOut(Answer):
    """A change stream: what it is and where it stands. No password is shown."""

    name: str
    kind: str
    tables: dict[str, str]
    add_fields: bool
    settings: dict[str, Any]
    created_at: RFC3339
    state: Literal["connecting", "snapshot", "streaming", "paused", "failed"]
    error: Annotated[str | None, Field(description="Why it is not streaming, while it is not")]
    retry_at: Maybe[RFC3339] = None
    position: str | None
    lag: LagOut
    events: int
    applied: int
    rejected: int
    late: int
    ignored: int
    ignored_fields: list[str]
    errors: list[SourceError]


class SourcesOut(Answer):
    """Every change stream, by name; each with its newest errors."""

    items: list[SourceOut]
    next_cursor: str | None = None
