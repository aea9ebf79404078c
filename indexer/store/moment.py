"""A copy of the index's files as they were at one moment, taken beside a writer that goes on.

What is copied is one state that a crash could have left, so whoever starts on the copy recovers
from it as from a crash: the newest good generation of every dataset, and the change log as far as
it went then. That they belong together is held like this. Generations are listed and opened; then
the files of the log are, and the newest, which is still written, is read; then generations are
listed again. If they are the same, each was there before the log was read: so the log has every
change after it, and a load that the log tells of is in a generation that is copied. What is open
stays readable when the writer removes it, so the copying itself may take its time.
"""

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.log.disk import Disk
from indexer.log.recovery import Recovered, recovered
from indexer.log.segment import HINT, NAME, START_BYTES, SegmentWalk
from indexer.log.tail import is_torn
from indexer.model.errors import LogCorrupt, Overloaded, SnapshotCorrupt
from indexer.store.files import copy_file, replace_file, sync_folder
from indexer.store.manifest import DATA, MANIFEST, Manifest, manifest_of
from indexer.store.places import (
    CURRENT,
    DATASETS,
    LOG,
    dataset_name,
    generations_in,
    homes_in,
)
from indexer.store.places import NAME as NAME_FILE

TRIES_MAX = 100
"""How often the writer may move on before the copy is given up."""
PROOFS_MAX = 100
"""How often the end of the log is looked at before it is called damaged."""
FILES_SPARE = 256
"""Open files for everything else."""

Standing = dict[Path, Path]
"""The newest generation of each dataset's folder."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied."""

    generations: tuple[Manifest, ...]
    """One a dataset, by name."""
    sequence: int
    """The last change, in a generation or in the log."""


@dataclass(frozen=True, slots=True)
class _Generation:
    """One that is held open."""

    folder: Path
    name: bytes
    """Its dataset's, as it stands in the file."""
    described: bytes
    manifest: Manifest
    handle: int


@dataclass(slots=True)
class _Pinned:
    """What is held of one moment."""

    generations: list[_Generation] = field(default_factory=list)
    segments: list[tuple[str, int]] = field(default_factory=list)
    """Those of the log that are no longer written."""


class _Moved(Exception):
    """The writer has removed what was about to be opened, or has written something newer."""


class _Damaged(Exception):
    """A generation is not what it was."""

    def __init__(self, generation: Path) -> None:
        super().__init__(str(generation))
        self.generation = generation


def copy_index(folder: Path, target: Path, disk: Disk) -> Copied:
    """Copy datasets and log of a data folder into an empty one, synced, every digest compared.

    The folder may be in use. A damaged generation is passed over for the one before it, as a start
    would. Raises: SnapshotCorrupt where a dataset has no good generation, LogCorrupt, Overloaded
    where the writer never stands still, OSError.
    """
    passed_over: set[Path] = set()
    for _ in range(TRIES_MAX):
        for name in (DATASETS, LOG):
            shutil.rmtree(target / name, ignore_errors=True)
        with ExitStack() as opened:
            try:
                pinned = _pinned(folder, target, disk, passed_over, opened)
                manifests = _copied_generations(pinned, target)
            except _Moved:
                continue
            except _Damaged as damaged:
                passed_over.add(damaged.generation)
                continue
            for name, handle in pinned.segments:
                copy_file(handle, target / LOG / name)
        last = 0
        if (target / LOG).exists():
            sync_folder(target / LOG)
            last = recovered(target / LOG, disk).last
        return Copied(manifests, max([last, *(each.sequence for each in manifests)]))
    raise Overloaded("the data changes faster than it can be copied: try again in a moment")


def look_through_log(log: Path, disk: Disk) -> Recovered:
    """What is in a log that may be written meanwhile, every frame checked.

    Raises: LogCorrupt, Overloaded, OSError.
    """
    for _ in range(TRIES_MAX):
        names = sorted(name for name in disk.names(log) if NAME.fullmatch(name))
        with TemporaryDirectory() as place, ExitStack() as opened:
            for name in names[:-1]:
                Path(place, name).symlink_to((log / name).absolute())
            try:
                for name in names[-1:]:
                    handle = opened.enter_context(_open(log / name))
                    _copy_newest(log / name, handle, Path(place, name), disk)
                return recovered(Path(place), disk)
            except _Moved:
                continue
            except LogCorrupt:
                if all((log / name).exists() for name in names):
                    raise
    raise Overloaded("the log changes faster than it can be read: try again in a moment")


