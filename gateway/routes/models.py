"""The documents of the HTTP API, as API.md writes them: datasets, changes, imports, operations.

Bodies are strict: no coercion, no unknown names. Values of records are ``Any`` here, because
their numbers must keep their text; others check them.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from indexer.intake.day_order import DayOrder
from indexer.model.schema import FieldType

Key = int | str
Name = Annotated[str, Field(min_length=1, max_length=200)]
T = TypeVar("T")
Maybe = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""Left out of an answer where there is none."""
RFC3339 = Annotated[str, Field(description="An instant, RFC 3339 UTC")]


class Body(BaseModel):
    """A document somebody sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """A document we send."""

    model_config = ConfigDict(frozen=True)


class FieldIn(Body):
    """A field to declare: with a type, or with a formula, whose type is inferred."""

    name: Name
    type: Annotated[FieldType | None, Field(strict=False)] = None
    formula: str | None = None
    label: str | None = None
    scale: int | None = None
    pii: str | None = None
    separator: str | None = None


class LinkIn(Body):
    """A link to declare: ``field`` names a record of ``to``."""

    name: Name | None = None
    field: Name
    to: Name
    to_field: Name | None = None


class DatasetIn(Body):
    """A dataset to create."""

    name: Name
    key: Name | None
    fields: list[FieldIn]
    time_zone: str | None = None
    clock_offset_s: int | None = None
    links: list[LinkIn] = []


class DatasetPatch(Body):
    """What to change about a dataset; what isn't named stays."""

    fields: Annotated[list[FieldIn], Field(description="Fields to add")] = []
    links: Annotated[list[LinkIn], Field(description="Links to add")] = []
    labels: Annotated[dict[str, str], Field(description="New labels by field name")] = {}
    time_zone: str | None = None
    clock_offset_s: int | None = None


class FieldOut(Answer):
    """A field and its figures. ``filled`` is the share of records with a value, 0 to 1.

    A ``formula`` that is not ``stored`` is computed when somebody asks; its figures are 0.
    """

    name: str
    type: str
    label: str
    scale: Maybe[int] = None
    separator: Maybe[str] = None
    pii: Maybe[str] = None
    key: Maybe[bool] = None
    formula: Maybe[str] = None
    stored: Maybe[bool] = None
    filled: float
    distinct: int


class LinkOut(Answer):
    """A link to another dataset; no ``to_field`` means the target's key."""

    name: str
    field: str
    to: str
    to_field: Maybe[str] = None


class DatasetOut(Answer):
    """A dataset: schema, figures, freshness. ``now`` is the dataset's clock."""

    name: str
    key: str | None
    time_zone: str
    clock_offset_s: int
    now: RFC3339
    records: int
    sequence: int
    updated_at: RFC3339 | None
    fields: list[FieldOut]
    links: list[LinkOut]


class DatasetsOut(Answer):
    """A page of datasets, by name."""

    items: list[DatasetOut]
    next_cursor: str | None


class UpsertIn(Body):
    """Create a record or set the named values of it; null clears."""

    op: Literal["upsert"]
    key: Key | None = None
    values: dict[str, Any] = {}


class DeleteIn(Body):
    """Remove a record."""

    op: Literal["delete"]
    key: Key


class ChangesIn(Body):
    """Changes to apply together, in order."""

    changes: list[Annotated[UpsertIn | DeleteIn, Field(discriminator="op")]]
    idempotency_key: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class RejectedChange(Answer):
    """A change that was left out, and why."""

    index: int
    code: str
    message: str


class ChangesOut(Answer):
    """What a batch of changes did; ``sequence`` includes it."""

    sequence: int
    applied: int
    unchanged: int
    rejected: list[RejectedChange]


class OperatorOut(Answer):
    """An operator of the condition language, as menus show it.

    ``options`` are the keys beside ``value`` that may mean something with it, whatever the field;
    ``of_key`` operators ask about the record's key, whatever its type, and name no types.
    """

    key: str
    label: str
    help: str
    types: list[str]
    value: str
    negative: bool
    options: list[str]
    of_key: bool


class OperatorsOut(Answer):
    """Every operator, in menu order."""

    items: list[OperatorOut]


