"""The tutorial does what it says, from its first cell to its last."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.repo.sources import ROOT

TUTORIAL = ROOT / "evaluator" / "tutorial.ipynb"


def cells(kind: str) -> list[dict[str, Any]]:
    """The tutorial's cells of one kind."""
    told: list[dict[str, Any]] = json.loads(TUTORIAL.read_text("utf-8"))["cells"]
    return [cell for cell in told if cell["cell_type"] == kind]


def test_the_tutorial_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every code cell, in an empty folder; its numbers are those that plain Python finds."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in cells("code"):
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)

    rows = names["people"].to_pylist()
    picked = [
        row for row in rows
        if (row["state"] == "CA" or row["since"].isoformat() >= "2025-04-01") and row["spent"] < 250
    ]  # fmt: skip
    assert (1_000, 1_000) == (names["loaded"].created, names["count"].total)
    assert len(picked) == names["table"].num_rows == names["streamed"] == names["saved"]
    assert len(picked) == len(names["bitmap"]) == names["named"].num_rows
    assert (2, 251) == (names["applied"].applied, names["after"])
    assert {row["id"] for row in picked} == set(names["named"].column("key").to_pylist())


def test_the_tutorial_is_stored_without_outputs() -> None:
    """So that a change of it shows as one; and it explains before it does."""
    stored = [cell for cell in cells("code") if cell["outputs"] or cell["execution_count"]]

    assert [] == stored
    assert 5 <= len(cells("markdown"))
