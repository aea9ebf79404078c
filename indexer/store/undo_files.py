"""What loads changed, on disk: to roll them back, and to know which ones were done.

    DIR/imports/undo/DIGEST/load.json       dataset, idempotency key, what the load did, schema
    DIR/imports/undo/DIGEST/created.arrow   and changed, removed: Arrow streams, one a batch
    DIR/imports/undo/DIGEST/undone.json     what rolling it back did

Each is written before the step that it tells of is published, and names that step's sequence: at
the next start, what tells of a step that was never published is thrown away.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow as pa
import xxhash

from indexer.api import Loaded
from indexer.dataset.undo import Undo
from indexer.model.errors import CannotRollBack, SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.model.schema import Schema
from indexer.store.files import disk_full, replace_file, sync_folder

T = TypeVar("T")

UNDO_FOLDER = Path("imports") / "undo"
"""Where they are in a data folder."""

NOT_KEPT = "what that import changed is not kept, or not any more"
"""Why a load that nobody remembers can't be rolled back."""

_LOAD, _UNDONE = "load.json", "undone.json"
_PARTS = ("created", "changed", "removed")


class Known(msgspec.Struct, frozen=True):
    """A load that was done. ``kept`` is false where it changed too much to be rolled back."""

    dataset: DatasetName
    key: str
    loaded: Loaded
    schema: Schema
    kept: bool = True


def undo_files(folder: Path | None, limits: IndexLimits) -> "UndoFiles | None":
    """Those of a data folder; None without one."""
    return None if folder is None else UndoFiles(folder / UNDO_FOLDER, limits)


class UndoFiles:
    """The loads that are remembered, in one folder. One writer."""

    def __init__(self, folder: Path, limits: IndexLimits) -> None:
        self._folder = folder
        self._limits = limits
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def settle(self, sequence: int) -> None:
        """Forget what tells of a later step than this one, which was the last."""
        for home in list(self._folder.iterdir()):
            known = _read(home / _LOAD, Known)
            if known is None or known.loaded.sequence > sequence:
                shutil.rmtree(home, ignore_errors=True)
                continue
            undone = _read(home / _UNDONE, Loaded)
            if undone is not None and undone.sequence > sequence:
                (home / _UNDONE).unlink()

    def known(self, dataset: DatasetName, key: str) -> Known | None:
        """The load of that key."""
        return _read(self._home(dataset, key) / _LOAD, Known)

    def undone(self, dataset: DatasetName, key: str) -> Loaded | None:
        """What rolling that load back did, if it was."""
        return _read(self._home(dataset, key) / _UNDONE, Loaded)

    def keep(self, dataset: DatasetName, key: str, loaded: Loaded, undo: Undo) -> None:
        """Remember a load; the oldest ones go. Raises: DiskFull, and then nothing is kept."""
        home = self._home(dataset, key)
        building = home.with_suffix(".tmp")
        try:
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o700)
            kept = self._fill(building, undo)
            known = Known(dataset, key, loaded, undo.schema, kept)
            replace_file(building / _LOAD, msgspec.json.encode(known))
            shutil.rmtree(home, ignore_errors=True)
            building.rename(home)
            sync_folder(self._folder)
        except OSError as error:
            shutil.rmtree(building, ignore_errors=True)
            raise disk_full(error, self._folder) from error
        self._thin_out()

    def keep_undone(self, dataset: DatasetName, key: str, undone: Loaded) -> None:
        """Remember that a load is rolled back. Raises: DiskFull."""
        try:
            replace_file(self._home(dataset, key) / _UNDONE, msgspec.json.encode(undone))
        except OSError as error:
            raise disk_full(error, self._folder) from error

    def forget(self, dataset: DatasetName, key: str) -> None:
        """Don't remember that load: its step was not published."""
        shutil.rmtree(self._home(dataset, key), ignore_errors=True)

    def forget_undone(self, dataset: DatasetName, key: str) -> None:
        """Don't remember that it was rolled back."""
        (self._home(dataset, key) / _UNDONE).unlink(missing_ok=True)

    def forget_values(self, dataset: DatasetName) -> None:
        """Remember what the dataset's loads did, but nothing to put back. Raises: DiskFull."""
        for home in list(self._folder.iterdir()):
            known = _read(home / _LOAD, Known)
            if known is None or known.dataset != dataset:
                continue
            try:
                forgotten = msgspec.structs.replace(known, kept=False)
                replace_file(home / _LOAD, msgspec.json.encode(forgotten))
                for part in _PARTS:
                    (home / f"{part}.arrow").unlink(missing_ok=True)
                sync_folder(home)
            except OSError as error:
                raise disk_full(error, self._folder) from error

    def undo(self, dataset: DatasetName, key: str) -> Undo:
        """What to put back. Raises: CannotRollBack."""
        known = self.known(dataset, key)
        if known is None:
            raise CannotRollBack(NOT_KEPT)
        if not known.kept:
            raise CannotRollBack(
                "that import changed too much for it to be kept, or records were erased since"
            )
        home = self._home(dataset, key)
        created, changed, removed = (_batches(home / f"{part}.arrow") for part in _PARTS)
        return Undo(known.schema, created, changed, removed)

    def _fill(self, folder: Path, undo: Undo) -> bool:
        """Write all batches; False, and none, where they are too large."""
        room = self._limits.undo_bytes_max
        for part, batches in zip(_PARTS, (undo.created, undo.changed, undo.removed), strict=True):
            with (folder / f"{part}.arrow").open("wb") as file:
                for batch in batches:
                    with pa.ipc.new_stream(file, batch.schema) as stream:
                        stream.write_batch(batch)
                    if file.tell() > room:
                        break
                room -= file.tell()
                file.flush()
                os.fsync(file.fileno())
            if room < 0:
                for name in _PARTS:
                    (folder / f"{name}.arrow").unlink(missing_ok=True)
                return False
        return True

    def _thin_out(self) -> None:
        held = []
        for home in self._folder.iterdir():
            known = _read(home / _LOAD, Known)
            held.append((known.loaded.sequence if known else -1, home))
        held.sort(reverse=True)
        total = 0
        for place, (_, home) in enumerate(held):
            total += sum(file.stat().st_size for file in home.iterdir())
            if place >= self._limits.undos_max or (place and total > self._limits.undos_bytes_max):
                shutil.rmtree(home, ignore_errors=True)

    def _home(self, dataset: DatasetName, key: str) -> Path:
        return self._folder / xxhash.xxh3_128_hexdigest(f"{dataset}\0{key}".encode())


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(0)
            while file.tell() < end:
                with pa.ipc.open_stream(file) as stream:
                    yield from stream
    except (OSError, pa.ArrowException) as error:
        raise SnapshotCorrupt(f"{path} can't be read: that import can't be rolled back") from error


def _read(path: Path, type_: type[T]) -> T | None:
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path.read_bytes(), type=type_)
    return None
