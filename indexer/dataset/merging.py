"""Pages and samples of records that stand in several views."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset import pages
from indexer.dataset.ordering import in_order
from indexer.dataset.parts import Parts
from indexer.model.ids import FieldName
from indexer.model.record import Cursor, OrderBy, Record
from indexer.plan.draws import draws
from indexer.plan.texts import texts_of


def page(
    parts: Parts,
    *,
    fields: Sequence[FieldName],
    limit: int,
    after: Cursor | None,
    order: Sequence[OrderBy],
) -> tuple[tuple[Record, ...], Cursor | None]:
    """The first ``limit`` records after a place, and the place after them if more come.

    Cost: a page of every part. Raises: UnknownField, BadShape.
    """
    wanted = [*fields, *(each.field for each in order)]
    found: list[Record] = []
    more = False
    for part in parts:
        records, further = pages.page(
            part.view, part.members, fields=wanted, limit=limit, after=after, order=order
        )
        found += records
        more = more or further is not None
    if len(parts) > 1:
        names = [each.field for each in order]
        ranked = in_order(found, names, [each.descending for each in order])
        found = [found[place] for place in ranked]
    kept = tuple(
        Record(record.key, {name: record.values[name] for name in fields})
        for record in found[:limit]
    )
    if not kept or not (more or len(found) > limit):
        return kept, None
    last = found[limit - 1]
    values: Any = tuple(last.values[each.field] for each in order)
    return kept, Cursor(values, last.key)


def sample(
    parts: Parts, *, fields: Sequence[FieldName], size: int, seed: int | str
) -> tuple[Record, ...]:
    """The ``size`` records whose draws are smallest, by draw, then key. Raises: TooLarge.

    Cost: a draw a record.
    """
    found: list[Record] = []
    for part in parts:
        ordinals = pages.sample(part.view, part.members, size, seed)
        found += part.view.read(ordinals, fields)
    if len(parts) == 1 or not found:
        return tuple(found)
    drawn = draws(_key_texts(found), str(seed))
    by_key = np.array(in_order(found, [], []), np.int64)
    order = by_key[np.argsort(drawn[by_key], kind="stable")]
    return tuple(found[place] for place in order[:size].tolist())


def _key_texts(records: Sequence[Record]) -> Any:
    keys = [record.key for record in records]
    if isinstance(keys[0], int):
        return pa.array(keys, pa.int64()).cast(pa.large_string())
    return texts_of(np.array(keys, object))
