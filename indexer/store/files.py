"""Files and folders that survive a power cut: written whole, synced, renamed, their folder synced.

Knows nothing of what is in them. An ``OSError`` of any of these is the disk's.
"""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

import xxhash

from indexer.model.errors import DiskFull

TMP = ".tmp"
"""Ends the name of whatever isn't whole yet, or is on its way out."""

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_BLOCK_BYTES = 4 * 2**20


def replace_file(path: Path, data: bytes) -> None:
    """Put the file there whole: a reader sees the old one or the new one, also after a cut."""
    building = path.with_name(path.name + TMP)
    with building.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    building.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def size_of(file: Path) -> int:
    """Bytes of a file."""
    return file.stat().st_size


def digest_of(file: Path) -> str:
    """xxh3-128 of a file's bytes, in hex; read block by block, never mapped."""
    digest = xxhash.xxh3_128()
    with file.open("rb") as source:
        while block := source.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def forget_cached(file: Path) -> None:
    """Have the next reader ask the disk and not memory. The file must be synced."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


def copy_file(source: int, target: Path) -> tuple[int, str]:
    """Copy an open file from its beginning, synced; how many bytes, and their xxh3-128."""
    digest, size = xxhash.xxh3_128(), 0
    with target.open("xb") as written:
        while block := os.pread(source, _BLOCK_BYTES, size):
            digest.update(block)
            written.write(block)
            size += len(block)
        written.flush()
        os.fsync(written.fileno())
    return size, digest.hexdigest()


def discard(folder: Path) -> None:
    """Remove a folder at once for every reader, then its files; as far as the disk lets us."""
    going = folder if folder.suffix == TMP else folder.with_name(folder.name + TMP)
    with suppress(OSError):
        if going != folder:
            shutil.rmtree(going, ignore_errors=True)
            folder.rename(going)
        shutil.rmtree(going)


def disk_full(error: Exception, folder: Path) -> Exception:
    """What to raise for an error of writing there; what is no disk's fault stays what it is."""
    if isinstance(error, OSError) and error.errno not in _DISK_ERRORS:
        return error
    return DiskFull(
        f"the disk that holds {folder} is full or broken ({error}): free some space and try "
        "again; nothing that was there is lost"
    )
