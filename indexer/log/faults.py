"""What a disk does wrong, sorted by what must follow: room can be made, a failed sync can't."""

import errno
import os
from pathlib import Path

from indexer.log.disk import Disk

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Nothing is broken; more room, and it works again."""


class SyncFailed(Exception):
    """What was written may be lost though it can still be read, and no second sync would tell."""


def sync(disk: Disk, handle: int) -> None:
    """Make a file durable. Raises: SyncFailed, after which nothing of it may be believed."""
    try:
        disk.sync(handle)
    except OSError as fault:
        raise SyncFailed(str(fault)) from fault


def sync_folder(disk: Disk, folder: Path) -> None:
    """Make the names of files durable. Raises: SyncFailed."""
    try:
        disk.sync_folder(folder)
    except OSError as fault:
        raise SyncFailed(str(fault)) from fault


def write(disk: Disk, handle: int, data: bytes, offset: int) -> None:
    """Write all of it. Raises: OSError; a short write is a full disk, and leaves its part there."""
    if disk.write(handle, data, offset) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
