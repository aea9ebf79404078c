"""Looks at everything in a data folder, and repairs what can be repaired without losing anything.

Nothing is repaired beside a running service, and nothing that still holds data is removed.
"""

import shutil
from collections.abc import Iterator

from gateway.catalogue.file import faults_in
from gateway.folder import DataFolder
from gateway.upkeep.findings import Finding, Report
from gateway.upkeep.places import catalogue_file, datasets_of, is_there, log_of
from gateway.upkeep.snapshots import look_at_datasets
from indexer.log.change_log import ChangeLog
from indexer.log.disk import OsDisk
from indexer.log.recovery import Recovered, recovered
from indexer.log.segment import UNFINISHED, name_of
from indexer.model.errors import BadShape, FolderInUse, LogCorrupt
from indexer.store.folder import RESTORING, FolderLock
from indexer.store.guard import BALLAST, DiskGuard, GuardLimits, Room, room_on
from indexer.store.moment import look_through_log


def examine(folder: DataFolder, *, repair: bool) -> Report:
    """Verify everything in the folder. Beside a running service nothing is repaired.

    Cost: reads every byte once. Raises: BadShape where there is no data, FolderInUse when a
    repair is asked for beside a running service.
    """
    if not is_there(folder) and not (folder.root / RESTORING).exists():
        raise BadShape(f"there is no data in {folder.root}: choose a folder with --data")
    lock, running = FolderLock(folder.root), False
    try:
        lock.hold()
    except FolderInUse:
        if repair:
            raise
        running = True
    try:
        return _examined(folder, repair=repair, running=running)
    finally:
        lock.release()


def _examined(folder: DataFolder, *, repair: bool, running: bool) -> Report:
    log, log_findings = _log(folder, repair=repair, running=running)
    datasets = look_at_datasets(datasets_of(folder), log, repair=repair, running=running)
    findings = [
        *_restoring(folder),
        *datasets.findings,
        *log_findings,
        *_catalogue(folder),
        *_disk(folder, repair=repair),
    ]
    changes = log.last - log.firsts[0] + 1 if log.firsts else 0
    return Report(tuple(findings), datasets.count, datasets.good, changes, running)


def _restoring(folder: DataFolder) -> Iterator[Finding]:
    if (folder.root / RESTORING).exists():
        yield Finding(
            RESTORING, "half_restored", "a backup was half restored, so nothing starts here",
            "empty the folder and restore it again",
        )  # fmt: skip


def _log(folder: DataFolder, *, repair: bool, running: bool) -> tuple[Recovered, list[Finding]]:
    log, disk = log_of(folder), OsDisk()
    if not log.is_dir():
        return Recovered(), []
    try:
        found = look_through_log(log, disk) if running else recovered(log, disk)
    except LogCorrupt as error:
        hint = "keep a copy of the folder and restore a backup"
        return Recovered(), [Finding(log.name, "damaged_log", error.message, hint)]
    findings = [] if running else [*_torn(folder, found), *_unfinished(folder)]
    if findings and repair:
        ChangeLog.open(log, disk).close()
    return found, [finding.when(repaired=repair) for finding in findings]


def _torn(folder: DataFolder, found: Recovered) -> Iterator[Finding]:
    if not found.firsts:
        return
    newest = log_of(folder) / name_of(found.firsts[-1])
    with newest.open("rb") as source:
        source.seek(found.end)
        torn = any(any(block) for block in iter(lambda: source.read(2**20), b""))
    if torn:
        yield Finding(
            f"{newest.parent.name}/{newest.name}", "torn_tail",
            f"something unfinished follows change {found.last}, as a crash leaves it",
            "the next start cuts it off, or --repair does", serious=False,
        )  # fmt: skip


def _unfinished(folder: DataFolder) -> Iterator[Finding]:
    for path in sorted(log_of(folder).glob(f"*{UNFINISHED}")):
        yield Finding(
            f"{path.parent.name}/{path.name}", "leftover",
            "was being written when the process ended",
            "it is not used; the next start removes it, or --repair does", serious=False,
        )  # fmt: skip


def _catalogue(folder: DataFolder) -> Iterator[Finding]:
    file = catalogue_file(folder)
    if file.exists() and (faults := faults_in(file)):
        yield Finding(
            f"{file.parent.name}/{file.name}", "damaged_catalogue",
            f"SQLite finds {faults} things wrong in it",
            "put the catalogue's folder of a backup in its place",
        )  # fmt: skip


def _disk(folder: DataFolder, *, repair: bool) -> Iterator[Finding]:
    usage, limits = shutil.disk_usage(folder.root), GuardLimits()
    room = room_on(usage.free, usage.total, limits)
    if room < Room.PLENTY:
        yield Finding(
            ".", "little_room", f"{usage.free / usage.total:.0%} of the disk is free",
            "free some space: imports are refused first, then changes", serious=False,
        )  # fmt: skip
    ballast, wanted = folder.root / BALLAST, limits.ballast_on(usage.total)
    held = ballast.stat().st_size if ballast.exists() else 0
    if held < wanted:
        if repair:
            DiskGuard(folder.root)
        yield Finding(
            BALLAST, "no_ballast", "the room kept for a full disk is not there",
            "a service makes it when there is space, or --repair does",
            serious=False, repaired=repair and ballast.exists(),
        )  # fmt: skip
