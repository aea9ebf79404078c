"""The error tree. Each leaf says what the caller should do next; no HTTP or gRPC number here.

CardinalError
  InvalidRequest     fix it and ask again
    BadBody            the request can't be read at all
    BadShape           read, but its parts are wrong: see ``problems``
    BadCondition       read, but it can't be evaluated: see ``problems``
    BadSchema          a dataset can't look like this: see ``problems``
    BadFile            the file can't be imported
    TooLarge           over a named limit
  NotFound           it is not there
    UnknownDataset  UnknownField  UnknownRecord  UnknownImport  UnknownSource
    UnknownErasure  UnknownSuppression  UnknownSegment  UnknownVersion  UnknownRoute
  Conflict           read, then retry
    DatasetExists  SourceExists  ImportEnded  FolderInUse  IdempotencyConflict
    CannotRollBack  StaleVersion  SegmentInUse
  Unavailable        wait ``retry_after_s``, then retry
    Overloaded  DeadlinePassed  NodeUnavailable  SourceUnavailable  DiskFull  LogPoisoned
  Refused            ask somebody who may
    NotSignedIn  NotAllowed  ForeignOrigin
  Corrupt            stop; a person must look
    SnapshotCorrupt  LogCorrupt
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request. ``path`` is a JSON Pointer (RFC 6901) into it.

    ``position`` counts characters from 0 where the fault is inside a text, as in a formula.
    """

    code: str
    path: str
    message: str
    id: str | None = None
    position: int | None = None


class CardinalError(Exception):
    """Root of everything we raise on purpose. ``code`` is stable and travels on every wire."""

    code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[Problem, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        self.retry_after_s = retry_after_s


class InvalidRequest(CardinalError):
    code = "invalid_request"


class BadBody(InvalidRequest):
    code = "bad_json"


class BadShape(InvalidRequest):
    code = "bad_shape"


class BadCondition(InvalidRequest):
    code = "bad_condition"


class BadSchema(InvalidRequest):
    code = "bad_schema"


class BadFile(InvalidRequest):
    code = "bad_file"


class TooLarge(InvalidRequest):
    code = "too_large"


class NotFound(CardinalError):
    code = "not_found"


class UnknownDataset(NotFound):
    code = "unknown_dataset"


class UnknownField(NotFound):
    code = "unknown_field"


class UnknownRecord(NotFound):
    code = "unknown_record"


class UnknownImport(NotFound):
    code = "unknown_import"


class UnknownSource(NotFound):
    code = "unknown_source"


class UnknownErasure(NotFound):
    code = "unknown_erasure"


class UnknownSuppression(NotFound):
    code = "unknown_suppression"


class UnknownSegment(NotFound):
    code = "unknown_segment"


class UnknownVersion(NotFound):
    code = "unknown_version"


class UnknownRoute(NotFound):
    code = "unknown_route"


class Conflict(CardinalError):
    code = "conflict"


class DatasetExists(Conflict):
    code = "dataset_exists"


class SourceExists(Conflict):
    code = "source_exists"


class ImportEnded(Conflict):
    code = "import_ended"


class FolderInUse(Conflict):
    code = "folder_in_use"


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


class CannotRollBack(Conflict):
    code = "cannot_roll_back"


class StaleVersion(Conflict):
    code = "stale_version"


class SegmentInUse(Conflict):
    code = "segment_in_use"


class Unavailable(CardinalError):
    code = "unavailable"


class Overloaded(Unavailable):
    code = "overloaded"


class DeadlinePassed(Unavailable):
    code = "deadline_passed"


class NodeUnavailable(Unavailable):
    code = "node_unavailable"


class SourceUnavailable(Unavailable):
    code = "source_unavailable"


class DiskFull(Unavailable):
    code = "disk_full"


class LogPoisoned(Unavailable):
    code = "log_poisoned"


class Refused(CardinalError):
    code = "refused"


class NotSignedIn(Refused):
    code = "not_signed_in"


class NotAllowed(Refused):
    code = "not_allowed"


class ForeignOrigin(Refused):
    code = "foreign_origin"


class Corrupt(CardinalError):
    code = "corrupt"


class SnapshotCorrupt(Corrupt):
    code = "snapshot_corrupt"


class LogCorrupt(Corrupt):
    code = "log_corrupt"


def leaves(root: type[CardinalError] = CardinalError) -> tuple[type[CardinalError], ...]:
    """Every class of the tree without a subclass, in definition order."""
    below = root.__subclasses__()
    return tuple(leaf for child in below for leaf in leaves(child)) if below else (root,)
