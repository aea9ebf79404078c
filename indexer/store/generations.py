"""Generations: whole datasets on disk, each in a folder that is complete or not there.

    DIR/datasets/d-NAME/gen-00000007/{data.mdb, MANIFEST.json}
    DIR/datasets/d-NAME/CURRENT            the newest generation's folder name
    DIR/datasets/d-NAME/NAME               the dataset's name, as it is

A generation is built beside the others under a ``.tmp`` name, synced, described by a manifest
with the digest of its file, read again from the disk, renamed into place; then CURRENT is
replaced the same way. A reader checks the digest before LMDB opens the file.

The two newest good generations are kept. The newest good one counts, whatever CURRENT says:
CURRENT is for people and for telling that something is wrong. A damaged generation is stepped
over with an alarm and stays where it is until somebody repairs the folder.
"""

import os
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import lmdb
import msgspec
import structlog

from indexer.dataset.view import DatasetView
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.store.datasets import blobs_of, view_of
from indexer.store.environment import Seals, fill, reading, seals_in
from indexer.store.files import (
    TMP,
    copy_file,
    digest_of,
    discard,
    disk_full,
    forget_cached,
    replace_file,
    size_of,
    sync_folder,
)
from indexer.store.manifest import (
    DATA,
    EXTRAS_SINCE,
    HINT,
    MANIFEST_FORMAT,
    Manifest,
    content_digest,
    describe,
    folder_name,
    verified,
)
from indexer.store.places import (
    CURRENT,
    DATASETS,
    NAME,
    PREFIX,
    Stamp,
    dataset_name,
    generations_in,
    home_name,
    homes_in,
    named_current,
    number_of,
    stamp_of,
)

KEPT = 2
"""Good generations of a dataset that stay on disk."""
EXTRAS = "extras"

_NOT_OURS = (lmdb.Error, ValueError, LookupError, TypeError, struct.error)
"""What reading a file raises that is whole, but not as this program writes it."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a dataset."""

    view: DatasetView
    sequence: int
    """The last change that is in it."""
    extras: bytes
    """What the writer asked to be kept beside it."""
    damaged: tuple[str, ...]
    """Newer generations that were stepped over, newest first."""


