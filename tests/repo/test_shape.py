"""Small modules, short functions, thin routes; a contract on every public thing."""

import ast
import importlib
from pathlib import Path

from tests.repo.sources import (
    ELSEWHERE,
    PACKAGES,
    ROOT,
    Function,
    functions,
    lines_of,
    modules,
    short,
    tree,
)

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
ROUTE_LINES_MAX = 12
LINE_LENGTH_MAX = 100
VERBS = {"get", "post", "put", "patch", "delete", "websocket"}
UI_LINES_MAX = 250


def test_a_module_has_at_most_400_lines() -> None:
    """A longer one is two nouns."""
    long = {short(p): n for p in modules() if (n := len(_lines(p))) > MODULE_LINES_MAX}

    assert {} == long


def test_a_function_has_at_most_50_lines() -> None:
    """Its docstring not counted."""
    long = {
        f"{short(path)}:{function.name}": lines
        for path in modules()
        for function in functions(path)
        if (lines := lines_of(function)) > FUNCTION_LINES_MAX
    }

    assert {} == long


def test_a_route_has_at_most_12_lines() -> None:
    """It parses, calls one thing and shapes the answer."""
    long = {
        f"{short(path)}:{function.name}": lines
        for path in modules("gateway/routes")
        for function in functions(path)
        if _is_route(function) and (lines := _body_lines(function)) > ROUTE_LINES_MAX
    }

    assert {} == long


def test_a_line_has_at_most_100_characters() -> None:
    """Two files fit side by side."""
    long = [
        f"{short(path)}:{number}"
        for path in modules()
        for number, line in enumerate(_lines(path), 1)
        if len(line) > LINE_LENGTH_MAX
    ]

    assert [] == long


def test_a_part_of_the_ui_has_at_most_250_lines() -> None:
    """One file per part."""
    sources = [p for p in (ROOT / "gateway" / "ui" / "src").rglob("*") if p.suffix in UI_SUFFIXES]

    long = {short(p): n for p in sources if (n := len(_lines(p))) > UI_LINES_MAX}

    assert sources
    assert {} == long


UI_SUFFIXES = {".ts", ".tsx", ".css"}


def test_an_init_file_is_a_docstring() -> None:
    """Nothing happens on import, and every name has one address."""
    doing = [
        short(path)
        for path in modules()
        if path.name == "__init__.py"
        and not (len(body := tree(path).body) <= 1 and ast.get_docstring(tree(path)) == _text(body))
    ]

    assert [] == doing


def test_every_package_folder_is_a_package() -> None:
    """A folder without ``__init__.py`` would be left out of a wheel or found twice."""
    folders = {path.parent for path in modules(*PACKAGES)}

    assert [] == sorted(short(f) for f in folders if not (f / "__init__.py").exists())


def test_proto_is_no_python_package() -> None:
    """google-ads needs proto-plus, which is imported as ``proto``; ours must not hide it."""
    python = [short(path) for path in (ROOT / "proto").rglob("*.py*")]

    assert [] == python


def test_our_packages_come_from_this_checkout() -> None:
    """Names as plain as ``sync`` could belong to anybody."""
    places = {name: importlib.import_module(name).__file__ for name in PACKAGES}

    assert {name: str(ROOT / name / "__init__.py") for name in PACKAGES} == places


def test_the_top_level_is_fixed() -> None:
    """A newcomer finds the same few doors in every version."""
    known = {
        "proto", "indexer", "evaluator", "sync", "gateway", "benchmarks", "tests", "deploy",
        "requirements", "dist", "data", "test-results", "pyproject.toml", "Makefile",
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
    }  # fmt: skip

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert set() == found - known


def test_every_module_says_what_it_is_for() -> None:
    """And every public function and class, unless a contract says it for them."""
    silent = [short(path) for path in modules() if not ast.get_docstring(tree(path))]
    silent += [
        f"{short(path)}:{node.lineno} {node.name}"
        for path in modules(*PACKAGES, "tests/support", ".ci")
        for node in _undocumented(path)
    ]

    assert [] == silent


def _undocumented(path: Path) -> list[Function | ast.ClassDef]:
    promised = _promised()
    found: list[Function | ast.ClassDef] = []
    for node in tree(path).body:
        if isinstance(node, Function | ast.ClassDef) and _needs_docstring(node):
            found.append(node)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found.extend(
                each
                for each in node.body
                if isinstance(each, Function)
                and each.name not in promised
                and _needs_docstring(each)
            )
    return found


def _needs_docstring(node: Function | ast.ClassDef) -> bool:
    """Public, silent, and more than one line that says all."""
    if node.name.startswith("_") or ast.get_docstring(node):
        return False
    return isinstance(node, Function) or len(node.body) > 1


def _promised() -> set[str]:
    """Names of the methods that a Protocol in an ``api.py`` documents."""
    return {
        function.name
        for name in PACKAGES
        if (ROOT / name / "api.py").exists()
        for function in functions(ROOT / name / "api.py")
    }


def _is_route(function: Function) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in VERBS
        for decorator in function.decorator_list
    )


def _body_lines(function: Function) -> int:
    told = ast.get_docstring(function) is not None
    statements = function.body[1:] if told else function.body
    last = statements[-1].end_lineno if statements else function.end_lineno
    assert last is not None
    return last - statements[0].lineno + 1 if statements else 0


def _text(body: list[ast.stmt]) -> str | None:
    return ast.get_docstring(ast.Module(body=body, type_ignores=[])) if body else None


def _lines(path: Path) -> list[str]:
    assert not ELSEWHERE & set(path.parts)
    return path.read_text().splitlines()
