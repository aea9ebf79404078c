"""A change stream's contract: what every kind of source gives, and what it must never do.

A stream is read in batches, one after another. A batch is applied, then acknowledged; after a
crash the stream is opened again and asked for what comes after the last batch that was applied.
It may give again what was given before, never leave anything out.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel

from indexer.model.schema import Field

BATCH_EVENTS_MAX = 5_000
"""No stream puts more events into one batch, and only a huge transaction needs as many."""

Row = Mapping[str, object]
Order = tuple[int, ...]
BEFORE_ALL: Order = (0,)
"""The order of a row that was there before the stream began: any change of it is newer."""


class StreamInterrupted(Exception):
    """The other side can't be reached or broke off: open the stream again after a while.

    The message is shown to people: no credential in it and no value of a row.
    """


class StreamStopped(Exception):
    """Going on would lose changes, or can't work: a person must look. The message says at what.

    No credential in it and no value of a row.
    """


class Op(StrEnum):
    """What happened to a row, or to a whole table."""

    UPSERT = "upsert"
    DELETE = "delete"
    TRUNCATE = "truncate"


@dataclass(frozen=True, slots=True)
class Event:
    """One row's new values or its end, or the end of all rows of a table.

    Columns are named as the table names them, values are as the stream found them: ``Stream.fit``
    makes them fit a field.
    """

    table: str
    op: Op
    key: Row = field(default_factory=dict)
    """The columns that identify the row, where the stream knows them; after the change."""
    values: Row = field(default_factory=dict)
    """Columns to set. What is unchanged and unknown is left out, and named in ``kept``."""
    kept: frozenset[str] = frozenset()
    """Columns that keep what they had because the stream was not told it."""
    old: Row = field(default_factory=dict)
    """What the row was, as far as the stream knows: finds the record of another key column."""
    order: Order = ()
    """Where the change stands in its database's log. Of two orders of a key the greater one wins,
    whichever comes first. Empty where entries always arrive in order: then the later one wins.
    """
    lineage: str = ""
    """Which log ``order`` is of: orders of two logs say nothing of each other. Where it is empty,
    a change is older only if it was made no later as well.
    """
    at_us: int | None = None
    """When the database did it, microseconds since 1970."""
    place: str = ""
    """Where it stands in the stream, for people: the id of an entry."""
    columns: Mapping[str, Field] = field(default_factory=dict)
    """The table's columns as fields, where the stream knows their types: one shared object."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that can't be understood. ``reason`` is shown: no value in it."""

    table: str
    code: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order to apply them; whole, the stream was read as far as ``position``.

    ``position`` is opaque to all but the stream. A batch without events only moves it.
    """

    position: str
    events: Sequence[Event] = ()
    refused: Sequence[Refused] = ()
    snapshot: bool = False
    """Whether these are the rows that were there before the stream began."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind a stream is read; None where the other side can't say."""

    entries: int | None = None
    bytes: int | None = None


class Stream(Protocol):
    """One open change stream, used by one task."""

    def batches(self, after: str | None) -> AsyncIterator[Batch]:
        """What comes after a position, for ever; from the beginning if it is None.

        Where there is none it waits, and gives a batch without events now and then: that shows
        that it lives. A batch's events number at most ``BATCH_EVENTS_MAX``.
        Ends never; raises: StreamInterrupted, StreamStopped.
        """
        ...

    async def recent(self, position: str) -> Sequence[Event]:
        """Events shortly before a position, in the order they came, already applied.

        Only their orders matter: an entry after the position may be older than one before it.
        Empty where entries never change places. Raises: StreamInterrupted, StreamStopped.
        """
        ...

    def fit(self, field: Field, value: object) -> object:
        """A value of an event in the JSON form of a field (``evaluator.changes.values``).

        Raises: ``evaluator.changes.values.Unfit``.
        """
        ...

    def includes(self, position: str, other: str) -> bool:
        """Whether who has read as far as ``position`` has read as far as ``other``."""
        ...

    async def acknowledge(self, position: str) -> None:
        """Tell the other side that everything up to here is applied and durable.

        Raises: StreamInterrupted, StreamStopped.
        """
        ...

    async def lag(self) -> Lag:
        """How much is waiting. May be asked between two batches only. Raises: StreamInterrupted."""
        ...

    async def close(self) -> None:
        """Let go of connections and files, in whatever state they are."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What a stream is opened with. ``id`` is the source's own for ever, safe in names."""

    id: str
    tables: tuple[str, ...]
    """The tables that anybody is interested in."""
    settings: BaseModel
    """An instance of the kind's ``settings``."""


class Kind(Protocol):
    """A kind of change stream."""

    @property
    def settings(self) -> type[BaseModel]:
        """The shape of its settings: strict, unknown names forbidden.

        A field whose name is ``password``, or a password in a field named ``url``, is kept and
        never shown.
        """
        ...

    async def open(self, setup: Setup) -> Stream:
        """Connect. Raises: StreamInterrupted, StreamStopped."""
        ...

    async def forget(self, setup: Setup) -> None:
        """Remove what the kind left at the other side (a slot, a group), as the source goes.

        Raises: StreamInterrupted, StreamStopped.
        """
        ...
