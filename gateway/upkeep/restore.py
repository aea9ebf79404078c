"""Puts a backup into an empty folder, after every byte of it was verified."""

import os
import shutil
from pathlib import Path

from gateway.folder import DataFolder
from gateway.upkeep.contents import BackedUpFile, Contents, verified_contents
from indexer.model.errors import BadShape, SnapshotCorrupt
from indexer.store.files import copy_file, disk_full, sync_folder
from indexer.store.folder import LOCK, RESTORING, FolderLock

NOT_DATA = (LOCK, "lost+found")
"""What may be in a folder that counts as empty."""


def restore(source: Path, folder: DataFolder) -> Contents:
    """Verify a backup, then copy it into a missing or empty folder; what it holds.

    Nothing starts on the folder before it is whole. Raises: SnapshotCorrupt, BadShape,
    FolderInUse, DiskFull.
    """
    _check_empty(folder.root)
    contents = verified_contents(source)
    lock = FolderLock(folder.root)
    lock.hold()
    try:
        _check_empty(folder.root)
        _put(source, folder.root, contents)
    except OSError as error:
        raise disk_full(error, folder.root) from error
    finally:
        lock.release()
    return contents


def _check_empty(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise BadShape(f"{root} is no folder: choose another with --data")
    held = sorted(path.name for path in root.iterdir()) if root.exists() else []
    if RESTORING in held:
        raise BadShape(f"a backup was half restored into {root}: empty the folder first")
    if set(held) - set(NOT_DATA):
        raise BadShape(f"{root} is not empty: choose a new folder with --data")


def _put(source: Path, root: Path, contents: Contents) -> None:
    staged = root / RESTORING
    staged.mkdir()
    try:
        for file in contents.files:
            _copy(source, staged, file)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    for path in (staged, *staged.rglob("*/")):
        sync_folder(path)
    for path in sorted(staged.iterdir()):
        path.rename(root / path.name)
    sync_folder(root)
    staged.rmdir()
    sync_folder(root)


def _copy(source: Path, staged: Path, file: BackedUpFile) -> None:
    target = staged / file.path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(source / file.path, os.O_RDONLY)
    try:
        copied = copy_file(handle, target)
    finally:
        os.close(handle)
    if copied != (file.bytes, file.xxh3_128):
        raise SnapshotCorrupt(f"{source} changes while it is restored: nothing was restored")
    target.chmod(0o600)
