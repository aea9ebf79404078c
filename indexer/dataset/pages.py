"""Pages of records in an order, and samples of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.key_page import by_key, keys_of, parts_of
from indexer.dataset.keys import IntKeys, Ordinals, fits
from indexer.dataset.members import Members
from indexer.dataset.ordering import Ordering
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.model.errors import BadShape, TooLarge
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.limits import ORDER_FIELDS_MAX, SAMPLE_MAX
from indexer.model.record import Cursor, OrderBy, Record
from indexer.model.schema import Field, FieldType
from indexer.plan.draws import draws


def page(
    view: DatasetView,
    members: Members,
    *,
    fields: Sequence[FieldName],
    limit: int,
    after: Cursor | None,
    order: Sequence[OrderBy],
) -> tuple[tuple[Record, ...], Cursor | None]:
    """The first ``limit`` members after a place, and the place after them if more come.

    Cost: for key order the keys up to the page's end, else one pass over the members. Raises:
    UnknownField, BadShape.
    """
    ordered = [_ordered(view, each) for each in order]
    if len(order) > ORDER_FIELDS_MAX:
        raise BadShape(f"order by at most {ORDER_FIELDS_MAX} fields")
    if after is not None:
        _check(view, after, ordered)
    if order:
        ordinals = Ordering(view, order).first(members, limit + 1, after)
    else:
        ordinals = by_key(view, members, limit + 1, None if after is None else after.key)
    records = tuple(view.read(ordinals[:limit], fields))
    if len(ordinals) <= limit or not records:
        return records, None
    (last,) = view.read(ordinals[limit - 1 : limit], [each.field for each in order])
    values: Any = tuple(last.values[each.field] for each in order)
    return records, Cursor(values, last.key)


def sample(view: DatasetView, members: Members, size: int, seed: int | str) -> Ordinals:
    """The ``size`` members whose draws are smallest, by draw, then key.

    Cost: a draw a member. Raises: TooLarge.
    """
    if size > SAMPLE_MAX:
        raise TooLarge(f"a sample has at most {SAMPLE_MAX:,} records")
    held, drawn = np.array([], np.int64), np.array([], np.uint64)
    if not size:
        return held
    for shard, offsets in parts_of(view, members):
        held = np.concatenate((held, offsets + (shard.id << view.shard_bits)))
        drawn = np.concatenate((drawn, draws(_key_texts(shard, offsets), str(seed))))
        if len(held) > size:
            # All of the greatest draw stay: the key decides among them, at the end.
            near = drawn <= np.partition(drawn, size - 1)[size - 1]
            held, drawn = held[near], drawn[near]
    order = np.argsort(keys_of(view, held), kind="stable")
    order = order[np.argsort(drawn[order], kind="stable")]
    return held[order[:size]]


def _ordered(view: DatasetView, each: OrderBy) -> Field:
    view.known_field(each.field)
    field = view.schema.field(each.field)
    assert field is not None, "its name is known"
    if field.type is FieldType.SET:
        raise BadShape(f"field {each.field!r} holds sets, which have no order")
    return field


def _check(view: DatasetView, after: Cursor, fields: Sequence[Field]) -> None:
    """Raises: BadShape unless a record could stand at this place of this order."""
    if not fits(after.key, view.order.type):
        raise BadShape("no record of this dataset has a key like the one to go on after")
    if len(after.values) != len(fields) or not all(
        value is None or _could_hold(view, field, value)
        for value, field in zip(after.values, fields, strict=True)
    ):
        raise BadShape("the place to go on after belongs to another order")


def _could_hold(view: DatasetView, field: Field, value: object) -> bool:
    match field.type:
        case _ if field.name == KEY_FIELD:
            return fits(value, view.order.type)
        case FieldType.BOOL:
            return isinstance(value, bool)
        case FieldType.FLOAT:
            return isinstance(value, float)
        case FieldType.KEYWORD | FieldType.TEXT:
            return isinstance(value, str)
        case _:
            return fits(value, FieldType.INT)


def _key_texts(shard: Shard, offsets: Ordinals) -> Any:
    if isinstance(shard.keys, IntKeys):
        return pa.array(shard.keys.at(offsets)).cast(pa.large_string())
    return shard.key_texts.take(pa.array(offsets))
