"""Where an import stands."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """The life of an import, in order; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})


class InferredField(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field as the file was typed; ``scale`` for decimals."""

    name: str
    type: str
    scale: int | None = None


class FieldChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the import does to the schema: a field ``added``, ``widened`` or ``parked``.

    ``was`` is the type of a widened field, and of the field ``of`` whose column is parked.
    """

    field: str
    change: str
    type: str
    was: str | None = None
    of: str | None = None


class RolledBack(msgspec.Struct, frozen=True):
    """What was put back, in records; ``unchanged`` ones had been changed by others since."""

    created: int
    updated: int
    unchanged: int
    deleted: int


class Progress(msgspec.Struct, frozen=True):
    """Rows and bytes read so far, and what became of them. ``created`` and the like come last.

    ``repeated`` rows gave way to a later one with the same key. ``segments`` are the ids of those
    whose members may be others since. A dry run tells what would be.
    """

    id: str
    dataset: str
    total_bytes: int
    dry_run: bool = False
    state: State = State.QUEUED
    rows: int = 0
    bytes: int = 0
    eta_s: float | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    repeated: int = 0
    error: str | None = None
    fields: tuple[InferredField, ...] = ()
    schema_changes: tuple[FieldChange, ...] = ()
    notes: tuple[str, ...] = ()
    rolled_back: RolledBack | None = None
    segments: tuple[str, ...] = ()