class Generations:
    """The datasets of one data folder. One writer; nothing stays open between calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / DATASETS
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[Path, tuple[Stamp, Manifest | SnapshotCorrupt]] = {}

    def names(self) -> list[DatasetName]:
        """Datasets that were written at least once, sorted. Raises: SnapshotCorrupt."""
        return sorted(
            dataset_name(home)
            for home in homes_in(self._folder)
            if (home / CURRENT).exists() or generations_in(home)
        )

    def write(self, view: DatasetView, sequence: int, extras: bytes = b"") -> None:
        """Write the view as the newest generation; it is read again before an older one goes.

        Raises: DiskFull, SnapshotCorrupt where the disk gives back something else; either way
        the older ones are left, and the new one is not there.
        """

        def build(folder: Path, number: int) -> Seals:
            seals = fill(folder, [*blobs_of(view, sequence), (EXTRAS, extras)])
            describe(folder, _manifest(folder, view, sequence, number, seals))
            return seals

        self._add(view.schema.name, build)

    def repeat(self, name: DatasetName) -> int:
        """Write the newest good generation once more, so that two hold the same; its sequence.

        Raises: DiskFull, SnapshotCorrupt.
        """
        home = self._home(name)
        newest, manifest = self._kept(home)[0]

        def build(folder: Path, number: int) -> None:
            source = os.open(newest / DATA, os.O_RDONLY)
            try:
                copied = copy_file(source, folder / DATA)
            finally:
                os.close(source)
            if copied != (manifest.bytes, manifest.xxh3_128):
                raise SnapshotCorrupt(f"generation {newest} has changed since it was read: {HINT}")
            describe(folder, msgspec.structs.replace(manifest, generation=number))

        self._add(name, build)
        return manifest.sequence

    def clear(self, name: DatasetName) -> tuple[str, ...]:
        """Remove all but the two newest good generations, damaged ones too; the names of those.

        Raises: DiskFull, SnapshotCorrupt.
        """
        home = self._home(name)
        kept = [folder for folder, _ in self._kept(home)[:KEPT]]
        try:
            for folder in home.glob("gen-*"):
                if folder not in kept:
                    self._known.pop(folder, None)
                    discard(folder)
            sync_folder(home)
        except OSError as error:
            raise disk_full(error, self._folder) from error
        return tuple(folder.name for folder in kept)

    def withdraw(self, name: DatasetName) -> None:
        """Take back the newest generation, which nobody was told of.

        Needs no room on the disk. Raises: DiskFull where the disk does not let go of it.
        """
        home = self._home(name)
        *older, newest = generations_in(home)
        self._known.pop(newest, None)
        going = newest.with_name(newest.name + TMP)
        try:
            shutil.rmtree(going, ignore_errors=True)
            newest.rename(going)
            sync_folder(home)
        except OSError as error:
            raise disk_full(error, self._folder) from error
        # The newest good generation counts, so CURRENT may wait until there is room.
        with suppress(OSError):
            if older:
                replace_file(home / CURRENT, older[-1].name.encode())
            else:
                (home / CURRENT).unlink(missing_ok=True)
        discard(going)

    def read(self, name: DatasetName, limits: IndexLimits) -> Snapshot:
        """The newest good generation; damaged ones before it are told in the log.

        Raises: SnapshotCorrupt when none is good.
        """
        home = self._home(name)
        damaged: list[str] = []
        first: SnapshotCorrupt | None = None
        for folder in reversed(generations_in(home)):
            try:
                view, sequence, extras = _read(folder, name, limits)
            except SnapshotCorrupt as error:
                _log.error(
                    "generation_damaged",
                    dataset=name, generation=folder.name, reason=error.message,
                )  # fmt: skip
                damaged.append(folder.name)
                first = first or error
                continue
            if damaged or named_current(home) != folder.name:
                _log.warning(
                    "generation_chosen",
                    dataset=name, generation=folder.name, sequence=sequence,
                    current=named_current(home),
                )  # fmt: skip
            return Snapshot(view, sequence, extras, tuple(damaged))
        raise first or SnapshotCorrupt(f"{home} holds no generation: {HINT}")

    def kept_sequence(self, name: DatasetName) -> int:
        """The sequence of the oldest good generation: changes after it must stay in the log.

        Cost: none for generations that this object has written or verified before.
        Raises: SnapshotCorrupt when none is good.
        """
        return self._kept(self._home(name))[-1][1].sequence

    def remove(self, name: DatasetName) -> None:
        """Remove a dataset from the disk, as a whole: after a crash it is there or not."""
        home = self._home(name)
        if home.exists():
            for folder in generations_in(home):
                self._known.pop(folder, None)
            going = home.with_name(home.name.removeprefix(PREFIX) + TMP)
            shutil.rmtree(going, ignore_errors=True)
            home.rename(going)
            sync_folder(self._folder)
            discard(going)

    def _add(self, name: DatasetName, build: Callable[[Path, int], Seals | None]) -> None:
        """Build the next generation beside the others and put it into place.

        The one that builds says which seals must be found when it is read from the disk.
        """
        home = self._home(name)
        number = max((number_of(path) for path in generations_in(home)), default=0) + 1
        target = home / folder_name(number)
        building = target.with_name(target.name + TMP)
        shutil.rmtree(building, ignore_errors=True)
        try:
            building.mkdir(parents=True)
            if not (home / NAME).exists():
                replace_file(home / NAME, name.encode())
            seals = build(building, number)
            forget_cached(building / DATA)
            building.rename(target)
            sync_folder(home)
            if isinstance(found := self._looked_at(target), SnapshotCorrupt):
                raise found
            if seals is not None and seals_in(target) != seals:
                raise SnapshotCorrupt(f"the disk that holds {home} does not keep what it is told")
            replace_file(home / CURRENT, target.name.encode())
        except (OSError, lmdb.Error, SnapshotCorrupt) as error:
            # Who asked is told that it failed, so it must not come back after a restart.
            self._known.pop(target, None)
            discard(building)
            discard(target)
            if isinstance(error, SnapshotCorrupt):
                raise
            raise disk_full(error, self._folder) from error
        for folder, _ in self._kept(home)[KEPT:]:
            self._known.pop(folder, None)
            discard(folder)

    def _kept(self, home: Path) -> list[tuple[Path, Manifest]]:
        """The good generations, newest first. Raises: SnapshotCorrupt when there is none."""
        looked_at = [(folder, self._looked_at(folder)) for folder in generations_in(home)]
        good = [(folder, found) for folder, found in looked_at if isinstance(found, Manifest)]
        if not good:
            raise SnapshotCorrupt(f"{home} holds no good generation: {HINT}")
        return good[::-1]

    def _looked_at(self, folder: Path) -> Manifest | SnapshotCorrupt:
        """What a generation is; read again only when its files are others than the last time."""
        stamp = stamp_of(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == stamp:
            return known[1]
        found: Manifest | SnapshotCorrupt
        try:
            found = verified(folder)
        except SnapshotCorrupt as error:
            found = error
            _log.error("generation_damaged", generation=folder.name, reason=error.message)
        self._known[folder] = (stamp, found)
        return found

    def _home(self, name: DatasetName) -> Path:
        return self._folder / home_name(name)


def _read(folder: Path, name: DatasetName, limits: IndexLimits) -> tuple[DatasetView, int, bytes]:
    manifest = verified(folder)
    try:
        with reading(folder) as read:
            view, sequence = view_of(read, limits)
            extras = read(EXTRAS) if manifest.format >= EXTRAS_SINCE else b""
    except _NOT_OURS as error:
        raise SnapshotCorrupt(f"generation {folder} can't be understood: {HINT}") from error
    except SnapshotCorrupt as error:
        raise SnapshotCorrupt(f"generation {folder}: {error.message}") from error
    if not name == view.schema.name == manifest.dataset:
        raise SnapshotCorrupt(f"generation {folder} is one of another dataset: move it away")
    if sequence != manifest.sequence:
        raise SnapshotCorrupt(f"generation {folder} is not of the moment it says: {HINT}")
    return view, sequence, extras


def _manifest(
    folder: Path, view: DatasetView, sequence: int, number: int, seals: Seals
) -> Manifest:
    file = folder / DATA
    return Manifest(
        dataset=view.schema.name,
        format=MANIFEST_FORMAT,
        generation=number,
        sequence=sequence,
        records=view.records,
        bytes=size_of(file),
        xxh3_128=digest_of(file),
        blobs=len(seals),
        content=content_digest(seals),
    )
