"""The imports of a process: queued, done one after another, looked up and cancelled by id."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from msgspec.structs import replace

from gateway.catalogue.imports import Imports
from gateway.errors import unexpected
from gateway.imports.progress import ENDED, Progress, State
from gateway.imports.tally import Cancelled, Tally
from gateway.imports.wishes import Upload, Wishes
from gateway.imports.work import carry_out
from indexer.api import Index
from indexer.intake.options import IntakeLimits
from indexer.intake.rejects import RejectsWriter
from indexer.model.errors import CardinalError, ImportEnded, Overloaded, UnknownImport
from indexer.runtime.clock import Clock, stopwatch_ms

RETRY_AFTER_S = 30.0
CHUNK_BYTES = 1 << 16

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """An import that hasn't ended."""

    wishes: Wishes
    upload: Upload
    tally: Tally

    @property
    def id(self) -> str:
        """The import's id."""
        return self.tally.progress.id


class ImportRunner:
    """Owns ``folder``: uploads on their way in, and the rejects of every import.

    What a former process left unfinished is marked as failed when this one is made.
    """

    def __init__(
        self,
        *,
        index: Index,
        ledger: Imports,
        clock: Clock,
        folder: Path,
        waiting_max: int,
        limits: IntakeLimits,
        new_secret: Callable[[], str],
        ended: Callable[[State], None],
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._new_secret = new_secret
        self._ended = ended
        self._waiting: asyncio.Queue[Job] = asyncio.Queue(waiting_max)
        self._jobs: dict[str, Job] = {}
        self._worker: asyncio.Task[None] | None = None
        self._uploads = folder / "uploads"
        self._rejects = folder / "rejects"
        for room in (self._uploads, self._rejects):
            room.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._uploads.iterdir():
            left.unlink()
        ledger.fail_interrupted(clock.now())

    def upload_path(self) -> Path:
        """Where a file that is arriving may be written."""
        return self._uploads / self._new_secret()

    def submit(self, wishes: Wishes, upload: Upload) -> Progress:
        """Queue an import. Raises: Overloaded."""
        progress = Progress(
            id=f"im_{self._new_secret()[:16]}",
            dataset=wishes.dataset,
            total_bytes=upload.size,
            dry_run=wishes.dry_run,
        )
        tally = Tally(progress, stop_at_rejects=wishes.stop_at_rejects, stopwatch_ms=stopwatch_ms)
        job = Job(wishes, upload, tally)
        try:
            self._waiting.put_nowait(job)
        except asyncio.QueueFull:
            _remove(upload)
            message = "too many imports are waiting already"
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S) from None
        self._jobs[job.id] = job
        self._save(progress)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return progress

    def find(self, import_id: str) -> Progress:
        """Where an import stands. Raises: UnknownImport."""
        job = self._jobs.get(import_id)
        found = job.tally.progress if job else self._ledger.find(import_id)
        if found is None:
            raise UnknownImport("there is no import of this id")
        return found

    def rejects(self, import_id: str) -> Iterator[bytes]:
        """The rows an import left out so far, as CSV in chunks. Raises: UnknownImport."""
        path = self._rejects_of(self.find(import_id).id)
        path.touch()
        return _chunks(path)

    def cancel(self, import_id: str) -> Progress:
        """Stop an import; its dataset stays as it was. Raises: UnknownImport, ImportEnded."""
        progress = self.find(import_id)
        if progress.state in ENDED:
            raise ImportEnded(f"this import has {progress.state.value}")
        job = self._jobs[import_id]
        job.tally.cancel()
        if progress.state is State.QUEUED:
            self._end(job, State.CANCELLED)
        return job.tally.progress

    async def close(self) -> None:
        """Stop at once; what was under way counts as interrupted."""
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        self._ledger.fail_interrupted(self._clock.now())

    async def _work(self) -> None:
        while True:
            job = await self._waiting.get()
            if job.tally.progress.state is State.QUEUED:
                await self._run(job)

    async def _run(self, job: Job) -> None:
        tally = job.tally
        tally.progress = replace(tally.progress, state=State.RUNNING)
        self._save(tally.progress)
        log.info("import_started", id=job.id, dataset=job.wishes.dataset, bytes=job.upload.size)
        try:
            with self._rejects_of(job.id).open("w", encoding="utf-8", newline="") as out:
                loaded = await carry_out(
                    job.wishes, job.upload, index=self._index, limits=self._limits,
                    tally=tally, rejects=RejectsWriter(out),
                )  # fmt: skip
        except Cancelled:
            self._end(job, State.CANCELLED)
        except CardinalError as fault:
            self._end(job, State.FAILED, fault.message)
        except Exception as fault:  # noqa: BLE001 - the queue goes on after a mistake of ours
            self._end(job, State.FAILED, unexpected(fault, lambda: job.id))
        else:
            if loaded is not None:
                tally.loaded(loaded)
            self._end(job, State.SUCCEEDED)

    def _end(self, job: Job, state: State, error: str | None = None) -> None:
        tally = job.tally
        read = tally.progress.total_bytes if state is State.SUCCEEDED else tally.progress.bytes
        tally.progress = replace(tally.progress, state=state, error=error, bytes=read, eta_s=None)
        self._save(tally.progress)
        self._jobs.pop(job.id)
        _remove(job.upload)
        self._ended(state)
        log.info(
            "import_ended", id=job.id, state=state.value, rows=tally.progress.rows,
            rejected=tally.progress.rejected,
        )  # fmt: skip

    def _rejects_of(self, import_id: str) -> Path:
        return self._rejects / f"{import_id}.csv"

    def _save(self, progress: Progress) -> None:
        self._ledger.save(progress, self._clock.now())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _remove(upload: Upload) -> None:
    if upload.owned:
        upload.path.unlink(missing_ok=True)
