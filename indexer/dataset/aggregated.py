"""Aggregates of related records as vectors, a value for every ordinal there is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.dataset.asked import EVERYBODY
from indexer.dataset.counted import Counted
from indexer.dataset.folds import Folded
from indexer.dataset.near import Near
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.formula.constants import DECIMAL_MAX, INT64_MAX
from indexer.formula.kinds import DOUBLE, TEXT, TRUTH, WHOLE, Kind, kind_of
from indexer.formula.numbers import calculated, finite, within
from indexer.formula.tree import Aggregate
from indexer.formula.vectors import NO_TEXTS, Array, Vector
from indexer.model.schema import FieldType
from indexer.plan.program import to_bytes
from indexer.plan.related import Fold, Related, Tally

_ALL = to_bytes(EVERYBODY)


def aggregate_vector(near: Near, far: Near, aggregate: Aggregate) -> Vector:
    """What the records of ``far`` that point to each ordinal of ``near`` come to.

    Cost: a few passes over those records, unless the results are kept. Raises: UnknownField,
    BadShape.
    """
    if aggregate.field is None:
        lookup = Related(aggregate.dataset, aggregate.link, _ALL, Tally(1))
        counts = Counted.of(near, far, lookup).numbers()
        return Vector(WHOLE, counts, np.ones(len(counts), np.bool_))
    # Only who asks for one loads the compiler.
    from indexer.dataset.folded import FoldedRecords  # noqa: PLC0415

    function: Any = aggregate.function
    measure = Fold(function, aggregate.field, order_by=aggregate.order_by)
    records = FoldedRecords.of(near, far, Related(aggregate.dataset, aggregate.link, _ALL, measure))
    held = WHOLE if function == "count_distinct" else kind_of(records.field)
    return _vector(_joined(records.results()), held, aggregate.kind)


def _joined(results: Sequence[Folded]) -> Folded:
    """The results of all shards as one; there may be none."""
    beyond: dict[int, int] = {}
    begin = 0
    for part in results:
        beyond.update({begin + place: value for place, value in part.beyond.items()})
        begin += len(part.values)
    shares = [np.broadcast_to(np.asarray(each.shares), each.values.shape) for each in results]
    return Folded(
        _side_by_side([each.values for each in results]),
        _side_by_side([each.filled for each in results]).astype(np.bool_),
        _side_by_side(shares).astype(np.int64),
        beyond,
        next((each.vocabulary for each in results if each.vocabulary is not None), None),
    )


def _side_by_side(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _vector(folded: Folded, held: Kind, kind: Kind) -> Vector:
    """Results of a field of kind ``held`` as another kind; what doesn't fit there is null."""
    if folded.vocabulary is not None:
        return _coded(folded.values, folded.filled, folded.vocabulary, kind)
    if kind == DOUBLE:
        return finite(folded.values, folded.filled)
    values = folded.values.astype(np.int64)
    filled = folded.filled.copy()
    filled[list(folded.beyond)] = False
    shares = np.asarray(folded.shares, np.int64)
    if (shares == 1).all() and held == kind:
        return within(values, filled, kind)
    vector = calculated("/", (Vector(held, values, filled), Vector(WHOLE, shares, filled)), kind)
    return _with_beyond(vector, folded, held, kind)


def _with_beyond(vector: Vector, folded: Folded, held: Kind, kind: Kind) -> Vector:
    """Shares of sums beyond 64 bits may be within them."""
    data, filled = vector.data.copy(), vector.filled.copy()
    most = DECIMAL_MAX if kind.type is FieldType.DECIMAL else INT64_MAX
    for place, value in folded.beyond.items():
        share = int(np.asarray(folded.shares)[place])
        units, rest = divmod(abs(value) * 10 ** (kind.scale - held.scale), share)
        units += 2 * rest >= share
        if folded.filled[place] and units <= most:
            data[place], filled[place] = units if value > 0 else -units, True
    return Vector(kind, data, filled)


def _coded(codes: Any, filled: Any, vocabulary: Vocabulary, kind: Kind) -> Vector:
    if kind == TRUTH:
        return Vector(kind, codes == 1, filled & (codes != NULL_CODE))
    there = filled & (codes != NULL_CODE)
    used, places = np.unique(codes[there], return_inverse=True)
    data = np.zeros(len(codes), np.int32)
    data[there] = places
    texts = vocabulary.arrow(used.astype(np.int32)) if len(used) else NO_TEXTS
    return Vector(TEXT, data, there, texts)
