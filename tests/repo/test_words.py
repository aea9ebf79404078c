"""One word per thing. The table heads ARCHITECTURE.md; here its right-hand column is banned."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.sources import PACKAGES, ROOT, Function, calls, modules, short, tree

VAGUE_MODULES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base", "core"}
SYNONYMS = {
    "attribute": "field",
    "audience": "segment (audience is a platform's word, in sync only)",
    "checkpoint": "snapshot",
    "cohort": "segment",
    "connector": "destination",
    "customer": "record",
    "dump": "snapshot",
    "fragment": "shard",
    "mutation": "change",
    "partition": "shard",
    "probe": "lookup",
    "profile": "record",
    "rowset": "bitmap",
    "user": "record",
}
"""Words that never name a public thing here, and what to say instead."""
PRIVATE_TO = {"audience": ("sync",)}
NOTES_TO_SELF = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
LOG_CALLS = {"debug", "info", "warning", "error", "exception", "critical"}
NUMBERED = re.compile(r"_\d+\.py$")


def test_no_module_is_a_drawer() -> None:
    """Find the noun."""
    vague = [short(path) for path in modules() if VAGUE_MODULES & {path.stem, path.parent.name}]

    assert [] == vague


def test_no_module_is_a_second_part() -> None:
    """Split by noun, never into ``plans_2.py``."""
    numbered = [short(path) for path in modules() if NUMBERED.search(path.name)]

    assert [] == numbered


def test_public_names_use_the_vocabulary() -> None:
    """Classes, functions, their arguments and modules."""
    wrong = [
        f"{short(path)}:{line} {name}: say {SYNONYMS[word]}"
        for path in modules(*PACKAGES)
        for line, name in _names(path)
        for word in _words(name)
        if word in SYNONYMS and not short(path).startswith(PRIVATE_TO.get(word, ("-",)))
    ]

    assert [] == wrong


def test_nobody_leaves_notes_to_self() -> None:
    """What is left to do is an issue, not a comment."""
    left = [
        f"{short(path)}:{number}"
        for path in modules(*PACKAGES, "benchmarks", ".ci")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if NOTES_TO_SELF.search(line)
    ]

    assert [] == left


def test_a_log_event_is_a_constant() -> None:
    """Facts are keys, so an event can be counted and no value of a record leaks into its name."""
    sentences = [
        f"{short(path)}:{node.lineno}"
        for path in modules(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LOG_CALLS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "_log", "logger"}
        and not (node.args and _is_event(node.args[0]))
    ]

    assert [] == sentences


def test_no_module_prints() -> None:
    """The command line speaks through rich; everything else logs or answers."""
    printing = [
        f"{short(path)}:{line}"
        for path in modules(*PACKAGES)
        for line, name in calls(path)
        if name == "print"
    ]

    assert [] == printing


def test_the_architecture_page_has_the_vocabulary() -> None:
    """A word that is not explained there is not ours."""
    page = (ROOT / "ARCHITECTURE.md").read_text()

    missing = [
        word
        for word in (
            "dataset", "record", "field", "link", "bitmap", "shard", "change", "snapshot",
            "condition", "lookup", "plan", "segment", "member", "delta", "destination", "sync",
            "audience",
        )
        if f"| {word}" not in page
    ]  # fmt: skip

    assert [] == missing


def _names(path: Path) -> Iterator[tuple[int, str]]:
    yield 1, path.stem
    for node in ast.walk(tree(path)):
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.lineno, node.name
        if isinstance(node, Function):
            arguments = node.args
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                yield each.lineno, each.arg


def _words(name: str) -> list[str]:
    """``RowSet`` and ``row_sets`` are both row, set and rowset."""
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    return [part.removesuffix("s") if len(part) > 4 else part for part in [*parts, "".join(parts)]]


def _is_event(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and bool(
        re.fullmatch(r"[a-z][a-z0-9_]+", str(argument.value))
    )
