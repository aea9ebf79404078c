"""An index as a gRPC service: bytes in, ``indexer.api.Index`` asked, bytes out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import grpc
import pyarrow as pa
import structlog

from indexer.api import Index, Loaded, LoadMode
from indexer.model.deadline import wait_until
from indexer.model.errors import BadBody, CardinalError, NodeUnavailable
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Schema
from indexer.plan.program import from_bytes
from indexer.rpc import convert, index_pb2, index_pb2_grpc
from indexer.rpc.calls import MESSAGE_BYTES_MAX
from indexer.runtime.clock import After, deadline_of
from indexer.runtime.grpc import abort, to_status

CALLS_AT_ONCE_MAX = 256

_log = structlog.get_logger()

R = TypeVar("R")
Context = grpc.aio.ServicerContext[Any, Any]


class IndexService(index_pb2_grpc.IndexNodeServicer):
    """Every method reads its request, asks the index once and writes the reply."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def Datasets(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        infos = await _answered(context, self._index.datasets)
        return index_pb2.DatasetsReply(datasets=[convert.pack(info) for info in infos])

    async def Dataset(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        name = DatasetName(request.dataset)
        info = await _answered(context, lambda: self._index.dataset(name))
        return index_pb2.DatasetReply(info=convert.pack(info))

    async def Schema(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        name = DatasetName(request.dataset)
        schema = await _answered(context, lambda: self._index.schema(name))
        return index_pb2.SchemaReply(schema=convert.pack(schema))

    async def Schemas(self, _: Any, context: Any) -> Any:
        """See index.proto."""
        schemas = await _answered(context, self._index.schemas)
        return index_pb2.SchemasReply(schemas=[convert.pack(schema) for schema in schemas])

    async def Create(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        schema = await _answered(
            context, lambda: self._index.create(convert.unpack(request.schema, Schema))
        )
        return index_pb2.SchemaReply(schema=convert.pack(schema))

    async def Alter(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        schema = await _answered(
            context, lambda: self._index.alter(convert.unpack(request.schema, Schema))
        )
        return index_pb2.SchemaReply(schema=convert.pack(schema))

    async def CountMany(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        answers = await asyncio.gather(*map(self._count, request.questions))
        return index_pb2.CountManyReply(answers=answers)

    async def Explain(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        explained = await _answered(
            context,
            lambda: self._index.explain(
                DatasetName(request.dataset),
                from_bytes(request.program),
                key=convert.key_of_wire(request.key) if request.key else None,
                fields=_fields(request.fields),
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.ExplainReply(explained=convert.pack(explained))

    async def Members(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        page = await _answered(
            context,
            lambda: self._index.members(
                DatasetName(request.dataset),
                from_bytes(request.program),
                fields=_fields(request.fields),
                limit=request.limit,
                after=convert.cursor_from_wire(request.after),
                order=convert.order_from_wire(request.order),
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.RecordsReply(page=convert.pack(page))

    async def Sample(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        page = await _answered(
            context,
            lambda: self._index.sample(
                DatasetName(request.dataset),
                from_bytes(request.program),
                fields=_fields(request.fields),
                size=request.size,
                seed=request.seed,
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.RecordsReply(page=convert.pack(page))

    async def Breakdown(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        breakdown = await _answered(
            context,
            lambda: self._index.breakdown(
                DatasetName(request.dataset),
                from_bytes(request.program),
                FieldName(request.field),
                limit=request.limit,
                bins=request.bins if request.HasField("bins") else None,
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.BreakdownReply(breakdown=convert.breakdown_to_wire(breakdown))

    async def Bitmaps(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        bitmaps = await _answered(
            context,
            lambda: self._index.bitmaps(
                DatasetName(request.dataset),
                from_bytes(request.program),
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        parts = [
            index_pb2.ShardPart(first_ordinal=first, roaring=data) for first, data in bitmaps.parts
        ]
        return index_pb2.BitmapsReply(as_of=bitmaps.as_of, count=bitmaps.count, parts=parts)

    async def Rows(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """See index.proto. A batch is made when the one before it has been taken."""
        coming = await _answered(context, lambda: self._rows(request))
        async with aclosing(coming):
            while (batch := await _answered(context, lambda: anext(coming, None))) is not None:
                yield index_pb2.RowsReply(batch=convert.batch_to_wire(batch))

    async def Contains(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        held = await _answered(
            context,
            lambda: self._index.contains(
                DatasetName(request.dataset),
                from_bytes(request.program),
                convert.keys_from_wire(request.keys),
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.ContainsReply(held=held)

    async def Record(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        record = await _answered(
            context,
            lambda: self._index.record(
                DatasetName(request.dataset), convert.key_of_wire(request.key)
            ),
        )
        return index_pb2.RecordReply(record=convert.pack(record))

    async def Records(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        records = await _answered(
            context,
            lambda: self._index.records(
                DatasetName(request.dataset),
                convert.keys_from_wire(request.keys),
                _fields(request.fields),
            ),
        )
        return index_pb2.RecordsOfKeysReply(records=convert.pack(records))

    async def Values(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        values = await _answered(
            context,
            lambda: self._index.values(
                DatasetName(request.dataset),
                FieldName(request.field),
                program=from_bytes(request.program),
                prefix=request.prefix,
                limit=request.limit,
                hints=convert.hints_from_wire(request.hints),
            ),
        )
        return index_pb2.ValuesReply(values=convert.pack(values))

    async def Apply(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        applied = await _answered(
            context,
            lambda: self._index.apply(
                DatasetName(request.dataset),
                convert.changes_from_wire(request.changes),
                convert.origin_from_wire(request.origin),
            ),
        )
        return index_pb2.ApplyReply(applied=convert.pack(applied))

    async def Erase(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        name, keys = DatasetName(request.dataset), convert.keys_from_wire(request.keys)
        erased = await _answered(context, lambda: self._index.erase(name, keys))
        return index_pb2.EraseReply(erased=convert.pack(erased))

    async def Purge(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        name = DatasetName(request.dataset)
        purged = await _answered(context, lambda: self._index.purge(name))
        return index_pb2.PurgeReply(purged=convert.pack(purged))

    async def Positions(self, _: Any, context: Any) -> Any:
        """See index.proto."""
        return index_pb2.PositionsReply(positions=await _answered(context, self._index.positions))

    async def Load(self, requests: Any, context: Any) -> Any:
        """See index.proto."""
        first = await anext(aiter(requests), index_pb2.LoadRequest())
        loaded = await _answered(context, lambda: self._loaded(first.header, _batches(requests)))
        return index_pb2.LoadReply(loaded=convert.pack(loaded))

    async def RollBack(self, request: Any, context: Any) -> Any:
        """See index.proto."""
        undone = await _answered(
            context,
            lambda: self._index.roll_back(DatasetName(request.dataset), request.idempotency_key),
        )
        return index_pb2.LoadReply(loaded=convert.pack(undone))

    async def _loaded(self, header: Any, batches: AsyncIterator[pa.RecordBatch]) -> Loaded:
        dataset, mode = DatasetName(header.dataset), LoadMode(header.mode)
        schema = convert.unpack(header.schema, Schema) if header.schema else None
        if header.rehearsal:
            return await self._index.rehearse(
                dataset, batches, mode=mode, clear_empty=header.clear_empty, schema=schema
            )
        return await self._index.load(
            dataset,
            batches,
            mode=mode,
            clear_empty=header.clear_empty,
            schema=schema,
            origin=convert.origin_from_wire(header.origin),
        )

    async def _rows(self, request: Any) -> Any:
        return self._index.rows(
            DatasetName(request.dataset),
            from_bytes(request.program),
            fields=_fields(request.fields),
            batch_rows=request.batch_rows,
            hints=convert.hints_from_wire(request.hints),
        )

    async def _count(self, question: Any) -> index_pb2.CountAnswer:
        # Each is asked in a task of its own, which is all that its deadline holds for.
        wait_until(After(question.timeout_ms) if question.timeout_ms else None)
        try:
            counts = await self._index.count(
                DatasetName(question.dataset),
                from_bytes(question.program),
                hints=convert.hints_from_wire(question.hints),
            )
        except CardinalError as error:
            return index_pb2.CountAnswer(error=to_status(error).SerializeToString())
        except ValueError:
            broken = BadBody("a program can't be read")
            return index_pb2.CountAnswer(error=to_status(broken).SerializeToString())
        except Exception:  # noqa: BLE001 - a fault of ours in one question is not the others'
            _log.exception("count_failed", dataset=question.dataset)
            failed = NodeUnavailable("the index node could not answer; its log says why")
            return index_pb2.CountAnswer(error=to_status(failed).SerializeToString())
        return index_pb2.CountAnswer(counts=counts.counts, total=counts.total, as_of=counts.as_of)


async def serve(index: Index, address: str) -> tuple[grpc.aio.Server, int]:
    """A started server of the index and the port it listens on (0 for a unix socket)."""
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=CALLS_AT_ONCE_MAX,
    )
    index_pb2_grpc.add_IndexNodeServicer_to_server(IndexService(index), server)
    port = server.add_insecure_port(address)
    await server.start()
    return server, port


async def _answered(context: Any, ask: Callable[[], Awaitable[R]]) -> R:
    """What ``ask`` gives in the time that the caller waits; its error ends the call as ours."""
    wait_until(deadline_of(context.time_remaining()))
    try:
        return await ask()
    except CardinalError as error:
        await abort(context, error)
    except ValueError:
        await abort(context, BadBody("the request can't be read"))


async def _batches(requests: Any) -> AsyncIterator[pa.RecordBatch]:
    async for request in requests:
        if request.HasField("end"):
            return
        yield convert.batch_from_wire(request.batch)
    # A caller that failed or went away looks like one that has sent all.
    raise BadBody("the load broke off before its end")


def _fields(names: Sequence[str]) -> list[FieldName]:
    return [FieldName(name) for name in names]
