"""How an index node is called: bounds of a call, the error it ends with, a load in messages."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import grpc
import pyarrow as pa

from indexer.api import Loaded
from indexer.rpc import convert, index_pb2
from indexer.runtime.grpc import error_of

CALL_TIMEOUT_S = 30.0
STREAM_TIMEOUT_S = 3_600.0
"""For a load or a stream of batches, which takes as long as the other side does."""
MESSAGE_BYTES_MAX = 256 * 2**20
"""A batch of a load is the largest thing sent."""

T = TypeVar("T")


async def asked(call: Awaitable[T]) -> T:
    """The reply. Raises: the error it carries."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise error_of(error) from None


async def sent(
    stub: Any, header: index_pb2.LoadHeader, batches: AsyncIterator[pa.RecordBatch]
) -> Loaded:
    """What a load of these batches did. Raises: what ``batches`` raises, or the node's error."""
    failures: list[BaseException] = []

    async def requests() -> AsyncIterator[index_pb2.LoadRequest]:
        yield index_pb2.LoadRequest(header=header)
        try:
            async for batch in batches:
                yield index_pb2.LoadRequest(batch=convert.batch_to_wire(batch))
        except Exception as error:
            # Not a cancellation: that is how a call ends that was refused early.
            failures.append(error)
            raise
        yield index_pb2.LoadRequest(end=index_pb2.LoadEnd())

    try:
        reply = await asked(stub.Load(requests(), timeout=STREAM_TIMEOUT_S))
    except BaseException:
        if failures:
            raise failures[0] from None
        raise
    return convert.unpack(reply.loaded, Loaded)
