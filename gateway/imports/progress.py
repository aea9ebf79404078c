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


class Progress(msgspec.Struct, frozen=True):
    """Rows and bytes read so far, and what became of them. ``created`` and the like come last."""

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
    error: str | None = None
    fields: tuple[InferredField, ...] = ()