class Accepted(Answer):
    """The id of the work that was accepted."""

    id: str


class ImportedField(Answer):
    """A field as the import typed it."""

    name: str
    type: str
    scale: Maybe[int] = None


class FieldChangeOut(Answer):
    """What an import does to the schema. ``was``: the type before; ``of``: the field it is for."""

    field: str
    change: str = Field(description="added, widened or parked")
    type: str
    was: Maybe[str] = None
    of: Maybe[str] = None


class RolledBackOut(Answer):
    """What was put back, in records; ``unchanged`` ones had been changed by others since."""

    created: int
    updated: int
    unchanged: int
    deleted: int


class ImportOut(Answer):
    """How far an import is. Counts are final once ``state`` is; those of a dry run are forecasts.

    ``repeated`` rows gave way to a later one of their key.
    """

    id: str
    dataset: str
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    dry_run: bool
    rows: int
    bytes: int
    total_bytes: int
    eta_s: float | None
    created: int
    updated: int
    unchanged: int
    deleted: int
    rejected: int
    repeated: int
    error: Maybe[str] = None
    fields: list[ImportedField] = []
    schema_changes: list[FieldChangeOut] = []
    notes: list[str] = []
    rolled_back: Maybe[RolledBackOut] = None
    segments: Annotated[
        list[str], Field(description="Ids of the segments whose members depend on the dataset")
    ] = []


class ClockBody(Body):
    """A moment to move the clock to."""

    now: RFC3339


class ClockOut(Answer):
    """The service's clock."""

    now: RFC3339
    mode: Literal["system", "manual"]


class SessionOut(Answer):
    """Who is asking; ``auth`` is false where nobody has to sign in."""

    auth: bool
    role: str
    name: str


class TicketOut(Answer):
    """A one-time ticket for the live socket."""

    ticket: str


class StatusOut(Answer):
    """One word about the process."""

    status: str


class ReadyOut(StatusOut):
    """A process that answers questions; ``writable``: whether it takes changes too."""

    writable: bool


class ProblemOut(Answer):
    """One thing wrong with a request; ``path`` is a JSON Pointer into it.

    ``position`` counts characters from 0 into a formula.
    """

    code: str
    path: str
    message: str
    id: str | None = None
    position: Maybe[int] = None


class ErrorDetail(Answer):
    """What went wrong and what to do next."""

    code: str
    message: str
    problems: list[ProblemOut]


class ErrorOut(Answer):
    """Every error has this shape."""

    error: ErrorDetail


class ErasureAccepted(Answer):
    """An erasure that has begun: the record is gone, and what is left of it goes."""

    id: str


class CertificateOut(Answer):
    """What was erased when; ``digest`` is over all the rest, keyed with a secret of the folder.

    ``generations`` are all that the disk had of the dataset then, ``files_checked`` the files of
    imports that were looked through.
    """

    dataset: str
    key_digest: str
    erased_at: RFC3339
    completed_at: RFC3339
    sequence: int
    generations: list[str]
    log_frames_rewritten: int
    files_checked: int
    digest: str


class ErasureOut(Answer):
    """An erasure, which ends with a certificate."""

    id: str
    dataset: str
    state: Literal["running", "succeeded"]
    created_at: RFC3339
    certificate: CertificateOut | None


class ErasureList(Answer):
    """The latest erasures, newest first."""

    items: list[ErasureOut]


class SuppressionOut(Answer):
    """An erased record that can't come back; by the kinds of what is known of it."""

    id: str
    dataset: str
    kinds: list[str]
    created_at: RFC3339


class SuppressionList(Answer):
    """The latest suppressions, newest first."""

    items: list[SuppressionOut]


class ImportOptions(Body):
    """The ``options`` part of an import."""

    mode: Literal["upsert", "insert", "update", "replace", "delete"] = "upsert"
    key: Name | None = None
    types: dict[str, Annotated[FieldType, Field(strict=False)]] = {}
    on_empty: Literal["ignore", "clear"] = "ignore"
    time_zone: str | None = None
    links: list[LinkIn] = []
    dry_run: bool = False
    stop_at_rejects: Annotated[int, Field(ge=1)] | None = None
    date_order: Annotated[DayOrder, Field(strict=False)] | None = None
