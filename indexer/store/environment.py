"""Blobs in a file of LMDB: written in one transaction, checked again as they lie there, read.

The caller has verified a file before it is read here.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import lmdb

from indexer.model.errors import SnapshotCorrupt
from indexer.store.blob import opened, seal_of, sealed
from indexer.store.files import size_of
from indexer.store.manifest import DATA, HINT, Manifest, content_digest, verified

MAP_SLACK_BYTES = 16 * 2**20
"""Room for LMDB's own pages beside the data."""

Seals = dict[str, bytes]
ReadBlob = Callable[[str], bytes]


def fill(folder: Path, blobs: Iterable[tuple[str, bytes]]) -> Seals:
    """Write the blobs, synced; the seal of each. Raises: OSError, lmdb.Error."""
    framed = sorted(
        ((name.encode(), sealed(data)) for name, data in blobs), key=lambda each: each[0]
    )
    needed = sum(len(data) for _, data in framed)
    if shutil.disk_usage(folder).free < needed + MAP_SLACK_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # Never a writable map: a full disk would then end the process with a signal.
    environment = lmdb.open(
        str(folder), map_size=2 * needed + MAP_SLACK_BYTES, sync=False, lock=False
    )
    with closing(environment):
        with environment.begin(write=True) as transaction:
            for name, data in framed:
                transaction.put(name, data, append=True)
        environment.sync(True)
    return {name.decode(): seal_of(data) for name, data in framed}


def seals_in(folder: Path) -> Seals:
    """The seals of all blobs, each blob held against its own. Raises: SnapshotCorrupt."""
    seals = {}
    with _transaction(folder) as transaction:
        for name, data in transaction.cursor():
            opened(data, name.decode())
            seals[name.decode()] = seal_of(data)
    return seals


@contextmanager
def reading(folder: Path) -> Iterator[ReadBlob]:
    """A reader of blobs, for as long as the block runs. It raises: SnapshotCorrupt."""
    with _transaction(folder) as transaction:
        yield lambda name: opened(transaction.get(name.encode()), name)


@contextmanager
def _transaction(folder: Path) -> Iterator["lmdb.Transaction[bytes]"]:
    size = size_of(folder / DATA)
    environment = lmdb.open(str(folder), readonly=True, lock=False, map_size=size)
    with closing(environment), environment.begin(buffers=False) as transaction:
        yield transaction


def looked_through(folder: Path) -> Manifest:
    """The manifest of a generation of which everything was read: file, blobs, what they sum to.

    Raises: SnapshotCorrupt, naming the folder.
    """
    manifest = verified(folder)
    try:
        seals = seals_in(folder)
    except (lmdb.Error, ValueError) as error:
        raise SnapshotCorrupt(f"generation {folder} can't be understood: {HINT}") from error
    except SnapshotCorrupt as error:
        raise SnapshotCorrupt(f"generation {folder}: {error.message}") from error
    if manifest.content and manifest.content != content_digest(seals):
        raise SnapshotCorrupt(f"generation {folder} does not hold what it says: {HINT}")
    return manifest
