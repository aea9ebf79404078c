"""How calls reach the service: bytes read, the caller admitted, an error told as one of ours.

Raw bytes come in, so that a broken message is the caller's error and not ours.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import grpc
from google.protobuf.message import Message

from evaluator.rpc import evaluate_pb2
from evaluator.rpc.admission import Admit, Need, authorization_of
from evaluator.rpc.convert import parsed
from evaluator.rpc.service import EvaluatorService
from indexer.model.deadline import wait_until
from indexer.model.errors import CardinalError
from indexer.runtime.clock import deadline_of
from indexer.runtime.grpc import abort

SERVICE = evaluate_pb2.DESCRIPTOR.services_by_name["Evaluator"].full_name

NeedOf = Callable[[Any], Need]


def handlers(service: EvaluatorService, admit: Admit) -> grpc.GenericRpcHandler:
    """Every method of the service."""
    calls = _Calls(admit)
    table: dict[str, Any] = {
        "Count": calls.unary(evaluate_pb2.CountRequest, service.count, _counts),
        "CountStream": calls.both_ways(evaluate_pb2.CountStreamRequest, service.count_stream),
        "Overlap": calls.unary(evaluate_pb2.OverlapRequest, service.overlap, _counts),
        "Members": calls.stream(evaluate_pb2.MembersRequest, service.members, _records),
        "Breakdown": calls.unary(evaluate_pb2.BreakdownRequest, service.breakdown, _records),
        "Explain": calls.unary(evaluate_pb2.ExplainRequest, service.explain, _of_explain),
        "Contains": calls.unary(evaluate_pb2.ContainsRequest, service.contains, _records),
        "Rows": calls.stream(evaluate_pb2.RowsRequest, service.rows, _records),
        "Describe": calls.unary(evaluate_pb2.DescribeRequest, service.describe, _counts),
        "Segment": calls.unary(evaluate_pb2.SegmentRequest, service.segment, _counts),
        "SegmentBitmap": calls.stream(
            evaluate_pb2.SegmentBitmapRequest, service.segment_bitmap, _records
        ),
        "Apply": calls.unary(evaluate_pb2.ApplyRequest, service.apply, _changes),
    }
    made: grpc.GenericRpcHandler = grpc.method_handlers_generic_handler(SERVICE, table)
    return made


class _Calls:
    def __init__(self, admit: Admit) -> None:
        self._admit = admit

    def unary(self, kind: type[Message], answer: Any, need_of: NeedOf) -> Any:
        async def call(data: bytes, context: Any) -> Message:
            try:
                request = self._read(kind, data, context, need_of)
                reply: Message = await answer(request)
            except CardinalError as error:
                await abort(context, error)
            return reply

        return grpc.unary_unary_rpc_method_handler(call, response_serializer=_bytes)

    def stream(self, kind: type[Message], answer: Any, need_of: NeedOf) -> Any:
        async def call(data: bytes, context: Any) -> AsyncIterator[Message]:
            try:
                request = self._read(kind, data, context, need_of)
                async with aclosing(answer(request)) as replies:
                    async for reply in replies:
                        yield reply
            except CardinalError as error:
                await abort(context, error)

        return grpc.unary_stream_rpc_method_handler(call, response_serializer=_bytes)

    def both_ways(self, kind: type[Message], answer: Any) -> Any:
        async def call(coming: AsyncIterator[bytes], context: Any) -> None:
            writing = asyncio.Lock()

            async def send(reply: Message) -> None:
                # Several answers may be ready at once, a call is written to one at a time.
                async with writing:
                    await context.write(reply)

            try:
                self._admit(authorization_of(context), Need.COUNTS)
                async with aclosing(_each(kind, coming)) as requests:
                    await answer(requests, send)
            except CardinalError as error:
                await abort(context, error)

        return grpc.stream_stream_rpc_method_handler(call, response_serializer=_bytes)

    def _read(self, kind: type[Message], data: bytes, context: Any, need_of: NeedOf) -> Message:
        """The request of an admitted caller, whose deadline holds from now on.

        Every call has a task of its own. Raises: NotSignedIn, NotAllowed, BadBody.
        """
        wait_until(deadline_of(context.time_remaining()))
        authorization = authorization_of(context)
        self._admit(authorization, Need.COUNTS)
        request = parsed(kind, data)
        if need_of(request) is not Need.COUNTS:
            self._admit(authorization, need_of(request))
        return request


async def _each(kind: type[Message], coming: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
    async for data in coming:
        yield parsed(kind, data)


def _counts(_: Message) -> Need:
    return Need.COUNTS


def _records(_: Message) -> Need:
    return Need.RECORDS


def _changes(_: Message) -> Need:
    return Need.CHANGES


def _of_explain(request: evaluate_pb2.ExplainRequest) -> Need:
    return Need.RECORDS if request.HasField("key") else Need.COUNTS


def _bytes(reply: Message) -> bytes:
    return reply.SerializeToString()
