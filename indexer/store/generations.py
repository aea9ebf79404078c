"""Generations: whole datasets on disk, each in a folder that is complete or not there.

    DIR/datasets/d-NAME/gen-00000007/{data.mdb, MANIFEST.json}
    DIR/datasets/d-NAME/CURRENT            the newest generation's folder name
    DIR/datasets/d-NAME/NAME               the dataset's name, as it is

A generation is built beside the others under a ``.tmp`` name, synced, described by a manifest
with the digest of its file, renamed into place; then CURRENT is replaced the same way. A reader
checks the digest before LMDB opens the file. The newest and the one it replaced are kept.
"""

import errno
import json
import os
import re
import shutil
import struct
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import lmdb
import xxhash

from indexer.dataset.view import DatasetView
from indexer.model.errors import DiskFull, SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.store.blob import FORMAT_VERSION, opened, sealed
from indexer.store.datasets import blobs_of, view_of

QUOTED_MAX = 200
"""File names end at 255 bytes; a longer dataset name goes by its digest."""
MAP_SLACK_BYTES = 16 * 2**20
"""Room for LMDB's own pages beside the data."""

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_GENERATION = re.compile(rb"gen-[0-9]{8}")
_READ_BYTES = 4 * 2**20


class Generations:
    """The datasets of one data folder. One writer; nothing stays open between calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "datasets"
        self._folder.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[DatasetName]:
        """Datasets with at least one whole generation, sorted. Raises: SnapshotCorrupt."""
        return sorted(
            self._name(path) for path in self._folder.glob("d-*") if (path / "CURRENT").exists()
        )

    def write(self, view: DatasetView, sequence: int) -> None:
        """Write the view as the newest generation. Raises: DiskFull, leaving the older ones."""
        home = self._home(view.schema.name)
        number = max((int(path.name[4:]) for path in _whole(home)), default=0) + 1
        target = home / f"gen-{number:08d}"
        building = target.with_suffix(".tmp")
        shutil.rmtree(building, ignore_errors=True)
        try:
            building.mkdir(parents=True)
            before = _current(home) if (home / "CURRENT").exists() else None
            if not (home / "NAME").exists():
                _replace(home / "NAME", view.schema.name.encode())
            _fill(building, view, sequence)
            _describe(building, view, sequence, number)
            building.rename(target)
            _sync_folder(home)
            _replace(home / "CURRENT", target.name.encode())
        except (OSError, lmdb.Error) as error:
            shutil.rmtree(building, ignore_errors=True)
            raise _disk_full(error, self._folder) from error
        for old in _whole(home):
            if old.name not in (target.name, before):
                shutil.rmtree(old, ignore_errors=True)

    def read(self, name: DatasetName, limits: IndexLimits) -> tuple[DatasetView, int]:
        """The newest generation and its sequence. Raises: SnapshotCorrupt."""
        home = self._home(name)
        folder = home / _current(home)
        file = folder / "data.mdb"
        _verify(folder, file)
        try:
            view, sequence = _read(folder, limits)
        except (lmdb.Error, ValueError, LookupError, TypeError, struct.error) as error:
            # Whole, but not as this program writes it.
            raise SnapshotCorrupt(f"generation {folder} can't be understood") from error
        except SnapshotCorrupt as error:
            raise SnapshotCorrupt(f"generation {folder}: {error.message}") from error
        if view.schema.name != name:
            raise SnapshotCorrupt(f"generation {folder} is one of another dataset: move it away")
        return view, sequence

    def _name(self, home: Path) -> DatasetName:
        try:
            name = DatasetName((home / "NAME").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SnapshotCorrupt(f"{home}/NAME, the dataset's name, can't be read") from error
        if self._home(name) != home:
            raise SnapshotCorrupt(f"{home} is the folder of another dataset: move it away")
        return name

    def _home(self, name: DatasetName) -> Path:
        quoted = quote(name, safe="")
        if len(quoted) > QUOTED_MAX:
            # No quoted name has a bare equals sign.
            quoted = f"={xxhash.xxh3_128_hexdigest(name.encode())}"
        return self._folder / f"d-{quoted}"


def _read(folder: Path, limits: IndexLimits) -> tuple[DatasetView, int]:
    size = _size(folder / "data.mdb")
    environment = lmdb.open(str(folder), readonly=True, lock=False, map_size=size)
    with closing(environment), environment.begin(buffers=False) as transaction:

        def read(blob: str) -> bytes:
            return opened(transaction.get(blob.encode()), blob)

        return view_of(read, limits)


def _current(home: Path) -> str:
    named = (home / "CURRENT").read_bytes()
    if not _GENERATION.fullmatch(named):
        raise SnapshotCorrupt(
            f"{home}/CURRENT names no generation: write the name of the newest folder gen-... in it"
        )
    return named.decode()


def _fill(folder: Path, view: DatasetView, sequence: int) -> None:
    blobs = [(name, sealed(data)) for name, data in blobs_of(view, sequence)]
    needed = sum(len(data) for _, data in blobs)
    if shutil.disk_usage(folder).free < needed + MAP_SLACK_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # Never a writable map: a full disk would then end the process with a signal.
    environment = lmdb.open(
        str(folder), map_size=2 * needed + MAP_SLACK_BYTES, sync=False, lock=False
    )
    with closing(environment):
        with environment.begin(write=True) as transaction:
            for name, data in _by_key(blobs):
                transaction.put(name.encode(), data, append=True)
        environment.sync(True)


def _by_key(blobs: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return sorted(blobs, key=lambda blob: blob[0].encode())


def _describe(folder: Path, view: DatasetView, sequence: int, number: int) -> None:
    file = folder / "data.mdb"
    manifest = {
        "dataset": view.schema.name,
        "format": FORMAT_VERSION,
        "generation": number,
        "sequence": sequence,
        "records": view.records,
        "bytes": _size(file),
        "xxh3_128": _digest(file),
    }
    _replace(folder / "MANIFEST.json", json.dumps(manifest, indent=2).encode())


def _verify(folder: Path, file: Path) -> None:
    hint = f"move {folder.name!r} away and name the one before it in CURRENT, or import again"
    try:
        manifest = json.loads((folder / "MANIFEST.json").read_bytes())
        whole = manifest["bytes"] == _size(file) and manifest["xxh3_128"] == _digest(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotCorrupt(f"generation {folder} can't be read: {hint}") from error
    if not whole:
        raise SnapshotCorrupt(f"generation {folder} has changed since it was written: {hint}")


def _whole(home: Path) -> list[Path]:
    return sorted(path for path in home.glob("gen-*") if _GENERATION.fullmatch(path.name.encode()))


def _digest(file: Path) -> str:
    digest = xxhash.xxh3_128()
    with file.open("rb") as source:
        while block := source.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _size(file: Path) -> int:
    return file.stat().st_size


def _replace(path: Path, data: bytes) -> None:
    """Put the file there whole: a reader sees the old one or the new one."""
    building = path.with_name(path.name + ".tmp")
    with building.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    building.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _disk_full(error: Exception, folder: Path) -> Exception:
    if isinstance(error, OSError) and error.errno not in _DISK_ERRORS:
        return error
    return DiskFull(
        f"the disk that holds {folder} is full or broken ({error}): free some space and try "
        "again; nothing that was there is lost"
    )
