"""The data of a folder, worked on in this process: what ``--data DIR`` does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from evaluator.changes.values import known_key
from gateway.capture import Document, LocalPlace, Place
from gateway.compose import embedded
from gateway.documents import count_document, erasure_document, explained_document
from gateway.imports.progress import ENDED, Progress
from gateway.imports.wishes import Upload, Wishes
from gateway.services import Services
from gateway.settings import Settings
from indexer.model.errors import BadFile
from indexer.model.ids import DatasetName
from indexer.model.switches import Switches
from indexer.runtime.clock import SystemClock

POLL_S = 0.05
ASKED_ONCE = Switches(fused=False)
"""A command that asks once is done before kernels would be loaded."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """The parts of a process over the settings' data folder. Raises: FolderInUse."""
    services = await embedded(settings, SystemClock(), switches=ASKED_ONCE)
    try:
        yield services
    finally:
        await services.close()


async def count_locally(
    settings: Settings,
    dataset: str,
    condition: object,
    *,
    now: datetime | None,
    per_node: bool,
) -> dict[str, object]:
    """What the HTTP answer would be. Raises: UnknownDataset, BadCondition."""
    async with opened(settings) as services:
        count = await services.evaluator.count(
            DatasetName(dataset), condition, now=now, per_node=per_node
        )
    return count_document(count, per_node=per_node)


async def explain_locally(
    settings: Settings, dataset: str, condition: object, *, now: datetime | None, key: str | None
) -> dict[str, object]:
    """What the HTTP answer would be. Raises: UnknownDataset, UnknownRecord, BadCondition."""
    async with opened(settings) as services:
        name = DatasetName(dataset)
        known = None if key is None else known_key(key, await services.index.schema(name))
        explained = await services.evaluator.explain(name, condition, key=known, now=now)
    return explained_document(explained)


async def capture_locally(
    settings: Settings, work: Callable[[Place], Coroutine[Any, Any, Document | None]]
) -> Document | None:
    """Do what ``gateway.capture`` can in the folder; its sources go on while that lasts."""
    async with opened(settings) as services:
        await services.sources.start()
        return await work(LocalPlace(services))


async def erase_locally(settings: Settings, dataset: str, key: str) -> dict[str, object]:
    """Have a record forgotten, to the end; what the HTTP answer would be.

    Raises: UnknownDataset, UnknownRecord, FolderInUse.
    """
    async with opened(settings) as services:
        begun = await services.erasures.erase(DatasetName(dataset), key)
        find = services.catalogue.erasures.find
        while (erasure := find(begun.id)).certificate is None:  # noqa: ASYNC110 - nothing else runs
            await asyncio.sleep(POLL_S)
    return erasure_document(erasure)


async def load_locally(
    settings: Settings, file: Path, wishes: Wishes, show: Callable[[Progress], None]
) -> Progress:
    """Import a file where it lies and follow it to the end. Raises: BadFile, FolderInUse."""
    try:
        size = file.stat().st_size  # noqa: ASYNC240 - nothing else runs in this process
    except OSError as fault:
        raise BadFile(f"{file} can't be read: {fault.strerror}") from fault
    async with opened(settings) as services:
        upload = Upload(file, file.name, size, owned=False)
        progress = services.imports.submit(wishes, upload)
        while progress.state not in ENDED:
            await asyncio.sleep(POLL_S)
            progress = services.imports.find(progress.id)
            show(progress)
    return progress
