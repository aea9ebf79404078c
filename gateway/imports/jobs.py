"""Imports that have not ended, on disk: what a process that died was asked to do."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.imports.tally import Tally
from gateway.imports.wishes import Upload, Wishes

SUFFIX = ".json"


class StoredJob(msgspec.Struct, frozen=True):
    """An accepted import whose file is in the folder of uploads.

    Those of a lower number were accepted before. ``begun`` counts the processes that began it.
    """

    id: str
    wishes: Wishes
    file: str
    name: str
    size: int
    number: int
    begun: int = 0


@dataclass(slots=True)
class Job:
    """An import that has not ended, in this process."""

    wishes: Wishes
    upload: Upload
    tally: Tally
    stored: StoredJob | None = None

    @property
    def id(self) -> str:
        """The import's id."""
        return self.tally.progress.id


class StoredJobs:
    """The folder of them; one file each, there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def save(self, job: StoredJob) -> None:
        """Keep a job, new or known; it is on disk afterwards."""
        path = self._path(job.id)
        building = path.with_suffix(".tmp")
        with building.open("wb") as file:
            file.write(msgspec.json.encode(job))
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def forget(self, import_id: str) -> None:
        """The job has ended."""
        self._path(import_id).unlink(missing_ok=True)

    def all(self) -> tuple[StoredJob, ...]:
        """Every job, the oldest first. One that can't be read is left out."""
        return tuple(sorted(self._read(), key=lambda job: job.number))

    def _read(self) -> Iterator[StoredJob]:
        for path in self._folder.glob(f"*{SUFFIX}"):
            with suppress(OSError, msgspec.DecodeError):
                yield msgspec.json.decode(path.read_bytes(), type=StoredJob)

    def _path(self, import_id: str) -> Path:
        return self._folder / f"{import_id}{SUFFIX}"
