"""The ways to have an index: in memory, with kernels and without, over a folder, over gRPC,
and with changes that stay beside the view they are over.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from indexer.api import Index
from indexer.local import LocalIndex
from indexer.model.limits import IndexLimits
from indexer.model.switches import Switches
from indexer.rpc.client import RemoteIndex
from indexer.rpc.server import serve
from indexer.runtime.clock import ManualClock

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
KINDS = ("memory", "plain", "folder", "grpc", "overlaid")
STOP_GRACE_S = 0.1


@asynccontextmanager
async def an_index(kind: str, folder: Path) -> AsyncIterator[Index]:
    """An empty index of that kind."""
    where = folder if kind == "folder" else None
    switches = Switches(fused=kind != "plain")
    limits = IndexLimits(settled_when_read_max=0) if kind == "overlaid" else IndexLimits()
    local = await LocalIndex.open(
        where, shard_bits=16, clock=ManualClock(NOW), limits=limits, switches=switches
    )
    try:
        if kind == "grpc":
            async with _remote(local) as remote:
                yield remote
        else:
            yield local
    finally:
        await local.close()


@asynccontextmanager
async def _remote(local: LocalIndex) -> AsyncIterator[RemoteIndex]:
    server, port = await serve(local, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")
    try:
        yield remote
    finally:
        await remote.close()
        await server.stop(STOP_GRACE_S)
