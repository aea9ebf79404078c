"""The doctor's look at datasets: every generation read as a whole, and what points to them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.upkeep.findings import Finding
from indexer.log.recovery import Recovered
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.store.environment import looked_through
from indexer.store.files import TMP, discard, replace_file, sync_folder
from indexer.store.manifest import Manifest
from indexer.store.places import (
    CURRENT,
    NAME,
    dataset_name,
    generations_in,
    home_name,
    homes_in,
    named_current,
)

DAMAGED = ".damaged"
"""Ends the name of a generation that was moved aside; a number follows when there are several."""


@dataclass(slots=True)
class Datasets:
    """What was seen of them."""

    count: int = 0
    good: int = 0
    """Generations."""
    findings: list[Finding] = field(default_factory=list)


def look_at_datasets(datasets: Path, log: Recovered, *, repair: bool, running: bool) -> Datasets:
    """Look at every dataset; ``running`` when a service may be writing meanwhile.

    ``log`` says which changes are in the log, should a snapshot that has them be damaged.
    """
    seen = Datasets()
    for home in homes_in(datasets):
        good, damaged = _sorted_out(home)
        seen.good += len(good)
        seen.count += bool(good or damaged)
        found = [
            *_damaged(damaged, good, log, repair=repair),
            *_name(home, good, repair=repair),
            *([] if running else _pointer(home, good, repair=repair)),
            *_set_aside(home),
        ]
        seen.findings += found
    if not running:
        seen.findings += _leftovers(datasets, repair=repair)
    return seen


def _sorted_out(home: Path) -> tuple[dict[Path, Manifest], dict[Path, SnapshotCorrupt]]:
    """Good and damaged generations, oldest first; one that goes meanwhile is neither."""
    good: dict[Path, Manifest] = {}
    damaged: dict[Path, SnapshotCorrupt] = {}
    for folder in generations_in(home):
        try:
            good[folder] = looked_through(folder)
        except SnapshotCorrupt as error:
            if folder.exists():
                damaged[folder] = error
    return good, damaged


def _damaged(
    damaged: dict[Path, SnapshotCorrupt],
    good: dict[Path, Manifest],
    log: Recovered,
    *,
    repair: bool,
) -> Iterator[Finding]:
    for folder, error in damaged.items():
        if not good:
            hint, whole = "no good one is left: restore a backup, or import again", False
        elif folder < max(good):
            hint, whole = "a newer one is good; --repair moves this one aside", True
        else:
            since = good[max(good)].sequence
            whole = bool(log.firsts) and log.firsts[0] <= since + 1
            hint = (
                "the one before it and the change log have all of it; --repair moves it aside"
                if whole
                else f"what was changed after {since} is in no other file: restore a backup, or "
                "import again"
            )
        if repair and good:
            _move_aside(folder)
        yield Finding(
            _short(folder), "damaged_snapshot", error.message, hint, repaired=repair and whole
        )


def _name(home: Path, good: dict[Path, Manifest], *, repair: bool) -> Iterator[Finding]:
    try:
        dataset_name(home)
    except SnapshotCorrupt as error:
        if not generations_in(home):
            return
        names = [DatasetName(each.dataset) for each in good.values()]
        known = [name for name in names if home_name(name) == home.name]
        if repair and known:
            replace_file(home / NAME, known[-1].encode())
        hint = "--repair writes it from the snapshot" if known else "move the folder away"
        yield Finding(
            _short(home / NAME), "lost_name", error.message, hint,
            repaired=repair and bool(known),
        )  # fmt: skip


def _pointer(home: Path, good: dict[Path, Manifest], *, repair: bool) -> Iterator[Finding]:
    named = named_current(home)
    if not good or named == (newest := max(good).name):
        return
    # A crash between two renames leaves an older one named, or none yet.
    crash = home / named in good if named is not None else not (home / CURRENT).exists()
    if repair:
        replace_file(home / CURRENT, newest.encode())
    yield Finding(
        _short(home / CURRENT), "stale_pointer", f"does not name the newest snapshot, {newest}",
        "the newest is used all the same; --repair names it", serious=not crash, repaired=repair,
    )  # fmt: skip


def _set_aside(home: Path) -> Iterator[Finding]:
    for path in sorted(home.glob(f"*{DAMAGED}*")):
        yield Finding(
            _short(path), "set_aside", "a damaged snapshot that was moved aside",
            "remove it when nobody wants to look at it any more", serious=False,
        )  # fmt: skip


def _leftovers(datasets: Path, *, repair: bool) -> Iterator[Finding]:
    left = sorted([*datasets.glob(f"*{TMP}"), *datasets.glob(f"*/*{TMP}")])
    empty = [
        home
        for home in homes_in(datasets)
        if not generations_in(home) and {path.name for path in home.iterdir()} <= {NAME, CURRENT}
    ]
    for path in [*left, *empty]:
        if repair and path.is_dir():
            discard(path)
        elif repair:
            path.unlink(missing_ok=True)
        yield Finding(
            _short(path), "leftover", "was being written or removed when the process ended",
            "it is not used; --repair removes it", serious=False, repaired=repair,
        )  # fmt: skip


def _move_aside(folder: Path) -> None:
    target, number = folder.with_name(folder.name + DAMAGED), 1
    while target.exists():
        number += 1
        target = folder.with_name(f"{folder.name}{DAMAGED}{number}")
    shutil.move(folder, target)
    sync_folder(folder.parent)


def _short(path: Path) -> str:
    """Within the data folder."""
    parts = path.parts
    return "/".join(parts[len(parts) - parts[::-1].index("datasets") - 1 :])
