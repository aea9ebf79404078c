"""The HTTP application: its routes, in order, and what stands in front of them."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.middleware.gzip import GZipMiddleware

from gateway.access import Needs
from gateway.errors import install
from gateway.guards import Guards
from gateway.pages import WebFiles
from gateway.routes import (
    changes,
    clock,
    datasets,
    erasures,
    formulas,
    imports,
    live,
    members,
    operations,
    operators,
    questions,
    records,
    segment_members,
    segment_versions,
    segments,
    session,
    sources,
    web,
)
from gateway.routes.formula_models import FormulaIn
from gateway.routes.models import (
    ChangesIn,
    ClockBody,
    DatasetIn,
    DatasetPatch,
    ErrorOut,
    ImportOptions,
)
from gateway.routes.question_models import (
    BreakdownIn,
    BreakdownOut,
    CountIn,
    CountOut,
    DescribeIn,
    ExplainIn,
    ExplainOut,
    MembersIn,
    MembersOut,
    OverlapIn,
    OverlapOut,
    PreviewMessage,
    PreviewOut,
    ProblemMessage,
    RecordOut,
    SampleIn,
    ValuesOut,
)
from gateway.routes.segment_models import DuplicateIn, RestoreIn, SegmentIn, SegmentPatch
from gateway.routes.source_models import SOURCE_SETTINGS, SourceIn
from gateway.services import Services
from indexer.runtime.clock import stopwatch_ms

PREFIX = "/api/v1"
API_ROUTERS: tuple[APIRouter, ...] = (
    datasets.router, imports.router, changes.router, records.router, erasures.router,
    questions.router, members.router, operators.router, formulas.router, sources.router,
    segment_members.router, segments.router, segment_versions.router,
    live.router, session.router, clock.router,
)  # fmt: skip
PLAIN_ROUTERS: tuple[APIRouter, ...] = (operations.router, session.links, web.router)
"""Routes without the prefix; the last takes every address that is left."""

DOCUMENTED: tuple[type[BaseModel], ...] = (
    DatasetIn, DatasetPatch, ChangesIn, CountIn, MembersIn, SampleIn, BreakdownIn, OverlapIn,
    ExplainIn, DescribeIn, ClockBody, CountOut, MembersOut, BreakdownOut, OverlapOut, ExplainOut,
    ValuesOut, RecordOut, ErrorOut, ImportOptions, PreviewMessage, PreviewOut, ProblemMessage,
    SegmentIn, SegmentPatch, DuplicateIn, RestoreIn, SourceIn, FormulaIn, *SOURCE_SETTINGS,
)  # fmt: skip
"""Models that routes read or write by themselves, so that the OpenAPI file must be told."""

GZIP_BYTES_MIN = 1_000


def create_app(services: Services, files: WebFiles) -> FastAPI:
    """The application of one process."""
    app = documented_app()
    app.state.services = services
    app.state.files = files
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN)
    app.add_middleware(
        Guards,
        auth=services.settings.auth,
        metrics=services.metrics,
        stopwatch_ms=stopwatch_ms,
        new_reference=services.new_secret,
    )
    return app


def documented_app() -> FastAPI:
    """The routes and their documentation, without services: enough for the OpenAPI file."""
    app = FastAPI(
        title="Cardinal",
        version="1",
        description="Who, and how many: exact audience segments over millions of records.",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": ErrorOut, "description": "What went wrong"}},
    )
    install(app)
    for router in API_ROUTERS:
        app.include_router(router, prefix=PREFIX)
    for router in PLAIN_ROUTERS:
        app.include_router(router)
    plain = app.openapi
    app.openapi = lambda: _complete(plain())  # type: ignore[method-assign]  # FastAPI's own way
    return app


def role_of(route: APIRoute | APIWebSocketRoute) -> Needs | None:
    """What a route asks of its caller; None if it is open to everybody."""
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return next((call for call in calls if isinstance(call, Needs)), None)


def routes() -> Iterable[tuple[str, APIRoute | APIWebSocketRoute]]:
    """Every route with its whole path, as the OpenAPI file writes it."""
    for prefix, routers in ((PREFIX, API_ROUTERS), ("", PLAIN_ROUTERS)):
        for router in routers:
            for route in router.routes:
                assert isinstance(route, APIRoute | APIWebSocketRoute), route
                yield prefix + route.path_format, route


def _complete(openapi: dict[str, Any]) -> dict[str, Any]:
    """The file with the documents that routes read by themselves, and every route's role."""
    _, extra = models_json_schema(
        [(model, "validation") for model in DOCUMENTED],
        ref_template="#/components/schemas/{model}",
    )
    schemas = openapi["components"]["schemas"]
    schemas.update(extra["$defs"])
    openapi["components"]["schemas"] = dict(sorted(schemas.items()))
    for path, route in routes():
        needed = role_of(route)
        if needed is not None and isinstance(route, APIRoute):
            for method in route.methods or ():
                openapi["paths"][path][method.lower()]["x-role"] = needed.role.word
    return openapi
