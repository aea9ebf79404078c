"""The page at ``/docs``: the OpenAPI file for people, made here so that nothing is fetched."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem }
code, pre { font: .9rem/1.5 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; border: 1px solid #8885; border-radius: .5rem }
h3 code { font-size: 1rem }
small { opacity: .75 }
"""


def page(openapi: Mapping[str, Any]) -> str:
    """One HTML page: every route by its tag, then every document."""
    title = escape(openapi["info"]["title"])
    routes = "".join(_routes(openapi["paths"]))
    documents = "".join(_documents(openapi["components"]["schemas"]))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} · API</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(openapi['info']['description'])}"
        f' Machines read <a href="/openapi.json">openapi.json</a>.</p>{routes}'
        f"<h2>Documents</h2>{documents}"
    )


def _routes(paths: Mapping[str, Any]) -> Iterator[str]:
    tag = ""
    for path, methods in paths.items():
        for method, route in methods.items():
            if route["tags"][0] != tag:
                tag = route["tags"][0]
                yield f"<h2>{escape(tag)}</h2>"
            yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
            yield f"<p>{escape(route['description'])} <small>{_role(route)}</small></p>"


def _role(route: Mapping[str, Any]) -> str:
    role = route.get("x-role")
    return f"Needs the role {escape(role)}." if role else "Open to everybody."


def _documents(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        said = escape(json.dumps(schema, indent=2, ensure_ascii=False))
        summary = f"<code>{escape(name)}</code> {escape(schema.get('description', ''))}"
        head = f'<details id="{escape(name)}"><summary>{summary}</summary>'
        yield f"{head}<pre>{said}</pre></details>"
