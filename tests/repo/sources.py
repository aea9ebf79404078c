"""What the house rules are checked on: the hand-written Python of the checkout, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("indexer", "evaluator", "sync", "gateway")
FOLDERS = (*PACKAGES, "benchmarks", "tests", ".ci")
ELSEWHERE = {"node_modules", "__pycache__", "dist"}
GENERATED = ("_pb2.py", "_pb2_grpc.py")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Every hand-written module below these folders (all of ours by default), by path."""
    return tuple(
        path
        for folder in folders or FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not path.name.endswith(GENERATED) and not ELSEWHERE & set(path.parts)
    )


@cache
def tree(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def short(path: Path) -> str:
    """The path as people say it: from the checkout down."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """Lines from ``def`` to the end, without decorators and docstring."""
    first = function.body[0]
    told = ast.get_docstring(function, clean=False)
    assert function.end_lineno is not None
    assert first.end_lineno is not None
    docstring = first.end_lineno - first.lineno + 1 if told is not None else 0
    return function.end_lineno - function.lineno + 1 - docstring


def imported(path: Path) -> Iterator[str]:
    """The dotted name of every module that a module imports, wherever it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for a chain of names, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module calls."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield node.lineno, name
