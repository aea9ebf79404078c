"""Every method of evaluate.proto: a request read, the evaluator asked once, a reply written."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import structlog

from evaluator.api import Evaluator
from evaluator.changes.intake import ChangeIntake
from evaluator.roaring.writing import pieces
from evaluator.rpc import convert
from evaluator.rpc.evaluate_pb2 import (
    ApplyReply,
    ApplyRequest,
    BreakdownReply,
    BreakdownRequest,
    ContainsReply,
    ContainsRequest,
    CountReply,
    CountRequest,
    CountStreamReply,
    CountStreamRequest,
    DescribeReply,
    DescribeRequest,
    ExplainReply,
    ExplainRequest,
    MembersReply,
    MembersRequest,
    OverlapReply,
    OverlapRequest,
    RowsReply,
    RowsRequest,
    SegmentBitmapReply,
    SegmentBitmapRequest,
    SegmentReply,
    SegmentRequest,
)
from evaluator.rpc.latest import RETRY_AFTER_S, Latest
from evaluator.segments import AskedSegments, Segments
from indexer.model.errors import CardinalError, Overloaded
from indexer.model.ids import DatasetName, FieldName
from indexer.runtime.grpc import to_status

KEYS_PER_MESSAGE_MAX = 16_384
ROWS_PER_MESSAGE = 8_192
VALUES_DEFAULT = 20
VALUES_MAX = 1_000
"""Values of one breakdown; more are not told."""
STREAMS_MAX = 128
"""Streams of counts open at a time: they leave room for other calls."""

Send = Callable[[CountStreamReply], Awaitable[None]]

_log = structlog.get_logger()


class EvaluatorService:
    """Asks one evaluator, and hands changes in. Raises their errors, and those of conversion."""

    def __init__(
        self,
        evaluator: Evaluator,
        changes: ChangeIntake,
        segments: Segments,
        *,
        streams_max: int = STREAMS_MAX,
    ) -> None:
        self._evaluator = evaluator
        self._segments = AskedSegments(evaluator, segments)
        self._changes = changes
        self._streams_max = streams_max
        self._streams = 0

    async def count(self, request: CountRequest) -> CountReply:
        """``Evaluator.Count`` of evaluate.proto, and so on below."""
        count = await self._evaluator.count(
            DatasetName(request.dataset),
            convert.condition_from_wire(request.condition_json),
            now=convert.moment_from_wire(request.now),
            per_node=request.per_node,
            hints=convert.hints_from_wire(request.hints),
        )
        return convert.count_to_wire(count)

    async def count_stream(self, requests: AsyncIterator[CountStreamRequest], send: Send) -> None:
        """Answer until the requests end and all of them are answered. Raises: Overloaded."""
        if self._streams >= self._streams_max:
            message = f"{self._streams_max} streams are open already"
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S)

        async def answer(name: str, question: CountRequest) -> None:
            await send(await self._named_count(name, question))

        latest = Latest(answer)
        self._streams += 1
        try:
            async for request in requests:
                try:
                    latest.ask(request.id, request.question)
                except Overloaded as error:
                    await send(_refusal(request.id, error))
            await latest.finish()
        finally:
            self._streams -= 1
            await latest.close()

    async def overlap(self, request: OverlapRequest) -> OverlapReply:
        """How conditions meet."""
        overlap = await self._evaluator.overlap(
            DatasetName(request.dataset),
            [convert.condition_from_wire(text) for text in request.conditions_json],
            now=convert.moment_from_wire(request.now),
            hints=convert.hints_from_wire(request.hints),
        )
        return convert.overlap_to_wire(overlap)

    async def members(self, request: MembersRequest) -> AsyncIterator[MembersReply]:
        """All members, as ordinals or as keys. Made as they are taken."""
        dataset = DatasetName(request.dataset)
        condition = convert.condition_from_wire(request.condition_json)
        now = convert.moment_from_wire(request.now)
        hints = convert.hints_from_wire(request.hints)
        if request.bitmaps:
            found = await self._evaluator.bitmaps(dataset, condition, now=now, hints=hints)
            for reply in convert.bitmaps_to_wire(found.parts, found.as_of):
                yield reply
            return
        coming: Any = self._evaluator.rows(
            dataset, condition, fields=(), batch_rows=KEYS_PER_MESSAGE_MAX, now=now, hints=hints
        )
        async with aclosing(coming):
            async for batch in coming:
                for reply in convert.keys_to_wire(batch):
                    yield reply

    async def breakdown(self, request: BreakdownRequest) -> BreakdownReply:
        """How members spread over a field."""
        spread = await self._evaluator.breakdown(
            DatasetName(request.dataset),
            convert.condition_from_wire(request.condition_json),
            FieldName(request.field),
            limit=min(request.limit or VALUES_DEFAULT, VALUES_MAX),
            bins=request.bins if request.HasField("bins") else None,
            now=convert.moment_from_wire(request.now),
            hints=convert.hints_from_wire(request.hints),
        )
        return convert.breakdown_to_wire(spread)

    async def explain(self, request: ExplainRequest) -> ExplainReply:
        """How a count came about, or why a record is in or out."""
        explained = await self._evaluator.explain(
            DatasetName(request.dataset),
            convert.condition_from_wire(request.condition_json),
            key=convert.key_from_wire(request.key),
            now=convert.moment_from_wire(request.now),
            hints=convert.hints_from_wire(request.hints),
        )
        return convert.explained_to_wire(explained)

    async def contains(self, request: ContainsRequest) -> ContainsReply:
        """Which of many records are members, or which segments a record is in."""
        now, hints = convert.moment_from_wire(request.now), convert.hints_from_wire(request.hints)
        key = convert.key_from_wire(request.key)
        if key is not None:
            inside = await self._segments.with_key(
                DatasetName(request.dataset), key, now=now, hints=hints
            )
            return ContainsReply(segments=inside)
        keys = convert.keys_from_wire(request.keys)
        if request.segment:
            return ContainsReply(
                held=await self._segments.contains(request.segment, keys, now=now, hints=hints)
            )
        held = await self._evaluator.contains(
            DatasetName(request.dataset),
            convert.condition_from_wire(request.condition_json),
            keys, now=now, hints=hints,
        )  # fmt: skip
        return ContainsReply(held=held)

    async def segment(self, request: SegmentRequest) -> SegmentReply:
        """What a saved segment is."""
        return convert.definition_to_wire(self._segments.find(request.segment))

    async def segment_bitmap(
        self, request: SegmentBitmapRequest
    ) -> AsyncIterator[SegmentBitmapReply]:
        """The members of a saved segment, in pieces."""
        found = await self._segments.bitmaps(
            request.segment,
            now=convert.moment_from_wire(request.now),
            hints=convert.hints_from_wire(request.hints),
        )
        for piece in pieces(found):
            yield SegmentBitmapReply(roaring=piece, as_of=found.as_of, count=found.count)

    async def rows(self, request: RowsRequest) -> AsyncIterator[RowsReply]:
        """All members with some of their fields. Made as they are taken."""
        coming: Any = self._evaluator.rows(
            DatasetName(request.dataset),
            convert.condition_from_wire(request.condition_json),
            fields=[FieldName(name) for name in request.fields],
            batch_rows=request.batch_rows or ROWS_PER_MESSAGE,
            now=convert.moment_from_wire(request.now),
            hints=convert.hints_from_wire(request.hints),
        )
        async with aclosing(coming):
            async for batch in coming:
                yield RowsReply(arrow=convert.batch_to_wire(batch))

    async def describe(self, request: DescribeRequest) -> DescribeReply:
        """A condition in plain English."""
        text = await self._evaluator.describe(
            DatasetName(request.dataset), convert.condition_from_wire(request.condition_json)
        )
        return DescribeReply(text=text)

    async def apply(self, request: ApplyRequest) -> ApplyReply:
        """Changes to records."""
        outcome = await self._changes.apply_changes(
            DatasetName(request.dataset),
            request.changes_json.encode(),
            request.idempotency_key or None,
        )
        return convert.outcome_to_wire(outcome)

    async def _named_count(self, name: str, question: CountRequest) -> CountStreamReply:
        try:
            return CountStreamReply(id=name, count=await self.count(question))
        except CardinalError as error:
            return _refusal(name, error)
        except Exception:  # noqa: BLE001 - a fault of ours in one question is not the others'
            _log.exception("count_failed", dataset=question.dataset)
            return _refusal(name, CardinalError("something went wrong; the log says what"))


def _refusal(name: str, error: CardinalError) -> CountStreamReply:
    return CountStreamReply(id=name, error=to_status(error).SerializeToString())
