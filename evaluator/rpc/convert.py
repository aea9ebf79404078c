"""Questions and answers between wire and inner form."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar, assert_never, cast

import msgspec
import pyarrow as pa
from google.protobuf.message import DecodeError, Message

from evaluator.api import Count, Explained, Explanation, FieldBreakdown, Overlap
from evaluator.changes.intake import Outcome
from evaluator.condition.decode import Json, decode_json, encode_json
from evaluator.condition.surroundings import Definition
from evaluator.rpc import evaluate_pb2
from evaluator.values import rfc3339, to_json
from indexer.model.errors import BadBody, BadShape, Problem
from indexer.model.hints import NO_HINTS, Hints, Method
from indexer.model.ids import KEY_FIELD, RecordKey, SequenceNo
from indexer.model.record import BinCount, ValueCount
from indexer.model.schema import Field

CONDITION_BYTES_MAX = 64 * 2**20
KEYS_BYTES_MAX = 2**20
"""Of keys in one message; a longer key travels alone."""
METHODS = ("index", "scan", "")

M = TypeVar("M", bound=Message)


def parsed(kind: type[M], data: bytes) -> M:
    """The message of these bytes. Raises: BadBody."""
    try:
        return kind.FromString(data)
    except (DecodeError, ValueError) as error:
        raise BadBody(f"the message is not a {kind.DESCRIPTOR.name}") from error


def condition_from_wire(text: str) -> Json:
    """The decoded condition. Raises: BadBody, TooLarge."""
    return decode_json(text.encode(), bytes_max=CONDITION_BYTES_MAX)


def moment_from_wire(text: str) -> datetime | None:
    """The moment to ask for, None for the dataset's own. Raises: BadShape."""
    if not text:
        return None
    problem = Problem("bad_value", "/now", "write an instant like 2025-05-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadShape("'now' is not an instant", problems=(problem,)) from None
    if moment.tzinfo is None:
        raise BadShape("'now' has no zone", problems=(problem,))
    return moment


def hints_from_wire(hints: evaluate_pb2.Hints) -> Hints:
    """How to answer. Raises: BadShape."""
    if hints.method not in METHODS:
        problem = Problem("bad_value", "/hints/method", "say index, scan or nothing")
        raise BadShape("there is no such method", problems=(problem,))
    if not hints.no_cache and not hints.method:
        return NO_HINTS
    return Hints(not hints.no_cache, cast("Method", hints.method or "auto"))


def key_from_wire(key: evaluate_pb2.Key) -> RecordKey | None:
    """The key, None where none is said."""
    match key.WhichOneof("kind"):
        case "int":
            return key.int
        case "text":
            return key.text
        case _:
            return None


def keys_from_wire(keys: evaluate_pb2.Keys) -> list[RecordKey]:
    """Record keys in order. Raises: BadShape where there are both kinds."""
    if keys.ints and keys.texts:
        problem = Problem("bad_shape", "/keys", "the keys of a dataset are all ints or all texts")
        raise BadShape("these keys are of two kinds", problems=(problem,))
    return [*keys.ints, *keys.texts]


def count_to_wire(count: Count) -> evaluate_pb2.CountReply:
    """A count."""
    return evaluate_pb2.CountReply(
        count=count.count,
        total=count.total,
        as_of=count.as_of,
        per_node=count.per_node,
        elapsed_ms=count.elapsed_ms,
        now=rfc3339(count.now),
        resolved=count.resolved,
    )


def overlap_to_wire(overlap: Overlap) -> evaluate_pb2.OverlapReply:
    """An overlap, row by row."""
    return evaluate_pb2.OverlapReply(
        sizes=overlap.sizes,
        intersections=[evaluate_pb2.CountRow(counts=row) for row in overlap.intersections],
        jaccard=[evaluate_pb2.ShareRow(shares=row) for row in overlap.jaccard],
        regions=overlap.regions or {},
        as_of=overlap.as_of,
    )


def breakdown_to_wire(spread: FieldBreakdown) -> evaluate_pb2.BreakdownReply:
    """A breakdown, its values as JSON."""
    found = spread.breakdown
    return evaluate_pb2.BreakdownReply(
        items=[_item(spread.field, item) for item in found.items],
        null=found.null,
        other=found.other,
        as_of=found.as_of,
    )


def explained_to_wire(explained: Explained) -> evaluate_pb2.ExplainReply:
    """An explained condition."""
    return evaluate_pb2.ExplainReply(root=_node(explained.root), as_of=explained.as_of)


def outcome_to_wire(outcome: Outcome) -> evaluate_pb2.ApplyReply:
    """What became of some changes."""
    rejected = [
        evaluate_pb2.RejectedChange(index=one.index, code=one.code, message=one.message)
        for one in outcome.rejected
    ]
    return evaluate_pb2.ApplyReply(
        sequence=outcome.sequence,
        applied=outcome.applied,
        unchanged=outcome.unchanged,
        rejected=rejected,
    )


def definition_to_wire(definition: Definition) -> evaluate_pb2.SegmentReply:
    """What a segment is now."""
    rule = definition.keys is None
    return evaluate_pb2.SegmentReply(
        id=definition.id,
        version=definition.version,
        name=definition.name,
        dataset=definition.dataset,
        condition_json=encode_json(definition.condition) if rule else "",
    )


def batch_to_wire(batch: pa.RecordBatch) -> bytes:
    """A batch as an Arrow IPC stream of its own."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def keys_to_wire(batch: pa.RecordBatch) -> Iterator[evaluate_pb2.MembersReply]:
    """The keys of a batch of records, in messages that are bounded. At least one."""
    as_of = int(batch.schema.metadata[b"as_of"])
    for part in _bounded(batch.column(KEY_FIELD)):
        texts = pa.types.is_string(part.type) or pa.types.is_large_string(part.type)
        keys = part.to_pylist()
        wired = evaluate_pb2.Keys(texts=keys) if texts else evaluate_pb2.Keys(ints=keys)
        yield evaluate_pb2.MembersReply(keys=wired, as_of=as_of)


def bitmaps_to_wire(
    parts: Sequence[tuple[int, bytes]], as_of: SequenceNo
) -> Iterator[evaluate_pb2.MembersReply]:
    """A message for each shard with members. At least one."""
    for first, data in parts or [(0, b"")]:
        bitmap = evaluate_pb2.ShardBitmap(first_ordinal=first, roaring=data)
        yield evaluate_pb2.MembersReply(bitmap=bitmap, as_of=as_of)


def _bounded(keys: pa.Array) -> Iterator[pa.Array]:
    if keys.nbytes <= KEYS_BYTES_MAX or len(keys) <= 1:
        yield keys
        return
    half = len(keys) // 2
    yield from _bounded(keys.slice(0, half))
    yield from _bounded(keys.slice(half))


def _item(field: Field, item: ValueCount | BinCount) -> evaluate_pb2.BreakdownItem:
    match item:
        case ValueCount(value, count):
            return evaluate_pb2.BreakdownItem(count=count, value_json=_json(field, value))
        case BinCount(low, high, count):
            return evaluate_pb2.BreakdownItem(
                count=count, from_json=_json(field, low), to_json=_json(field, high)
            )
        case _:
            assert_never(item)


def _node(node: Explanation) -> evaluate_pb2.ExplainNode:
    value = node.value
    return evaluate_pb2.ExplainNode(
        path=node.path,
        text=node.text,
        method=node.method,
        estimate=node.estimate,
        actual=node.actual,
        ms=node.ms,
        cached=node.cached,
        holds=node.holds,
        value_json=None if value is None else _json(value.field, value.value),
        children=[_node(child) for child in node.children],
    )


def _json(field: Field, value: Any) -> str:
    return msgspec.json.encode(to_json(field, value)).decode()