def _pinned(
    folder: Path, target: Path, disk: Disk, passed_over: set[Path], opened: ExitStack
) -> _Pinned:
    """Everything of one moment open, the log's newest file copied. Raises: _Moved, _Damaged."""
    standing = _standing(folder / DATASETS, passed_over)
    pinned = _Pinned()
    _allow_open_files(len(standing) + FILES_SPARE)
    for generation in standing.values():
        handle = opened.enter_context(_open(generation / DATA, or_damaged=generation))
        pinned.generations.append(_generation(generation, handle))
    if (folder / LOG).is_dir():
        (target / LOG).mkdir()
        names = sorted(name for name in disk.names(folder / LOG) if NAME.fullmatch(name))
        _allow_open_files(len(standing) + len(names) + FILES_SPARE)
        handles = [opened.enter_context(_open(folder / LOG / name)) for name in names]
        pinned.segments = list(zip(names, handles, strict=True))[:-1]
        if names:
            _copy_newest(folder / LOG / names[-1], handles[-1], target / LOG / names[-1], disk)
    if standing != _standing(folder / DATASETS, passed_over):
        raise _Moved
    return pinned


def _standing(datasets: Path, passed_over: set[Path]) -> Standing:
    standing = {}
    for home in homes_in(datasets):
        generations = generations_in(home)
        left = [each for each in generations if each not in passed_over]
        if generations and not left:
            raise SnapshotCorrupt(f"{home} holds no good generation to copy: run `cardinal doctor`")
        if left:
            standing[home] = left[-1]
    return standing


def _generation(folder: Path, handle: int) -> _Generation:
    try:
        manifest = manifest_of(folder)
        described = (folder / MANIFEST).read_bytes()
    except (OSError, SnapshotCorrupt) as error:
        raise _gone_or_damaged(folder) from error
    try:
        name = dataset_name(folder.parent)
    except SnapshotCorrupt as error:
        if folder.exists():
            raise
        raise _Moved from error
    return _Generation(folder, name.encode(), described, manifest, handle)


def _copied_generations(pinned: _Pinned, target: Path) -> tuple[Manifest, ...]:
    (target / DATASETS).mkdir()
    for each in pinned.generations:
        home = target / DATASETS / each.folder.parent.name
        copied = home / each.folder.name
        copied.mkdir(parents=True)
        told = (each.manifest.bytes, each.manifest.xxh3_128)
        if copy_file(each.handle, copied / DATA) != told:
            raise _Damaged(each.folder)
        replace_file(copied / MANIFEST, each.described)
        replace_file(home / NAME_FILE, each.name)
        replace_file(home / CURRENT, copied.name.encode())
    sync_folder(target / DATASETS)
    manifests = [each.manifest for each in pinned.generations]
    return tuple(sorted(manifests, key=lambda each: each.dataset))


def _copy_newest(source: Path, handle: int, target: Path, disk: Disk) -> None:
    """The good frames of the segment that is being written, and no part of the next one."""
    size = os.fstat(handle).st_size
    walk = SegmentWalk(disk, handle, source, size)
    with target.open("xb") as written:
        written.write(disk.read(handle, START_BYTES, 0))
        for block in walk.blocks():
            written.write(block.data[: block.bounds[-1]])
        written.flush()
        os.fsync(written.fileno())
    # They end where the log ended, unless a frame there is damaged.
    for _ in range(PROOFS_MAX):
        if next(walk.blocks(), None) is not None:
            return
        if is_torn(walk.rest(walk.at, size - walk.at), walk.at, walk.next):
            return
    raise LogCorrupt(f"{source} is damaged after change {walk.next - 1}: {HINT}")


@contextmanager
def _open(file: Path, or_damaged: Path | None = None) -> Iterator[int]:
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError as error:
        raise (_Moved() if or_damaged is None else _gone_or_damaged(or_damaged)) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _gone_or_damaged(generation: Path) -> Exception:
    return _Damaged(generation) if generation.exists() else _Moved()


def _allow_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
