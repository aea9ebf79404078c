"""A process that writes until it is killed, and one that makes such processes quickly.

``python -m tests.indexer.killed.child`` reads a line of JSON, forks, and the fork opens the data
folder and writes. It tells of all it was told on the standard output, a line each: what became of
the fork at last as well. A fork may be told to kill itself before its n-th call to the disk.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import structlog

from indexer import local
from indexer.api import LoadMode
from indexer.keeping import Keeping
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.switches import Switches
from indexer.runtime.clock import ManualClock
from indexer.store.guard import DiskGuard, GuardLimits
from tests.indexer.drawing import batches_of
from tests.indexer.killed.writers import LOADER, SCHEMAS, WRITERS, Row, work_of
from tests.indexer.linked import PEOPLE, SALES, SIZE, node_with

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SHARD_BITS = 6
SEGMENT_BYTES = 2_048
LIMITS = IndexLimits(
    settled_when_read_max=0, overlay_states_max=40, unsaved_bytes_max=4_000, saved_at_end_bytes=0
)
CALLS = ("fsync", "fdatasync", "rename", "replace", "unlink", "pwrite", "ftruncate", "rmdir")


def tell(*words: object) -> None:
    """One line, at once and whole."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def die_before(call: int) -> None:
    """Have the process kill itself before the n-th call to the disk; never for 0."""
    made = 0

    def counted(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        nonlocal made
        made += 1
        if made == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*arguments, **named)

    for name in CALLS:
        setattr(os, name, partial(counted, getattr(os, name)))


async def write(folder: Path, seed: int, starts: list[int]) -> None:
    """Open the folder, ask for what was done before once more, and go on."""
    index = await LocalIndex.open(
        folder,
        shard_bits=SHARD_BITS,
        clock=ManualClock(NOW),
        limits=LIMITS,
        switches=Switches(fused=False),
    )
    there = {info.schema.name for info in await index.datasets()}
    tell("opened")
    for schema in SCHEMAS:
        if schema.name not in there:
            await index.create(schema)
    writers = [write_on(index, seed, writer, starts[writer]) for writer in range(WRITERS)]
    await asyncio.gather(*writers, load_on(index, seed, starts[LOADER]))


async def write_on(index: LocalIndex, seed: int, writer: int, number: int) -> None:
    """Batch after batch, after the last one that was acknowledged, which must change nothing."""
    for each in range(max(0, number - 1), sys.maxsize):
        work = work_of(seed, writer, each)
        done = await index.apply(work.dataset, work.changes, work.origin)
        counts = (done.created, done.updated, done.deleted, done.unchanged)
        tell("again" if each < number else "done", writer, each, done.sequence, *counts)


async def load_on(index: LocalIndex, seed: int, number: int) -> None:
    """Load after load."""
    for each in range(number, sys.maxsize):
        work = work_of(seed, LOADER, each)
        schema = await index.schema(work.dataset)
        loaded = await index.load(
            work.dataset,
            arriving(batches_of(schema, work.rows)),
            mode=LoadMode.UPSERT,
            clear_empty=True,
        )
        counts = (loaded.created, loaded.updated, loaded.deleted, loaded.unchanged)
        tell("done", LOADER, each, loaded.sequence, *counts)


async def arriving(batches: list[pa.RecordBatch]) -> AsyncIterator[pa.RecordBatch]:
    """The batches one by one."""
    for batch in batches:
        yield batch


def forked(folder: str, seed: int, starts: list[int], die_at: int) -> int:
    """A process that writes; its number."""
    number = os.fork()
    if number:
        return number
    try:
        die_before(die_at)
        asyncio.run(write(Path(folder), seed, starts))
    except BaseException:  # noqa: BLE001 - it is told, and nothing of the parent's may run here
        tell("failed", repr(traceback.format_exc()))
    finally:
        os._exit(1)


def warm() -> None:
    """Have everything loaded that a fork needs, and no thread."""
    node = node_with(*SCHEMAS)
    rows: list[Row] = [(1, {SIZE: 1})]
    for name in (PEOPLE, SALES):
        node.apply(name, [Upsert(1, {SIZE: 1})])
        view = node.published.view(DatasetName(name))
        batches = batches_of(view.schema, rows)
        node.load(name, batches, mode=LoadMode.UPSERT, clear_empty=False)


class Told:
    """A logger for what a process may not have to say."""

    def error(self, event: str, **facts: object) -> None:
        """As one line."""
        tell("failed", event, repr(facts))

    def info(self, event: str, **facts: object) -> None:
        """Nothing."""

    warning = debug = info


def main() -> None:
    """Fork for every line."""
    structlog.configure(processors=[], wrapper_class=None, logger_factory=lambda *_: Told())
    guard = partial(DiskGuard, limits=GuardLimits(ballast_bytes=0, write_share=0.0))
    patch = pytest.MonkeyPatch()
    patch.setattr(local, "DiskGuard", guard)
    patch.setattr(local, "Keeping", partial(Keeping, segment_bytes=SEGMENT_BYTES))
    warm()
    for line in sys.stdin:
        number = forked(**json.loads(line))
        tell("began", number)
        _, status = os.waitpid(number, 0)
        tell("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
