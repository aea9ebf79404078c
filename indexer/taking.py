"""Batches taken in as they come, and a load that can be given up until it is published."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pyarrow as pa

from indexer.api import Loaded
from indexer.dataset.gathering import Gathering


async def taken(gathered: Gathering, batches: AsyncIterator[pa.RecordBatch]) -> Gathering:
    """The gathering with all batches. Each is encoded while the next one is on its way."""
    taking: asyncio.Future[None] | None = None
    try:
        async for batch in batches:
            if taking is not None:
                await taking
            taking = asyncio.ensure_future(asyncio.to_thread(gathered.take, batch))
    finally:
        if taking is not None:
            await taking
    return gathered


async def loaded(gathered: Gathering, load: Coroutine[Any, Any, Loaded]) -> Loaded:
    """What the load gives. Cancelled, it is given up; or gives it all the same, if that is late.

    Either way nothing of it is under way any more afterwards.
    """
    loading = asyncio.ensure_future(load)
    try:
        return await asyncio.shield(loading)
    except asyncio.CancelledError:
        gathered.given_up = True
        await asyncio.wait([loading])
        if loading.exception() is not None:
            raise
        task = asyncio.current_task()
        assert task is not None, "somebody cancelled it"
        task.uncancel()
        return loading.result()
