"""Errors over HTTP: the one table between our error tree and status codes, and the one body.

Messages name fields, operators and limits; never a value, never a body.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from indexer.model import errors
from indexer.model.errors import CardinalError, Problem

STATUS_OF: Mapping[type[CardinalError], int] = {
    errors.BadBody: 400,
    errors.BadShape: 422,
    errors.BadCondition: 422,
    errors.BadSchema: 422,
    errors.BadFile: 422,
    errors.TooLarge: 413,
    errors.UnknownDataset: 404,
    errors.UnknownField: 404,
    errors.UnknownRecord: 404,
    errors.UnknownImport: 404,
    errors.UnknownSource: 404,
    errors.UnknownErasure: 404,
    errors.UnknownSuppression: 404,
    errors.UnknownSegment: 404,
    errors.UnknownVersion: 404,
    errors.UnknownRoute: 404,
    errors.DatasetExists: 409,
    errors.SourceExists: 409,
    errors.ImportEnded: 409,
    errors.FolderInUse: 409,
    errors.IdempotencyConflict: 409,
    errors.CannotRollBack: 409,
    errors.StaleVersion: 409,
    errors.SegmentInUse: 409,
    errors.Overloaded: 503,
    errors.DeadlinePassed: 503,
    errors.NodeUnavailable: 503,
    errors.SourceUnavailable: 503,
    errors.DiskFull: 503,
    errors.LogPoisoned: 503,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.ForeignOrigin: 403,
    errors.SnapshotCorrupt: 500,
    errors.LogCorrupt: 500,
}
PROBLEMS_SHOWN_MAX = 100
RETRY_AFTER_DEFAULT_S = 1.0
REFERENCE_LENGTH = 16
INTERNAL = CardinalError.code
PAGE_PATH = "/{path:path}"
"""The route that gives the web page for every address that is nothing else."""

log = structlog.get_logger()


def body_of(code: str, message: str, problems: Iterable[Problem] = ()) -> dict[str, object]:
    """The document every error is."""
    shown = [problem_json(problem) for problem in problems][:PROBLEMS_SHOWN_MAX]
    return {"error": {"code": code, "message": message, "problems": shown}}


def problem_json(problem: Problem) -> dict[str, str | int]:
    """A problem as API.md writes it; ``id`` and ``position`` only where there is one."""
    shown: dict[str, str | int] = {
        "code": problem.code, "path": problem.path, "message": problem.message,
    }  # fmt: skip
    if problem.position is not None:
        shown["position"] = problem.position
    return shown if problem.id is None else {**shown, "id": problem.id}


def response_of(error: CardinalError) -> Response:
    """The answer for one of our own errors."""
    status = STATUS_OF.get(type(error), 500)
    headers: dict[str, str] = {}
    if status in (429, 503):
        wait = error.retry_after_s if error.retry_after_s is not None else RETRY_AFTER_DEFAULT_S
        headers["Retry-After"] = str(max(1, round(wait)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return error_response(status, body_of(error.code, error.message, error.problems), headers)


def error_response(
    status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    """An error body as a response that nobody may cache."""
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def unexpected(fault: Exception, new_id: Callable[[], str]) -> str:
    """What to say of a mistake of ours: an opaque id, which the log also has, and nothing else."""
    reference = new_id()[:REFERENCE_LENGTH]
    log.error("unexpected_failure", reference=reference, exc_info=fault)
    return f"something went wrong on our side; the log has it under {reference}"


def failure(message: str) -> Response:
    """The answer where we made a mistake; ``message`` is that of ``unexpected``."""
    return error_response(500, body_of(INTERNAL, message))


def install(app: FastAPI) -> None:
    """Give every error of the application's routes the one shape."""
    app.add_exception_handler(CardinalError, _own)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_parameters)


async def _own(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, CardinalError), error
    response = response_of(error)
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(response)
    return response


async def _of_framework(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, HTTPException), error
    route = getattr(connection.scope.get("route"), "path", PAGE_PATH)
    if error.status_code == 405 and route == PAGE_PATH:
        # Only the web page's own route was found, and that takes no such method.
        error = HTTPException(404)
    code, message = _FRAMEWORK.get(error.status_code, ("bad_request", "this can't be read"))
    return error_response(error.status_code, body_of(code, message), error.headers)


async def _of_parameters(_: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError), error
    shape = errors.BadShape("some parameters are not as they should be", problems=tuple(
        Problem("bad_shape", pointer(fault["loc"][1:]), str(fault["msg"]))
        for fault in error.errors()
    ))  # fmt: skip
    return response_of(shape)


def pointer(parts: Iterable[Any]) -> str:
    """The JSON Pointer (RFC 6901) of a path of names and positions."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)


_FRAMEWORK = {
    404: (errors.UnknownRoute.code, "there is nothing at this address; see /docs"),
    405: ("method_not_allowed", "this address takes other methods; see the Allow header"),
    413: (errors.TooLarge.code, "this body is larger than allowed"),
}
