"""Erasures of a process: gone at once, then every file made clean, then a certificate.

A job is in the catalogue before anything is done, and begun again by the next process if this one
ends. All that wait for one dataset share a pass over it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from evaluator.changes.values import known_key
from gateway.catalogue.catalogue import Catalogue
from gateway.catalogue.secret import microseconds
from gateway.erasure.certificate import Certificate, Erasure, sealed
from gateway.erasure.suppressed import Suppressed
from gateway.erasure.traces import without_traces
from gateway.imports.runner import ImportRunner
from indexer.api import Index, Purged
from indexer.intake.arrow_types import KEY_COLUMN
from indexer.model.errors import CardinalError, UnknownDataset, UnknownRecord
from indexer.model.ids import DatasetName, RecordKey, SequenceNo
from indexer.model.record import Record
from indexer.model.schema import FieldType, Schema
from indexer.plan.nodes import EVERYTHING, Equals, Leaf
from indexer.plan.program import program_of
from indexer.runtime.clock import Clock

POLL_S = 0.1
"""Between looks at imports that must end first."""
RETRY_S = 30.0
"""Until a job that a full disk stopped is taken up again."""
SWEEP_ROWS = 65_536

Unlist = Callable[[DatasetName, Sequence[RecordKey]], None]
"""Takes keys out of all lists of keys, also those that were; in any thread."""

_TEXTS = frozenset({FieldType.KEYWORD, FieldType.TEXT, FieldType.SET})

log = structlog.get_logger()


class ErasureRunner:
    """Takes erasures and carries them out, one dataset after another."""

    def __init__(
        self,
        *,
        index: Index,
        catalogue: Catalogue,
        imports: ImportRunner,
        suppressed: Suppressed,
        clock: Clock,
        new_secret: Callable[[], str],
        unlist: Unlist,
    ) -> None:
        self._index = index
        self._ledger = catalogue.erasures
        self._suppressions = catalogue.suppressions
        self._imports = imports
        self._suppressed = suppressed
        self._clock = clock
        self._new_secret = new_secret
        self._unlist = unlist
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Erase again whom an older copy of the data brought back, and go on with what was begun.

        Raises: DiskFull, LogPoisoned.
        """
        for dataset, reached in self._ledger.reached().items():
            with contextlib.suppress(UnknownDataset):
                if (await self._index.dataset(dataset)).sequence < reached:
                    for key in await self._back_again(dataset):
                        await self._begin(dataset, key)
        for erasure in self._ledger.unfinished():
            if erasure.record_key is not None:
                with contextlib.suppress(UnknownDataset):
                    await self._index.erase(erasure.dataset, [erasure.record_key])
        self._look()

    async def erase(self, dataset: DatasetName, text: str) -> Erasure:
        """Erase the record of a key: it is gone when this returns, and the rest is a job.

        Raises: UnknownDataset, UnknownRecord (no record can have the key), DiskFull.
        """
        schema = await self._index.schema(dataset)
        erasure = await self._begin(schema.name, known_key(text, schema))
        self._look()
        return erasure

    async def close(self) -> None:
        """Stop; the next process goes on."""
        self._closed = True
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker

    async def _begin(self, dataset: DatasetName, key: RecordKey) -> Erasure:
        schema = await self._index.schema(dataset)
        try:
            record = await self._index.record(dataset, key)
        except UnknownRecord:
            # It may have been there: what is left of it goes.
            record = Record(key, {})
        marks = self._suppressed.marks(schema, key, record.values)
        erasure = Erasure(
            id=f"er_{self._new_secret()[:16]}",
            dataset=dataset,
            key_digest=self._suppressed.key_mark(dataset, key)[1],
            created_at=microseconds(self._clock.now()),
            record_key=key,
            traces=_texts_of(schema, record),
        )
        self._suppressions.add(erasure, marks)
        await asyncio.to_thread(self._unlist, dataset, [key])
        await self._index.erase(dataset, [key])
        self._ledger.narrow(erasure.id, await self._telling(schema, erasure.traces))
        log.info("erasure_begun", id=erasure.id, dataset=dataset)
        return erasure

    async def _telling(self, schema: Schema, texts: Sequence[str]) -> list[str]:
        """The texts that no living record has: only they tell of the erased one."""
        fields = [field for field in schema.columns if field.type in _TEXTS]
        telling = []
        for text in texts:
            program = program_of([Leaf(Equals(field.name, text)) for field in fields])
            counts = (await self._index.count(schema.name, program)).counts if fields else ()
            if not any(counts):
                telling.append(text)
        return telling

    async def _back_again(self, dataset: DatasetName) -> list[RecordKey]:
        found: list[RecordKey] = []
        everybody = program_of([EVERYTHING])
        rows = self._index.rows(dataset, everybody, fields=[], batch_rows=SWEEP_ROWS)
        async for batch in rows:
            keys = batch.column(KEY_COLUMN).to_pylist()
            found += self._suppressed.keys_among(dataset, keys)
        return found

    def _look(self) -> None:
        if not self._closed and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while waiting := self._ledger.unfinished():
            dataset = waiting[0].dataset
            try:
                await self._finish(dataset, [one for one in waiting if one.dataset == dataset])
            except (CardinalError, OSError) as fault:
                # Nobody waits for it; who asks is told that it is still being done.
                log.warning("erasure_stopped", dataset=dataset, reason=str(fault))
                await asyncio.sleep(RETRY_S)

    async def _finish(self, dataset: DatasetName, erasures: list[Erasure]) -> None:
        # What was read before the suppression stood may still be on its way.
        earlier = self._imports.unfinished
        while earlier & self._imports.unfinished:  # noqa: ASYNC110 - ends of imports are no event
            await asyncio.sleep(POLL_S)
        keys = [one.record_key for one in erasures if one.record_key is not None]
        await asyncio.to_thread(self._unlist, dataset, keys)
        purged = await self._purged(dataset, keys)
        for erasure in erasures:
            key = erasure.record_key
            texts = [*erasure.traces] if key is None else [*erasure.traces, str(key)]
            files = self._imports.rejects_files(dataset)
            looked_at = await asyncio.to_thread(without_traces, files, texts)
            self._ledger.wipe(erasure.id)
            self._ledger.complete(erasure.id, self._certificate(erasure, purged, looked_at))
            log.info("erasure_completed", id=erasure.id, dataset=dataset)

    async def _purged(self, dataset: DatasetName, keys: list[RecordKey]) -> Purged:
        try:
            if keys:
                await self._index.erase(dataset, keys)
            return await self._index.purge(dataset)
        except UnknownDataset:
            # An older copy of the data has no such dataset, so there is nothing of it either.
            sequences = [info.sequence for info in await self._index.datasets()]
            return Purged(max(sequences, default=SequenceNo(0)), (), 0)

    def _certificate(self, erasure: Erasure, purged: Purged, files: int) -> Certificate:
        bare = Certificate(
            dataset=erasure.dataset,
            key_digest=erasure.key_digest,
            erased_at=erasure.created_at,
            completed_at=microseconds(self._clock.now()),
            sequence=purged.sequence,
            generations=purged.generations,
            log_frames_rewritten=purged.frames,
            files_checked=files,
        )
        return sealed(bare, self._suppressed.secret)


def _texts_of(schema: Schema, record: Record) -> list[str]:
    """The texts a record holds, each once."""
    texts: set[str] = set()
    for field in schema.columns:
        value = record.values.get(field.name)
        if field.type in _TEXTS and value:
            texts.update(value if isinstance(value, tuple) else (str(value),))
    return sorted(texts)
