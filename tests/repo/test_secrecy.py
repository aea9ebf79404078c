"""Nothing in the checkout says whose machine it was written on, or how to get into anything."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.sources import ROOT, short

FOLDERS = (
    "indexer", "evaluator", "sync", "gateway", "proto", "benchmarks", "tests", "requirements",
    ".ci", "deploy",
)  # fmt: skip
ELSEWHERE = {"node_modules", "__pycache__", "dist"}
TEXT = {
    ".cfg", ".css", ".csv", ".html", ".in", ".json", ".lock", ".md", ".mjs", ".proto", ".py",
    ".pyi", ".sh", ".sql", ".toml", ".ts", ".tsx", ".txt", ".yaml", ".yml", "",
}  # fmt: skip
SPEAKS_OF_PATHS = {"tests/repo/test_secrecy.py", "tests/repo/test_locks.py"}
HOMES = re.compile(r"(?<![\w.])/(?:root|home|Users|work|opt|mnt)/\w")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|/simple/|\"resolved\": *\"http"
)
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}|\bxox[baprs]-\w{10}"
    r"|\bEAA[A-Za-z0-9]{40}|\bya29\.[\w-]{20}"
)


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    """A path that exists here only is a fault elsewhere."""
    assert [] == list(found(HOMES))


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's business."""
    assert [] == list(found(REGISTRIES))


def test_no_file_holds_a_secret() -> None:
    """Keys and tokens live in the environment, or are made by the test that needs one."""
    assert [] == list(found(SECRETS))


def found(pattern: re.Pattern[str]) -> Iterator[str]:
    """Every line of ours that matches."""
    for path in files():
        if short(path) in SPEAKS_OF_PATHS:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if pattern.search(line):
                yield f"{short(path)}:{number}"


def files() -> Iterator[Path]:
    """Every text file of the checkout; in a worktree ``.git`` is a file, and git's own."""
    top = (path for path in ROOT.iterdir() if path.name != ".git")
    yield from (path for path in top if path.is_file() and path.suffix in TEXT)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in TEXT and not ELSEWHERE & set(path.parts):
                yield path
