"""The imports of a process: queued, done one after another, looked up and cancelled by id."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from msgspec.structs import replace

from gateway.catalogue.imports import Imports
from gateway.errors import unexpected
from gateway.imports.jobs import Job, StoredJob, StoredJobs
from gateway.imports.progress import ENDED, Progress, RolledBack, State
from gateway.imports.tally import Cancelled, Tally
from gateway.imports.wishes import Upload, Wishes
from gateway.imports.work import Sift, carry_out
from indexer.api import Index, Loaded
from indexer.intake.options import IntakeLimits
from indexer.intake.rejects import RejectsWriter
from indexer.model.errors import (
    CannotRollBack,
    CardinalError,
    DiskFull,
    ImportEnded,
    Overloaded,
    UnknownDataset,
    UnknownImport,
)
from indexer.model.ids import DatasetName
from indexer.runtime.clock import Clock, stopwatch_ms

RETRY_AFTER_S = 30.0
CHUNK_BYTES = 1 << 16
PROCESSES_MAX = 3
"""So many processes may end while they do an import; then it is given up: it may be why."""

log = structlog.get_logger()


class ImportRunner:
    """Owns ``folder``: uploads on their way in, jobs, and the rejects of every import.

    Of what a former process left unfinished, ``resume`` goes on with what can be done again; the
    rest is marked as failed when this one is made.
    """

    def __init__(  # noqa: PLR0913 - what a process hands to its imports
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
        sift: Sift,
        touched: Callable[[DatasetName], tuple[str, ...]],
        check_room: Callable[[], None],
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._new_secret = new_secret
        self._ended = ended
        self._sift = sift
        self._touched = touched
        self._check_room = check_room
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._waiting_max = waiting_max
        self._jobs: dict[str, Job] = {}
        self._worker: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[Loaded] | None = None
        self._closing = False
        self._uploads = folder / "uploads"
        self._rejects = folder / "rejects"
        for room in (self._uploads, self._rejects):
            room.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._stored = StoredJobs(folder / "jobs")
        kept = {job.file for job in self._stored.all()}
        for left in self._uploads.iterdir():
            if left.name not in kept:
                left.unlink()
        self._fail_what_is_lost()

    def upload_path(self) -> Path:
        """Where a file that is arriving may be written. Raises: DiskFull when room is scarce."""
        self._check_room()
        return self._uploads / self._new_secret()

    def submit(self, wishes: Wishes, upload: Upload) -> Progress:
        """Queue an import; one of an owned upload survives this process.

        Raises: Overloaded; DiskFull when room is scarce.
        """
        try:
            self._check_room()
        except DiskFull:
            _remove(upload)
            raise
        if self._waiting.qsize() >= self._waiting_max:
            _remove(upload)
            message = "too many imports are waiting already"
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S)
        import_id = f"im_{self._new_secret()[:16]}"
        stored = None
        if upload.owned:
            number = max((job.number for job in self._stored.all()), default=0) + 1
            stored = StoredJob(
                import_id, wishes, upload.path.name, upload.name, upload.size, number
            )
            self._stored.save(stored)
        return self._queue(import_id, wishes, upload, stored)

    def resume(self) -> None:
        """Queue what a former process left. Each is done from its start, and has one effect."""
        for stored in self._stored.all():
            upload = Upload(self._uploads / stored.file, stored.name, stored.size, owned=True)
            known = self._ledger.find(stored.id)
            if known is not None and known.state in ENDED:
                self._stored.forget(stored.id)
                _remove(upload)
                continue
            self._queue(stored.id, stored.wishes, upload, stored)
            log.info("import_resumed", id=stored.id, dataset=stored.wishes.dataset)

    def find(self, import_id: str) -> Progress:
        """Where an import stands. Raises: UnknownImport."""
        job = self._jobs.get(import_id)
        found = job.tally.progress if job else self._ledger.find(import_id)
        if found is None:
            raise UnknownImport("there is no import of this id")
        return found

    @property
    def unfinished(self) -> frozenset[str]:
        """The ids of imports that have not ended."""
        return frozenset(self._jobs)

    def rejects_files(self, dataset: DatasetName) -> list[Path]:
        """The files of the rows that imports into a dataset left out."""
        files = (self._rejects_of(import_id) for import_id in self._ledger.ids_of(dataset))
        return [file for file in files if file.exists()]

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
        job = self._jobs.get(import_id)
        if job is None:
            raise ImportEnded("this import waits for the service that accepted it")
        job.tally.cancel()
        if progress.state is State.QUEUED:
            self._end(job, State.CANCELLED)
        elif job.tally.is_read and self._loading is not None:
            self._loading.cancel()
        return job.tally.progress

    async def roll_back(self, import_id: str) -> Progress:
        """Put back what an import changed.

        Raises: UnknownImport, CannotRollBack, UnknownDataset, DiskFull.
        """
        progress = self.find(import_id)
        if progress.rolled_back is not None:
            raise CannotRollBack("this import is rolled back already")
        if progress.state is not State.SUCCEEDED or progress.dry_run:
            raise CannotRollBack("only an import that has succeeded, and no dry run, can be")
        undone = await self._index.roll_back(DatasetName(progress.dataset), import_id)
        back = RolledBack(
            created=undone.created,
            updated=undone.updated,
            unchanged=undone.unchanged,
            deleted=undone.deleted,
        )
        progress = replace(progress, rolled_back=back)
        self._save(progress)
        log.info("import_rolled_back", id=import_id, dataset=progress.dataset)
        return progress

    async def close(self) -> None:
        """Stop at once; what was under way is for the next process, if it can be done again."""
        self._closing = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
        self._fail_what_is_lost()

    def _queue(
        self, import_id: str, wishes: Wishes, upload: Upload, stored: StoredJob | None
    ) -> Progress:
        progress = Progress(
            id=import_id,
            dataset=wishes.dataset,
            total_bytes=upload.size,
            dry_run=wishes.dry_run,
        )
        tally = Tally(progress, stop_at_rejects=wishes.stop_at_rejects, stopwatch_ms=stopwatch_ms)
        self._jobs[import_id] = job = Job(wishes, upload, tally, stored)
        self._save(progress)
        self._waiting.put_nowait(job)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return progress

    async def _work(self) -> None:
        while not self._closing:
            job = await self._waiting.get()
            if job.tally.progress.state is State.QUEUED:
                await self._run(job)

    async def _run(self, job: Job) -> None:
        tally = job.tally
        if not self._may_begin(job):
            message = f"{PROCESSES_MAX} processes have ended while they did this import"
            self._end(job, State.FAILED, message)
            return
        tally.progress = replace(tally.progress, state=State.RUNNING)
        self._save(tally.progress)
        log.info("import_started", id=job.id, dataset=job.wishes.dataset, bytes=job.upload.size)
        try:
            with self._rejects_of(job.id).open("w", encoding="utf-8", newline="") as out:
                loaded = await self._loaded(job, RejectsWriter(out))
        except Cancelled:
            self._end(job, State.CANCELLED)
        except asyncio.CancelledError:
            if self._closing:
                raise
            self._end(job, State.CANCELLED)
        except CardinalError as fault:
            self._end(job, State.FAILED, fault.message)
        except Exception as fault:  # noqa: BLE001 - the queue goes on after a mistake of ours
            self._end(job, State.FAILED, unexpected(fault, lambda: job.id))
        else:
            if not tally.cancelled or not await self._taken_back(job):
                tally.loaded(loaded, job.wishes.mode)
                touched = self._touched(job.wishes.dataset)
                tally.progress = replace(tally.progress, segments=touched)
                self._end(job, State.SUCCEEDED)

    def _may_begin(self, job: Job) -> bool:
        if job.stored is None:
            return True
        begun = job.stored.begun + 1
        if begun > PROCESSES_MAX:
            return False
        self._stored.save(replace(job.stored, begun=begun))
        return True

    async def _loaded(self, job: Job, rejects: RejectsWriter) -> Loaded:
        work = carry_out(
            job.wishes, job.upload, index=self._index, limits=self._limits, tally=job.tally,
            rejects=rejects, sift=self._sift,
        )  # fmt: skip
        self._loading = asyncio.create_task(work)
        try:
            return await self._loading
        except asyncio.CancelledError:
            # Nothing of it may go on: the next process begins it anew.
            await asyncio.wait([self._loading])
            raise
        finally:
            self._loading = None

    async def _taken_back(self, job: Job) -> bool:
        """Whether an import that was cancelled too late is undone."""
        if not job.wishes.dry_run:
            try:
                await self._index.roll_back(job.wishes.dataset, job.id)
            except (CannotRollBack, UnknownDataset):
                return False
        self._end(job, State.CANCELLED)
        return True

    def _end(self, job: Job, state: State, error: str | None = None) -> None:
        tally = job.tally
        read = tally.progress.total_bytes if state is State.SUCCEEDED else tally.progress.bytes
        tally.progress = replace(tally.progress, state=state, error=error, bytes=read, eta_s=None)
        self._save(tally.progress)
        self._jobs.pop(job.id)
        self._stored.forget(job.id)
        _remove(job.upload)
        self._ended(state)
        log.info(
            "import_ended", id=job.id, state=state.value, rows=tally.progress.rows,
            rejected=tally.progress.rejected,
        )  # fmt: skip

    def _fail_what_is_lost(self) -> None:
        kept = {job.id for job in self._stored.all()}
        self._ledger.fail_interrupted(self._clock.now(), kept)

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
