"""A copy of one moment: whatever the writer does meanwhile, it is a state that there was."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from indexer.log.disk import OsDisk
from indexer.model.errors import LogCorrupt, Overloaded, SnapshotCorrupt
from indexer.store import moment
from indexer.store.generations import Generations
from indexer.store.moment import copy_index
from tests.indexer.store.busy_writer import (
    PEOPLE,
    SALES,
    Writer,
    recovered_from,
    values_after,
)

COPIES, COPIES_OF_TORTURE = 25, 1_000
STEPS = 60


@contextmanager
def working(folder: Path) -> Iterator[Path]:
    """A process that writes there until the block ends; gives the file of what it acknowledged."""
    told = folder.with_name("acknowledged")
    told.write_bytes(b"")
    process = subprocess.Popen([sys.executable, "-m", "tests.indexer.store.busy_writer", folder])
    try:
        yield told
        assert process.poll() is None, "the writer has ended by itself"
    finally:
        process.kill()
        process.wait()


def acknowledged(told: Path) -> int:
    """The last step that was acknowledged; 0 before the first."""
    return int(told.read_bytes() or b"0")


def written(folder: Path, steps: int = STEPS) -> Path:
    """A folder in which so many steps were done."""
    writer = Writer(folder)
    for step in range(1, steps + 1):
        writer.do(step)
    return folder


def copied(folder: Path, target: Path) -> Path:
    """A copy, made there."""
    target.mkdir()
    copy_index(folder, target, OsDisk())
    return target


def test_a_copy_beside_a_busy_writer_is_a_state_that_there_was(
    tmp_path: Path, torture_size: Callable[[int, int], int]
) -> None:
    """Everything acknowledged before it began, nothing in part, and no load without its records."""
    moments = []
    with working(tmp_path / "data") as told:
        while acknowledged(told) < STEPS:
            pass
        for number in range(torture_size(COPIES, COPIES_OF_TORTURE)):
            target = tmp_path / f"copy{number}"
            before = acknowledged(told)
            target.mkdir()
            found = copy_index(tmp_path / "data", target, OsDisk())
            moments.append((before, found.sequence, target))

    for before, sequence, target in moments:
        last, values = recovered_from(target)
        assert before <= sequence == last
        assert {name: values_after(name, last) for name in (PEOPLE, SALES)} == values


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("inner", ["_copy_newest", "_generation", "_standing", "copy_file"])
def test_a_writer_that_goes_on_in_between_changes_nothing(
    inner: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loads, generations that go and segments that are cut, at any point of the copying."""
    writer = Writer(tmp_path / "data")
    for step in range(1, STEPS + 1):
        writer.do(step)
    coming = iter(range(STEPS + 1, STEPS + 1 + steps))
    real = getattr(moment, inner)

    def interrupted(*arguments: Any) -> Any:
        for step in coming:
            writer.do(step)
        return real(*arguments)

    monkeypatch.setattr(moment, inner, interrupted)

    copy = copied(tmp_path / "data", tmp_path / "copy")

    last, values = recovered_from(copy)
    assert last in (STEPS, STEPS + steps)
    assert {name: values_after(name, last) for name in (PEOPLE, SALES)} == values


def test_a_damaged_generation_is_passed_over(tmp_path: Path) -> None:
    """As a start would: the one before it and the log give the same."""
    folder = written(tmp_path / "data", steps=17)
    newest = max((folder / "datasets" / "d-people").glob("gen-*"))
    (newest / "data.mdb").write_bytes(bytes(9_000))

    copy = copied(folder, tmp_path / "copy")

    assert not (copy / "datasets" / "d-people" / newest.name).exists()
    assert recovered_from(folder) == recovered_from(copy)


def test_a_dataset_without_a_good_generation_is_no_backup(tmp_path: Path) -> None:
    """Rather than one that lacks it."""
    folder = written(tmp_path / "data")
    for generation in (folder / "datasets" / "d-people").glob("gen-*"):
        (generation / "MANIFEST.json").unlink()

    with pytest.raises(SnapshotCorrupt, match="d-people"):
        copied(folder, tmp_path / "copy")


def test_a_damaged_log_is_no_backup(tmp_path: Path) -> None:
    """A frame that was acknowledged is not taken for one that was torn."""
    folder = written(tmp_path / "data", steps=9)
    newest = max((folder / "log").glob("*.log"))
    data = bytearray(newest.read_bytes())
    data[80] ^= 1
    newest.write_bytes(data)

    with pytest.raises(LogCorrupt, match="damaged"):
        copied(folder, tmp_path / "copy")


def test_a_torn_end_of_the_log_is_left_behind(tmp_path: Path) -> None:
    """It was never acknowledged."""
    folder = written(tmp_path / "data", steps=10)
    expected = recovered_from(folder)
    newest = max((folder / "log").glob("*.log"))
    newest.write_bytes(newest.read_bytes() + b"torn" + bytes(2_000))

    copy = copied(folder, tmp_path / "copy")

    assert expected == recovered_from(copy)
    assert b"torn" not in max((copy / "log").glob("*.log")).read_bytes()


def test_a_writer_that_never_stands_still_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many tries, and not never."""
    folder = written(tmp_path / "data", steps=10)
    store = Generations(folder)

    def moves_on(*_: object) -> None:
        store.repeat(PEOPLE)

    monkeypatch.setattr(moment, "_copy_newest", moves_on)
    monkeypatch.setattr(moment, "TRIES_MAX", 3)

    with pytest.raises(Overloaded, match="try again"):
        copied(folder, tmp_path / "copy")
