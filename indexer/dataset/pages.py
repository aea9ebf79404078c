"""Pages of records in an order, and samples of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.dataset.keys import Ordinals, fits
from indexer.dataset.members import Members
from indexer.dataset.view import DatasetView
from indexer.model.errors import BadShape, TooLarge
from indexer.model.ids import FieldName
from indexer.model.limits import ORDER_FIELDS_MAX, SAMPLE_MAX
from indexer.model.record import Cursor, OrderBy, Record
from indexer.model.schema import FieldType
from indexer.plan.draws import draws

PAGE_STRIDE = 65_536
"""Keys looked through at a time when a page in key order is filled."""


def checked_order(view: DatasetView, order: Sequence[OrderBy], after: Cursor | None) -> None:
    """Raises: UnknownField, BadShape."""
    if len(order) > ORDER_FIELDS_MAX:
        raise BadShape(f"order by at most {ORDER_FIELDS_MAX} fields")
    for each in order:
        view.known_field(each.field)
        field = view.schema.field(each.field)
        if field is not None and field.type is FieldType.SET:
            raise BadShape(f"field {each.field!r} holds sets, which have no order")
    if after is not None and len(after.values) != len(order):
        raise BadShape("the place to go on after belongs to another order")
    if after is not None and not fits(after.key, view.order.type):
        raise BadShape("no record of this dataset has a key like the one to go on after")


def page(
    view: DatasetView,
    members: Members,
    *,
    fields: Sequence[FieldName],
    limit: int,
    after: Cursor | None,
    order: Sequence[OrderBy],
) -> tuple[tuple[Record, ...], Cursor | None]:
    """The first ``limit`` members after a place, and the place after them if more come."""
    checked_order(view, order, after)
    if order:
        ordinals = _ordered(view, members, limit + 1, after, order)
    else:
        ordinals = by_key(view, members, limit + 1, after and after.key)
    records = tuple(view.read(ordinals[:limit], fields))
    if len(ordinals) <= limit or not records:
        return records, None
    (last,) = view.read(ordinals[limit - 1 : limit], [each.field for each in order])
    values: Any = tuple(last.values[each.field] for each in order)
    return records, Cursor(values, last.key)


def by_key(view: DatasetView, members: Members, limit: int, after: Any) -> Ordinals:
    """The first ``limit`` members in key order whose key is greater than ``after``.

    Cost: one pass over the keys up to the page's end.
    """
    found: list[Ordinals] = []
    for start in range(view.order.after(after), len(view.order), PAGE_STRIDE):
        ordinals = view.order.ordinals[start : start + PAGE_STRIDE]
        part = ordinals[members.holds(ordinals)][:limit]
        found.append(part)
        limit -= len(part)
        if not limit:
            break
    return np.concatenate(found) if found else np.array([], np.int64)


def sample(view: DatasetView, members: Members, size: int, seed: int | str) -> Ordinals:
    """The ``size`` members whose draws are smallest, by draw, then key. Raises: TooLarge."""
    if size > SAMPLE_MAX:
        raise TooLarge(f"a sample has at most {SAMPLE_MAX:,} records")
    ordinals = members.ordinals()
    drawn = np.zeros(len(ordinals), np.uint64)
    for shard, places in view.split(ordinals):
        texts = shard.key_texts.take(view.offsets(ordinals[places]))
        drawn[places] = draws(texts, str(seed))
    keys = [record.key for record in view.read(ordinals, [])]
    ranked = sorted(range(len(ordinals)), key=lambda place: (int(drawn[place]), _rank(keys[place])))
    return ordinals[ranked[:size]]


def _ordered(
    view: DatasetView,
    members: Members,
    limit: int,
    after: Cursor | None,
    order: Sequence[OrderBy],
) -> Ordinals:
    ordinals = by_key(view, members, view.records, None)
    records = view.read(ordinals, [each.field for each in order])
    places = list(range(len(ordinals)))
    start = 0
    for depth in reversed(range(len(order))):
        each = order[depth]
        held = [place for place in places if records[place].values[each.field] is not None]
        nulls = [place for place in places if records[place].values[each.field] is None]
        held.sort(
            key=lambda place: _rank(records[place].values[each.field]),
            reverse=each.descending,
        )
        places = held + nulls
    if after is not None:
        cut = [_sign(records[place], after, order) for place in places]
        start = sum(1 for sign in cut if sign <= 0)
    return ordinals[places[start : start + limit]]


def _sign(record: Record, after: Cursor, order: Sequence[OrderBy]) -> int:
    for each, theirs in zip(order, after.values, strict=True):
        ours: Any = record.values[each.field]
        if ours == theirs:
            continue
        if ours is None or theirs is None:
            return 1 if ours is None else -1
        larger = 1 if _rank(ours) > _rank(theirs) else -1
        return -larger if each.descending else larger
    if record.key == after.key:
        return 0
    return 1 if _rank(record.key) > _rank(after.key) else -1


def _rank(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
