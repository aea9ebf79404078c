"""The web UI's files, and the small pages that stand in where there is none."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

import gateway.ui

DIST = Path(gateway.ui.__file__).parent / "dist"
INDEX = "index.html"
ASSETS = "assets/"
API = "api/"

_STYLE = "font: 1.1rem/1.6 system-ui; max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem"


def small_page(title: str, text: str) -> str:
    """A page with one heading and one paragraph. Both are ours: nothing is escaped."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Cardinal · {title}</title>"
        f'<main style="{_STYLE}"><h1>{title}</h1><p>{text}</p></main>'
    )


BAD_TICKET = small_page(
    "This link is used up",
    "A sign-in link works once and for a limited time. Make a new one with"
    " <code>cardinal token link --data DIR</code>, or restart the service: it prints one.",
)
NOT_BUILT = small_page(
    "The web page isn't built yet",
    "The service is running and its <a href='/docs'>API</a> answers. For the web page, run"
    " <code>make setup</code> and start it again.",
)


class WebFiles:
    """The built UI: files by their path, and its front page for every other address."""

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist
        self._files = StaticFiles(directory=dist, check_dir=False)

    async def at(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """The file at ``path``. Raises: HTTPException where an asset or an API route is missing."""
        if path.startswith(API):
            raise HTTPException(404)
        if not (self._dist / INDEX).is_file():
            return HTMLResponse(NOT_BUILT, status_code=503, headers={"Retry-After": "60"})
        try:
            found = await self._files.get_response(path, scope)
        except HTTPException:
            if path.startswith(ASSETS):
                raise
            found = await self._files.get_response(INDEX, scope)
        # Built assets carry a hash of their content in their name.
        forever = path.startswith(ASSETS)
        found.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if forever else "no-cache"
        )
        return found
