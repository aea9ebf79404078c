"""The index of another process: ``indexer.api.Index`` over gRPC."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

import grpc
import pyarrow as pa
from google.rpc import status_pb2

from indexer.api import Counts, DatasetInfo, Erased, Explained, Loaded, LoadMode, Purged
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import (
    UNKNOWN_ORIGIN,
    Applied,
    Breakdown,
    Change,
    Cursor,
    OrderBy,
    Origin,
    Record,
    RecordPage,
    ShardBitmaps,
    ValueCounts,
)
from indexer.model.schema import Schema
from indexer.plan.program import Program, to_bytes
from indexer.rpc import convert, index_pb2, index_pb2_grpc
from indexer.rpc.calls import (
    CALL_TIMEOUT_S,
    MESSAGE_BYTES_MAX,
    STREAM_TIMEOUT_S,
    asked,
    sent,
)
from indexer.rpc.coalesce import Coalescer
from indexer.rpc.patience import patience_s, wire_ms
from indexer.runtime.grpc import error_of, from_status


class RemoteIndex:
    """Asks an index node; raises the errors the node raised."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._stub: Any = index_pb2_grpc.IndexNodeStub(channel)
        self._counts: Coalescer[index_pb2.CountQuestion, Counts] = Coalescer(self._count_many)

    @classmethod
    def connect(cls, address: str) -> Self:
        """A client of the node at ``host:port`` or ``unix:path``; connects on first use."""
        options = [
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ]
        return cls(grpc.aio.insecure_channel(address, options=options))

    async def close(self) -> None:
        """End the connection; calls under way fail."""
        await self._channel.close()

    async def datasets(self) -> tuple[DatasetInfo, ...]:
        """See ``Index``."""
        reply = await asked(self._stub.Datasets(index_pb2.DatasetsRequest(), timeout=patience_s()))
        return tuple(convert.unpack(info, DatasetInfo) for info in reply.datasets)

    async def dataset(self, name: DatasetName) -> DatasetInfo:
        """See ``Index``."""
        request = index_pb2.DatasetRequest(dataset=name)
        reply = await asked(self._stub.Dataset(request, timeout=patience_s()))
        return convert.unpack(reply.info, DatasetInfo)

    async def schema(self, name: DatasetName) -> Schema:
        """See ``Index``."""
        request = index_pb2.DatasetRequest(dataset=name)
        reply = await asked(self._stub.Schema(request, timeout=patience_s()))
        return convert.unpack(reply.schema, Schema)

    async def schemas(self) -> tuple[Schema, ...]:
        """See ``Index``."""
        reply = await asked(self._stub.Schemas(index_pb2.SchemasRequest(), timeout=patience_s()))
        return tuple(convert.unpack(schema, Schema) for schema in reply.schemas)

    async def create(self, schema: Schema) -> Schema:
        """See ``Index``."""
        request = index_pb2.SchemaRequest(schema=convert.pack(schema))
        reply = await asked(self._stub.Create(request, timeout=patience_s()))
        return convert.unpack(reply.schema, Schema)

    async def alter(self, schema: Schema) -> Schema:
        """See ``Index``."""
        request = index_pb2.SchemaRequest(schema=convert.pack(schema))
        reply = await asked(self._stub.Alter(request, timeout=patience_s()))
        return convert.unpack(reply.schema, Schema)

    async def count(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> Counts:
        """See ``Index``. Concurrent questions share calls."""
        question = index_pb2.CountQuestion(
            dataset=dataset,
            program=to_bytes(program),
            hints=convert.hints_to_wire(hints),
            timeout_ms=wire_ms(),
        )
        return await self._counts.answer(question)

    async def explain(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        key: RecordKey | None = None,
        fields: Sequence[FieldName] = (),
        hints: Hints = NO_HINTS,
    ) -> Explained:
        """See ``Index``."""
        request = index_pb2.ExplainRequest(
            dataset=dataset,
            program=to_bytes(program),
            key=b"" if key is None else convert.pack(key),
            fields=fields,
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Explain(request, timeout=patience_s()))
        return convert.unpack(reply.explained, Explained)

    async def members(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        order: Sequence[OrderBy] = (),
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Index``."""
        request = index_pb2.MembersRequest(
            dataset=dataset,
            program=to_bytes(program),
            fields=fields,
            limit=limit,
            after=convert.cursor_to_wire(after),
            order=convert.order_to_wire(order),
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Members(request, timeout=patience_s()))
        return convert.unpack(reply.page, RecordPage)

    async def sample(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        size: int,
        seed: int | str,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Index``."""
        request = index_pb2.SampleRequest(
            dataset=dataset,
            program=to_bytes(program),
            fields=fields,
            size=size,
            seed=str(seed),
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Sample(request, timeout=patience_s()))
        return convert.unpack(reply.page, RecordPage)

    async def breakdown(
        self,
        dataset: DatasetName,
        program: Program,
        field: FieldName,
        *,
        limit: int,
        bins: int | None = None,
        hints: Hints = NO_HINTS,
    ) -> Breakdown:
        """See ``Index``."""
        request = index_pb2.BreakdownRequest(
            dataset=dataset,
            program=to_bytes(program),
            field=field,
            limit=limit,
            bins=bins,
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Breakdown(request, timeout=patience_s()))
        return convert.breakdown_from_wire(reply.breakdown)

    async def bitmaps(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> ShardBitmaps:
        """See ``Index``."""
        request = index_pb2.BitmapsRequest(
            dataset=dataset, program=to_bytes(program), hints=convert.hints_to_wire(hints)
        )
        reply = await asked(self._stub.Bitmaps(request, timeout=patience_s()))
        parts = tuple((part.first_ordinal, part.roaring) for part in reply.parts)
        return ShardBitmaps(SequenceNo(reply.as_of), reply.count, parts)

    async def rows(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        batch_rows: int,
        hints: Hints = NO_HINTS,
    ) -> AsyncIterator[pa.RecordBatch]:
        """See ``Index``. The node makes batches no faster than they are taken here."""
        request = index_pb2.RowsRequest(
            dataset=dataset,
            program=to_bytes(program),
            fields=fields,
            batch_rows=batch_rows,
            hints=convert.hints_to_wire(hints),
        )
        call = self._stub.Rows(request, timeout=patience_s(STREAM_TIMEOUT_S))
        try:
            async for reply in call:
                yield convert.batch_from_wire(reply.batch)
        except grpc.aio.AioRpcError as error:
            raise error_of(error) from None
        finally:
            call.cancel()

    async def contains(
        self,
        dataset: DatasetName,
        program: Program,
        keys: Sequence[RecordKey],
        *,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """See ``Index``."""
        request = index_pb2.ContainsRequest(
            dataset=dataset,
            program=to_bytes(program),
            keys=convert.keys_to_wire(keys),
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Contains(request, timeout=patience_s()))
        return tuple(reply.held)

    async def record(self, dataset: DatasetName, key: RecordKey) -> Record:
        """See ``Index``."""
        request = index_pb2.RecordRequest(dataset=dataset, key=convert.pack(key))
        reply = await asked(self._stub.Record(request, timeout=patience_s()))
        return convert.unpack(reply.record, Record)

    async def records(
        self, dataset: DatasetName, keys: Sequence[RecordKey], fields: Sequence[FieldName]
    ) -> tuple[Record | None, ...]:
        """See ``Index``."""
        request = index_pb2.RecordsRequest(
            dataset=dataset, keys=convert.keys_to_wire(keys), fields=fields
        )
        reply = await asked(self._stub.Records(request, timeout=patience_s()))
        return convert.unpack(reply.records, tuple[Record | None, ...])

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        program: Program,
        prefix: str,
        limit: int,
        hints: Hints = NO_HINTS,
    ) -> ValueCounts:
        """See ``Index``."""
        request = index_pb2.ValuesRequest(
            dataset=dataset,
            field=field,
            program=to_bytes(program),
            prefix=prefix,
            limit=limit,
            hints=convert.hints_to_wire(hints),
        )
        reply = await asked(self._stub.Values(request, timeout=patience_s()))
        return convert.unpack(reply.values, ValueCounts)

    async def apply(
        self, dataset: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """See ``Index``."""
        request = index_pb2.ApplyRequest(
            dataset=dataset,
            changes=convert.changes_to_wire(changes),
            origin=convert.origin_to_wire(origin),
        )
        reply = await asked(self._stub.Apply(request, timeout=patience_s()))
        return convert.unpack(reply.applied, Applied)

    async def erase(self, dataset: DatasetName, keys: Sequence[RecordKey]) -> Erased:
        """See ``Index``."""
        request = index_pb2.EraseRequest(dataset=dataset, keys=convert.keys_to_wire(keys))
        reply = await asked(self._stub.Erase(request, timeout=patience_s()))
        return convert.unpack(reply.erased, Erased)

    async def purge(self, dataset: DatasetName) -> Purged:
        """See ``Index``."""
        request = index_pb2.PurgeRequest(dataset=dataset)
        reply = await asked(self._stub.Purge(request, timeout=STREAM_TIMEOUT_S))
        return convert.unpack(reply.purged, Purged)

    async def positions(self) -> Mapping[str, str]:
        """See ``Index``."""
        call = self._stub.Positions(index_pb2.PositionsRequest(), timeout=patience_s())
        return dict((await asked(call)).positions)

    async def load(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> Loaded:
        """See ``Index``."""
        header = index_pb2.LoadHeader(
            dataset=dataset,
            mode=mode,
            clear_empty=clear_empty,
            schema=b"" if schema is None else convert.pack(schema),
            origin=convert.origin_to_wire(origin),
        )
        return await sent(self._stub, header, batches)

    async def rehearse(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
    ) -> Loaded:
        """See ``Index``."""
        header = index_pb2.LoadHeader(
            dataset=dataset,
            mode=mode,
            clear_empty=clear_empty,
            schema=b"" if schema is None else convert.pack(schema),
            rehearsal=True,
        )
        return await sent(self._stub, header, batches)

    async def roll_back(self, dataset: DatasetName, idempotency_key: str) -> Loaded:
        """See ``Index``."""
        request = index_pb2.RollBackRequest(dataset=dataset, idempotency_key=idempotency_key)
        reply = await asked(self._stub.RollBack(request, timeout=STREAM_TIMEOUT_S))
        return convert.unpack(reply.loaded, Loaded)

    async def _count_many(
        self, questions: Sequence[index_pb2.CountQuestion]
    ) -> Sequence[Counts | Exception]:
        request = index_pb2.CountManyRequest(questions=questions)
        reply = await asked(self._stub.CountMany(request, timeout=CALL_TIMEOUT_S))
        return [_counts(answer) for answer in reply.answers]


def _counts(answer: index_pb2.CountAnswer) -> Counts | Exception:
    if answer.error:
        return from_status(status_pb2.Status.FromString(answer.error))
    return Counts(tuple(answer.counts), answer.total, SequenceNo(answer.as_of))
