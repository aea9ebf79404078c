"""The web page, and the API's documentation."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway import docs
from gateway.errors import PAGE_PATH
from gateway.pages import WebFiles

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_docs(request: Request) -> Response:
    """The API, for people."""
    return HTMLResponse(docs.page(request.app.openapi()))


@router.api_route(PAGE_PATH, methods=["GET", "HEAD"])
async def show_page(path: str, request: Request) -> Response:
    """The web page: its files, and its front page for every address that is nothing else."""
    files: WebFiles = request.app.state.files
    return await files.at(path, request.scope)
