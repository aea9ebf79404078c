"""Two fields of one record compared, a shard at a time."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow.compute as pc
from pyroaring import BitMap

from indexer.dataset.shard import Shard
from indexer.encoding.bits import Mask, bitmap_of, mask_of_words
from indexer.encoding.coded import CodedColumn, FlagColumn
from indexer.encoding.exact import Orders, order_of
from indexer.encoding.number import NumberColumn
from indexer.intake.moments import FIRST_DAY, LAST_DAY
from indexer.intake.zones import LocalTime
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import FieldType, Schema
from indexer.plan.fold import folded_texts
from indexer.plan.nodes import Compare

_DAY_US = 86_400_000_000
_DAYS_MAX = 2**63 // _DAY_US - 2
"""Days farther from 1970 count as this far: no instant of 64 bits is beyond."""


@dataclass(frozen=True)
class Comparison:
    """What a Compare compares. ``local_time`` is that of its zone, None if it names none."""

    lookup: Compare
    schema: Schema
    local_time: LocalTime | None

    def find(self, shard: Shard) -> BitMap:
        """Offsets of live records for which it holds. Cost: vectorised over the shard."""
        lookup = self.lookup
        both = _present(shard, lookup.field) & _present(shard, lookup.other)
        offsets = np.flatnonzero(both)
        if _is_text(shard, lookup.field):
            held = _texts_hold(
                _texts(shard, lookup.field, offsets, fold=lookup.fold),
                _texts(shard, lookup.other, offsets, fold=lookup.fold),
                lookup.sign,
            )
        else:
            order = order_of(
                self._numbers(shard, lookup.field, offsets),
                self._numbers(shard, lookup.other, offsets),
                self._scale(lookup.field),
                self._scale(lookup.other),
            )
            held = _holds(order, lookup.sign)
        return bitmap_of(offsets[held]) & shard.live

    def _scale(self, name: FieldName) -> int:
        field = self.schema.field(name)
        assert field is not None, name
        return field.scale if field.type is FieldType.DECIMAL else 0

    def _numbers(self, shard: Shard, name: FieldName, offsets: Any) -> Any:
        if name == KEY_FIELD:
            return shard.keys.at(offsets)
        column = shard.columns[name]
        if isinstance(column, FlagColumn):
            return column.codes_at(offsets).astype(np.int64)
        assert isinstance(column, NumberColumn), name
        numbers = column.numbers_at(offsets)
        field = self.schema.field(name)
        assert field is not None, name
        if field.type is FieldType.DATE and self.local_time is not None:
            return _midnights(numbers, self.local_time)
        return numbers


def _present(shard: Shard, name: FieldName) -> Mask:
    if name == KEY_FIELD:
        return np.ones(shard.size, np.bool_)
    column = shard.columns[name]
    if isinstance(column, NumberColumn):
        return mask_of_words(column.present, shard.size)
    assert isinstance(column, CodedColumn), name
    return mask_of_words(column.filled_words, shard.size)


def _is_text(shard: Shard, name: FieldName) -> bool:
    if name == KEY_FIELD:
        return shard.keys.type is FieldType.KEYWORD
    return type(shard.columns[name]) is CodedColumn


def _texts(shard: Shard, name: FieldName, offsets: Any, *, fold: bool) -> Any:
    if name == KEY_FIELD:
        keys = shard.key_texts.take(offsets)
        return folded_texts(keys) if fold else keys
    column = cast("CodedColumn", shard.columns[name])
    return column.vocabulary.pool.take(column.cells(offsets).codes, fold=fold)


def _texts_hold(left: Any, right: Any, sign: str) -> Mask:
    # Arrow orders texts by their UTF-8 bytes.
    compare = {"=": pc.equal, "<": pc.less, "<=": pc.less_equal}[sign]
    return np.asarray(compare(left, right))


def _holds(order: Orders, sign: str) -> Mask:
    held: Mask = {"=": order == 0, "<": order < 0, "<=": order <= 0}[sign]
    return held


def _midnights(days: Any, local_time: LocalTime) -> Any:
    """When days begin; outside the years 1 to 9999 by the offset at their edge."""
    known = np.clip(days, FIRST_DAY, LAST_DAY)
    beyond = np.clip(days, -_DAYS_MAX, _DAYS_MAX) - known
    return local_time.to_utc(known * _DAY_US) + beyond * _DAY_US
