"""The data folder belongs to one process at a time, and to none while it is half restored."""

import fcntl
import os
from pathlib import Path

from indexer.model.errors import DiskFull, FolderInUse, SnapshotCorrupt

LOCK = "LOCK"
RESTORING = "restore.tmp"
"""Is there while a backup is put into the folder, and after that was interrupted."""


class FolderLock:
    """Held from ``take`` until ``release`` or the process's end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def take(self) -> None:
        """Create the folder if need be and lock it, to work in it.

        Raises: FolderInUse, DiskFull; SnapshotCorrupt where a backup was half restored.
        """
        self.hold()
        if (self._folder / RESTORING).exists():
            self.release()
            raise SnapshotCorrupt(
                f"a backup was half restored into {self._folder}: empty the folder and restore it "
                "again"
            )

    def hold(self) -> None:
        """Create the folder if need be and lock it, whatever is in it.

        Raises: FolderInUse, DiskFull.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DiskFull(
                f"the data folder {self._folder} can't be written ({error.strerror}): choose "
                "another with --data, or make room"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise FolderInUse(
                f"another process is using the data folder {self._folder}: stop it, or ask it "
                "with --connect ADDRESS"
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
