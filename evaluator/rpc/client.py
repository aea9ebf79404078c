"""A client's answers from a service: ``evaluator.asker.Asker`` over gRPC."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, TypeVar

import grpc
import msgspec
from pyroaring import BitMap64

from evaluator.results import (
    Applied,
    BinShare,
    Bitmap,
    Breakdown,
    Count,
    Defined,
    Explanation,
    Loaded,
    Overlap,
    Rejected,
    ValueShare,
)
from evaluator.rpc import evaluate_pb2 as wire
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.trust import Trust
from evaluator.values import rfc3339
from indexer.model.deadline import check_deadline, deadline
from indexer.model.errors import BadShape, NotAllowed
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.runtime.grpc import error_of

if TYPE_CHECKING:
    import pyarrow as pa

MESSAGE_BYTES_MAX = 128 * 2**20
"""A batch of rows with long texts is the largest thing received."""

T = TypeVar("T")


class RemoteAsker:
    """Asks a service; raises the errors it raised."""

    def __init__(self, channel: grpc.aio.Channel, token: str | None) -> None:
        self._channel = channel
        self._stub: Any = EvaluatorStub(channel)
        self._metadata = () if token is None else (("authorization", f"Bearer {token}"),)

    @classmethod
    async def connect(cls, address: str, *, token: str | None, trust: Trust | None) -> Self:
        """To ``host:port``, when it is first asked. Raises: BadShape."""
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
        if trust is None:
            return cls(grpc.aio.insecure_channel(address, options=options), token)
        credentials = grpc.ssl_channel_credentials(*trust.read())
        return cls(grpc.aio.secure_channel(address, credentials, options=options), token)

    async def count(
        self, dataset: DatasetName, condition: str, now: datetime | None, *, per_node: bool
    ) -> Count:
        """See ``Asker``."""
        request = wire.CountRequest(
            dataset=dataset, condition_json=condition, now=_moment(now), per_node=per_node
        )
        reply = await self._asked(self._stub.Count, request)
        return Count(
            members=reply.count,
            total=reply.total,
            as_of=SequenceNo(reply.as_of),
            now=datetime.fromisoformat(reply.now),
            elapsed_ms=reply.elapsed_ms,
            per_node=dict(reply.per_node),
            resolved=dict(reply.resolved),
        )

    async def overlap(
        self, dataset: DatasetName, conditions: Sequence[str], now: datetime | None
    ) -> Overlap:
        """See ``Asker``."""
        request = wire.OverlapRequest(dataset=dataset, conditions_json=conditions, now=_moment(now))
        reply = await self._asked(self._stub.Overlap, request)
        return Overlap(
            sizes=tuple(reply.sizes),
            intersections=tuple(tuple(row.counts) for row in reply.intersections),
            jaccard=tuple(tuple(row.shares) for row in reply.jaccard),
            regions=dict(reply.regions) or None,
            as_of=SequenceNo(reply.as_of),
        )

    async def breakdown(
        self,
        dataset: DatasetName,
        condition: str,
        field: FieldName,
        now: datetime | None,
        *,
        limit: int,
        bins: int | None,
    ) -> Breakdown:
        """See ``Asker``."""
        request = wire.BreakdownRequest(
            dataset=dataset, condition_json=condition, field=field, now=_moment(now),
            limit=limit, bins=bins,
        )  # fmt: skip
        reply = await self._asked(self._stub.Breakdown, request)
        items = tuple(map(_share, reply.items))
        return Breakdown(items, reply.null, reply.other, SequenceNo(reply.as_of))

    async def explain(
        self, dataset: DatasetName, condition: str, key: RecordKey | None, now: datetime | None
    ) -> Explanation:
        """See ``Asker``."""
        request = wire.ExplainRequest(
            dataset=dataset, condition_json=condition, key=_key(key), now=_moment(now)
        )
        reply = await self._asked(self._stub.Explain, request)
        return _explanation(reply.root)

    async def describe(self, dataset: DatasetName, condition: str) -> str:
        """See ``Asker``."""
        request = wire.DescribeRequest(dataset=dataset, condition_json=condition)
        reply = await self._asked(self._stub.Describe, request)
        return str(reply.text)

    async def contains(
        self,
        dataset: DatasetName,
        condition: str,
        keys: Sequence[RecordKey],
        now: datetime | None,
    ) -> Sequence[bool]:
        """See ``Asker``."""
        request = wire.ContainsRequest(
            dataset=dataset, condition_json=condition, keys=_keys(keys), now=_moment(now)
        )
        reply = await self._asked(self._stub.Contains, request)
        return tuple(reply.held)

    async def bitmap(self, dataset: DatasetName, condition: str, now: datetime | None) -> Bitmap:
        """See ``Asker``. Each message is a shard's part."""
        request = wire.MembersRequest(
            dataset=dataset, condition_json=condition, now=_moment(now), bitmaps=True
        )
        found = Bitmap()
        async for reply in self._streamed(self._stub.Members, request):
            found.sequence = SequenceNo(reply.as_of)
            part = reply.bitmap
            if part.roaring:
                found |= BitMap64.deserialize(_PORTABLE + part.roaring).shift(part.first_ordinal)
        return found

    async def rows(
        self,
        dataset: DatasetName,
        condition: str,
        fields: Sequence[FieldName],
        now: datetime | None,
        *,
        batch_rows: int,
    ) -> AsyncIterator["pa.RecordBatch"]:
        """See ``Asker``."""
        arrow: Any = import_module("pyarrow")
        request = wire.RowsRequest(
            dataset=dataset, condition_json=condition, fields=fields, now=_moment(now),
            batch_rows=batch_rows,
        )  # fmt: skip
        async for reply in self._streamed(self._stub.Rows, request):
            with arrow.ipc.open_stream(reply.arrow) as reader:
                for batch in reader:
                    yield batch

    async def segment(self, segment: str) -> Defined:
        """See ``Asker``."""
        reply = await self._asked(self._stub.Segment, wire.SegmentRequest(segment=segment))
        return Defined(reply.id, reply.version, reply.name, DatasetName(reply.dataset))

    async def apply(self, dataset: DatasetName, changes: str, key: str | None) -> Applied:
        """See ``Asker``."""
        request = wire.ApplyRequest(
            dataset=dataset, changes_json=changes, idempotency_key=key or ""
        )
        reply = await self._asked(self._stub.Apply, request)
        rejected = tuple(Rejected(one.index, one.code, one.message) for one in reply.rejected)
        return Applied(SequenceNo(reply.sequence), reply.applied, reply.unchanged, rejected)

    async def load(self, *_: Any, **__: Any) -> Loaded:
        """See ``Asker``: a service takes files over HTTP."""
        raise NotAllowed("a service takes files over HTTP: cardinal load FILE --connect ADDRESS")

    async def close(self) -> None:
        """See ``Asker``."""
        await self._channel.close()

    async def _asked(self, method: Any, request: Any) -> Any:
        return await _ours(method(request, timeout=_timeout_s(), metadata=self._metadata))

    async def _streamed(self, method: Any, request: Any) -> AsyncIterator[Any]:
        call = method(request, metadata=self._metadata)
        try:
            while (reply := await _ours(call.read())) is not grpc.aio.EOF:
                yield reply
        finally:
            call.cancel()


