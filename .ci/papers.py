"""Writes the tables of README.md that code knows better: operators, routes, verbs, settings.

Each stands between ``<!-- NAME: made by make docs -->`` and ``<!-- NAME: end -->``. With
``--check`` nothing is written and a stale table is an error, which is how a test uses it.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from evaluator.condition.operators import OPERATORS
from gateway.app import role_of, routes
from gateway.cli import app
from gateway.settings import Settings
from indexer.formula.functions import AGGREGATES, FUNCTIONS

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "README.md"
BEGIN, END = "<!-- {name}: made by make docs -->", "<!-- {name}: end -->"


def operators() -> Iterator[str]:
    """Every operator: how it is written, for which types, what it means."""
    yield "| op | types | value | means |"
    yield "|---|---|---|---|"
    for each in OPERATORS:
        kinds = "all" if len(each.types) == 9 else " ".join(kind.value for kind in each.types)
        yield f"| `{each.key}` | {kinds} | {each.value.value} | {each.help} |"


def functions() -> Iterator[str]:
    """Every function of formulas: how it is written, what it gives."""
    yield "| function | gives |"
    yield "|---|---|"
    for name, signature, told in (
        *((each.name, each.signature, each.help) for each in FUNCTIONS),
        *((each.name, each.signature, each.help) for each in AGGREGATES),
    ):
        assert name in signature, name
        yield f"| `{signature}` | {told} |"


def api() -> Iterator[str]:
    """Every route: what it does and who may call it."""
    yield "| route | what it does | role |"
    yield "|---|---|---|"
    for path, route in routes():
        needed = role_of(route)
        methods = sorted(getattr(route, "methods", None) or ("WebSocket",))
        told = (route.endpoint.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        role = needed.role.word if needed else "–"
        yield f"| `{' '.join(methods)} {path}` | {re.sub(r'  +', ' ', told)} | {role} |"


def verbs() -> Iterator[str]:
    """Every verb of the command line."""
    yield "| verb | what it does |"
    yield "|---|---|"
    yield from _verbs(typer.main.get_command(app), "cardinal")


def settings() -> Iterator[str]:
    """Every setting: its variable, its default, its meaning. The flag has the same name."""
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        yield f"| `CARDINAL_{name.upper()}` | {default} | {field.description} |"


def _verbs(command: Any, name: str) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is not None:
        for word, each in below.items():
            yield from _verbs(each, f"{name} {word}")
        return
    words = [
        parameter.name.upper()
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    yield f"| `{' '.join((name, *words))}` | {(command.help or '').strip()} |"


TABLES = {
    "operators": operators,
    "functions": functions,
    "routes": api,
    "verbs": verbs,
    "settings": settings,
}


def written(paper: str) -> str:
    """The paper with all of its tables as the code is now. Raises: SystemExit for a lost mark."""
    for name, table in TABLES.items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, found, rest = paper.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"{PAPER.name} has lost its marks for {name}: {begin} … {end}")
        paper = f"{before}{begin}\n{chr(10).join(table())}\n{end}{after}"
    return paper


def main() -> None:
    """Write the tables, or with ``--check`` say whether they are stale."""
    parser = argparse.ArgumentParser(description="Write the generated tables of README.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    check: bool = parser.parse_args().check
    old = PAPER.read_text("utf-8")
    new = written(old)
    if check and new != old:
        sys.exit(f"{PAPER.name} is stale: run `make docs`")
    if new != old:
        PAPER.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
