"""Errors over gRPC: the one table between our error tree and gRPC status codes.

An error travels as a ``google.rpc.Status`` in the trailer ``grpc-status-details-bin`` (the
richer error model): an ``ErrorInfo`` whose reason is our code, a ``BadRequest`` with one
violation per problem, a ``RetryInfo`` where the error says when to come back.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Never

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from indexer.model import errors
from indexer.model.errors import CardinalError, Problem

DOMAIN = "cardinal"
DETAILS_TRAILER = "grpc-status-details-bin"
PROBLEMS_BYTES_MAX = 3_072
MESSAGE_CHARACTERS_MAX = 300
"""Trailers of more than 8 kB in all make gRPC refuse the whole answer."""

STATUS_OF: Mapping[type[CardinalError], grpc.StatusCode] = {
    errors.BadBody: grpc.StatusCode.INVALID_ARGUMENT,
    errors.BadShape: grpc.StatusCode.INVALID_ARGUMENT,
    errors.BadCondition: grpc.StatusCode.INVALID_ARGUMENT,
    errors.BadSchema: grpc.StatusCode.INVALID_ARGUMENT,
    errors.BadFile: grpc.StatusCode.INVALID_ARGUMENT,
    errors.TooLarge: grpc.StatusCode.OUT_OF_RANGE,
    errors.UnknownDataset: grpc.StatusCode.NOT_FOUND,
    errors.UnknownField: grpc.StatusCode.NOT_FOUND,
    errors.UnknownRecord: grpc.StatusCode.NOT_FOUND,
    errors.UnknownImport: grpc.StatusCode.NOT_FOUND,
    errors.UnknownSource: grpc.StatusCode.NOT_FOUND,
    errors.UnknownErasure: grpc.StatusCode.NOT_FOUND,
    errors.UnknownSuppression: grpc.StatusCode.NOT_FOUND,
    errors.UnknownSegment: grpc.StatusCode.NOT_FOUND,
    errors.UnknownVersion: grpc.StatusCode.NOT_FOUND,
    errors.UnknownRoute: grpc.StatusCode.UNIMPLEMENTED,
    errors.DatasetExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.SourceExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.ImportEnded: grpc.StatusCode.FAILED_PRECONDITION,
    errors.FolderInUse: grpc.StatusCode.FAILED_PRECONDITION,
    errors.IdempotencyConflict: grpc.StatusCode.ALREADY_EXISTS,
    errors.CannotRollBack: grpc.StatusCode.FAILED_PRECONDITION,
    errors.StaleVersion: grpc.StatusCode.ABORTED,
    errors.SegmentInUse: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.DeadlinePassed: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.NodeUnavailable: grpc.StatusCode.UNAVAILABLE,
    errors.SourceUnavailable: grpc.StatusCode.UNAVAILABLE,
    errors.DiskFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.LogPoisoned: grpc.StatusCode.UNAVAILABLE,
    errors.NotSignedIn: grpc.StatusCode.UNAUTHENTICATED,
    errors.NotAllowed: grpc.StatusCode.PERMISSION_DENIED,
    errors.ForeignOrigin: grpc.StatusCode.PERMISSION_DENIED,
    errors.SnapshotCorrupt: grpc.StatusCode.DATA_LOSS,
    errors.LogCorrupt: grpc.StatusCode.DATA_LOSS,
}

_BY_CODE = {leaf.code: leaf for leaf in STATUS_OF}


def to_status(error: CardinalError) -> status_pb2.Status:
    """The error as a ``google.rpc.Status``; an unlisted class becomes INTERNAL.

    Of very many problems only the first ones travel, of a very long message its beginning.
    """
    code = STATUS_OF.get(type(error), grpc.StatusCode.INTERNAL)
    info = error_details_pb2.ErrorInfo(reason=error.code, domain=DOMAIN)
    problems = _fitting(error.problems)
    for place, problem in enumerate(problems):
        if problem.id is not None:
            info.metadata[f"id/{place}"] = problem.id
        if problem.position is not None:
            info.metadata[f"position/{place}"] = str(problem.position)
    message = error.message[:MESSAGE_CHARACTERS_MAX]
    status = status_pb2.Status(code=code.value[0], message=message)
    _pack(status, info)
    if problems:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(
                field=problem.path, reason=problem.code, description=problem.message
            )
            for problem in problems
        ]
        _pack(status, error_details_pb2.BadRequest(field_violations=violations))
    if error.retry_after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_after_s * 1000))
        _pack(status, error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def from_status(status: status_pb2.Status) -> CardinalError:
    """The error that ``to_status`` was given; a status that isn't ours gives NodeUnavailable."""
    info, request, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    retry_after_s: float | None = None
    for detail in status.details:
        if detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToMilliseconds() / 1000
        elif not detail.Unpack(info):
            detail.Unpack(request)
    problems = tuple(
        Problem(
            violation.reason,
            violation.field,
            violation.description,
            info.metadata.get(f"id/{place}"),
            _whole(info.metadata.get(f"position/{place}")),
        )
        for place, violation in enumerate(request.field_violations)
    )
    leaf = _BY_CODE.get(info.reason, errors.NodeUnavailable)
    return leaf(status.message, problems=problems, retry_after_s=retry_after_s)


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: CardinalError) -> Never:
    """End the call with this error. Never returns."""
    status = to_status(error)
    code = STATUS_OF.get(type(error), grpc.StatusCode.INTERNAL)
    await context.abort(
        code,
        status.message,
        trailing_metadata=((DETAILS_TRAILER, status.SerializeToString()),),
    )
    raise AssertionError("abort returned")


def error_of(call: grpc.aio.AioRpcError) -> CardinalError:
    """What a failed call means: our own error if it carries one, else NodeUnavailable."""
    trailers: Sequence[tuple[str, str | bytes]] = tuple(call.trailing_metadata() or ())
    for name, value in trailers:
        if name == DETAILS_TRAILER and isinstance(value, bytes):
            return from_status(status_pb2.Status.FromString(value))
    if call.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return errors.DeadlinePassed("the answer did not come in time")
    return errors.NodeUnavailable(
        f"the index node did not answer ({call.code().name}); ask again in a moment",
        retry_after_s=1.0,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _fitting(problems: Sequence[Problem]) -> Sequence[Problem]:
    room = PROBLEMS_BYTES_MAX
    for place, problem in enumerate(problems):
        texts = (problem.code, problem.path, problem.message, problem.id or "")
        room -= sum(len(text.encode()) for text in texts)
        if room < 0:
            return problems[:place]
    return problems


def _pack(status: status_pb2.Status, detail: Any) -> None:
    wrapped = any_pb2.Any()
    wrapped.Pack(detail)
    status.details.append(wrapped)