_PORTABLE = (1).to_bytes(8, "little") + (0).to_bytes(4, "little")
"""What makes a 32-bit bitmap one of 64 bits: one bucket, of high bits 0."""


async def _ours(call: Awaitable[T]) -> T:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise error_of(error) from None


def _timeout_s() -> float | None:
    check_deadline()
    until = deadline()
    return None if until is None else until.remaining_ms() / 1e3


def _moment(now: datetime | None) -> str:
    if now is not None and now.tzinfo is None:
        raise BadShape("'now' has no zone")
    return "" if now is None else rfc3339(now)


def _key(key: RecordKey | None) -> wire.Key | None:
    if key is None:
        return None
    return wire.Key(text=key) if isinstance(key, str) else wire.Key(int=key)


def _keys(keys: Sequence[RecordKey]) -> wire.Keys:
    texts = [key for key in keys if isinstance(key, str)]
    return wire.Keys(texts=texts, ints=[key for key in keys if not isinstance(key, str)])


def _share(item: Any) -> ValueShare | BinShare:
    if item.value_json:
        return ValueShare(msgspec.json.decode(item.value_json), item.count)
    low, high = msgspec.json.decode(item.from_json), msgspec.json.decode(item.to_json)
    return BinShare(low, high, item.count)


def _explanation(node: Any) -> Explanation:
    told = node.HasField("value_json")
    return Explanation(
        path=node.path,
        text=node.text,
        method=node.method,
        estimate=node.estimate,
        actual=node.actual,
        ms=node.ms,
        cached=node.cached,
        holds=node.holds if node.HasField("holds") else None,
        value=msgspec.json.decode(node.value_json) if told else None,
        children=tuple(map(_explanation, node.children)),
    )
