"""The few things the log asks of a disk, so that a test can be the disk."""

import os
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Files by path, open ones by a number. Every method may raise OSError.

    Nothing is durable before ``sync`` (what is in a file) and ``sync_folder`` (which files there
    are). A write may be short; that is for the caller to notice.
    """

    def make_folder(self, folder: Path) -> None:
        """The folder is there afterwards, its name as durable as its parent's."""
        ...

    def names(self, folder: Path) -> list[str]:
        """The files of a folder, in any order."""
        ...

    def size(self, path: Path) -> int:
        """Bytes of a file."""
        ...

    def create(self, path: Path) -> int:
        """Open for reading and writing, empty: a file that was there is emptied."""
        ...

    def open(self, path: Path) -> int:
        """Open a file that is there for reading and writing."""
        ...

    def close(self, handle: int) -> None:
        """Let go of an open file. Writes nothing that a sync would."""
        ...

    def preallocate(self, handle: int, size: int) -> None:
        """The file has at least this size afterwards, and room on the disk; new bytes are zero."""
        ...

    def write(self, handle: int, data: bytes, offset: int) -> int:
        """How many bytes were written, from the first one on; all of them if the disk is well."""
        ...

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """That many bytes; fewer only where the file ends."""
        ...

    def truncate(self, handle: int, size: int) -> None:
        """The file has exactly this size afterwards."""
        ...

    def sync(self, handle: int) -> None:
        """What was written to the file, and its size, is durable. Never ask again after a fault."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Which files there are, by which names, is durable."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """The file has the new name alone; one that had it before is gone. All or nothing."""
        ...

    def remove(self, path: Path) -> None:
        """The file is gone."""
        ...


class OsDisk:
    """The disk of this machine."""

    def make_folder(self, folder: Path) -> None:
        """With its parents, each synced where it is new."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for each in missing:
            self.sync_folder(each.parent)

    def names(self, folder: Path) -> list[str]:
        """As the folder lists them."""
        return os.listdir(folder)  # noqa: PTH208 - names, not paths

    def size(self, path: Path) -> int:
        """As the file system says."""
        return path.stat().st_size

    def create(self, path: Path) -> int:
        """Readable by its owner alone."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def open(self, path: Path) -> int:
        """Without making it."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self, handle: int) -> None:
        """Nothing is synced by it."""
        os.close(handle)

    def preallocate(self, handle: int, size: int) -> None:
        """Blocks are taken now, so that a write finds room."""
        os.posix_fallocate(handle, 0, size)

    def write(self, handle: int, data: bytes, offset: int) -> int:
        """In one call, at its place."""
        return os.pwrite(handle, data, offset)

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """In as many calls as it takes."""
        got = os.pread(handle, size, offset)
        if len(got) == size:
            return got
        # One call gives at most 2 GiB, and less when it is interrupted.
        parts = [got]
        while got:
            offset, size = offset + len(got), size - len(got)
            got = os.pread(handle, size, offset)
            parts.append(got)
        return b"".join(parts)

    def truncate(self, handle: int, size: int) -> None:
        """Blocks behind it are free again."""
        os.ftruncate(handle, size)

    def sync(self, handle: int) -> None:
        """With ``fdatasync``: times may be lost, the size is not."""
        os.fdatasync(handle)

    def sync_folder(self, folder: Path) -> None:
        """With ``fsync``."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        """As the file system does it, atomically."""
        old.rename(new)

    def remove(self, path: Path) -> None:
        """Its blocks go with the last handle."""
        path.unlink()
