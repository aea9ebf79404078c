"""Data folders, and the command line that works on them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ENDS_WITHIN_S = 120
CALIFORNIA = '{"field": "state", "op": "is", "value": "CA"}'


def cardinal(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """``cardinal`` with these arguments, in a process of its own."""
    command = [sys.executable, "-m", "gateway", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False
    )


def loaded(folder: Path, *, rows: int = 3, into: str = "people") -> Path:
    """A data folder into which a file of so many people, all Californians, was loaded."""
    file = folder.with_name(f"{into}.csv")
    file.write_text("id,state\n" + "".join(f"{key},CA\n" for key in range(rows)))
    ended = cardinal("load", file, "--into", into, "--key", "id", "--data", folder)
    assert 0 == ended.returncode, ended.stderr
    return folder


def count_in(folder: Path, dataset: str = "people") -> int:
    """How many Californians a data folder has."""
    ended = cardinal("count", dataset, CALIFORNIA, "--data", folder)
    assert 0 == ended.returncode, ended.stderr
    return int(ended.stdout)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def doctor(folder: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    """The doctor's exit code and report."""
    ended = cardinal("doctor", "--data", folder, "--json", *flags)
    assert "" == ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    return ended.returncode, report
