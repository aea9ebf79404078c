"""The first of some records in an order by fields and then by key, without sorting them all.

A *rank* is a uint64 that compares as the values do: a number by its bits, a text a few bytes at a
time (``indexer.encoding.text_order``). One pass keeps what can still be among the first; ties go
on to the next bytes, the next field, the key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.key_page import Group, by_key, parts_of
from indexer.dataset.keys import IntKeys, Ordinals
from indexer.dataset.members import Members
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Mask
from indexer.encoding.text_order import STEP_BYTES, ends, step_of, steps_of
from indexer.encoding.texts import Texts
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Cursor, OrderBy, Record
from indexer.model.schema import FieldType

SORTED_MAX = 1_024
"""So few records are sorted by their values at once."""

TABLE_MAX = 65_536
"""Fields of so few texts are ranked text by text, others record by record."""

Ranks = npt.NDArray[np.uint64]

_SIGN = np.uint64(1 << 63)


@dataclass(frozen=True)
class _Level:
    """What a pass looks at: a field of the order, and for texts the byte from which on."""

    place: int = 0
    start: int = 0


@dataclass(frozen=True)
class _Pass:
    """Those of the floor's own rank, and the first of those above it.

    ``sure`` are fewer than were asked for; as many as are then missing come from ``ties``, which
    share the rank ``edge``, or, if there is none, from ``nulls``.
    """

    same: Ordinals
    sure: Ordinals
    ties: Ordinals
    edge: np.uint64 | None
    nulls: Ordinals


class Ordering:
    """An order of a view's records. Its fields are known ones, and none of them holds sets."""

    def __init__(self, view: DatasetView, order: Sequence[OrderBy]) -> None:
        self._view = view
        self._fields = [view.known_field(each.field) for each in order]
        if KEY_FIELD in self._fields:
            # No two keys are equal: nothing after them decides.
            place = self._fields.index(KEY_FIELD)
            # Ascending keys come last in every order, so they need not be said.
            del self._fields[place + order[place].descending :]
        self._descending = [each.descending for each in order[: len(self._fields)]]
        self._types = [_type(view, name) for name in self._fields]
        self._tables: dict[tuple[_Level, int], Ranks] = {}

    def first(self, members: Members, limit: int, after: Cursor | None) -> Ordinals:
        """The first ``limit`` members after a place, in order. Cost: a pass over the members."""
        if after is None:
            return self._first(members, _Level(), limit)
        group: Group = members
        level = _Level()
        passes: list[tuple[_Pass, _Level]] = []
        while level.place < len(self._fields):
            floor = self._floor(after, level)
            if floor is None:
                group, level = self._nulls(group, level), _Level(level.place + 1)
                continue
            found = self._pass(group, level, limit, floor)
            passes.append((found, level))
            group, level = found.same, self._next(level, floor)
        page = by_key(self._view, group, limit, after.key)
        for found, level in reversed(passes):
            missing = limit - len(page)
            if not missing:
                break
            sure = self._sorted(found.sure, level)[:missing]
            rest = self._first(*self._rest(found, level), missing - len(sure))
            page = np.concatenate((page, sure, rest))
        return page

    def _first(self, group: Group, level: _Level, limit: int) -> Ordinals:
        page: list[Ordinals] = [np.array([], np.int64)]
        while limit > 0 and len(group):
            if level.place == len(self._fields):
                page.append(by_key(self._view, group, limit, None))
                break
            if len(group) <= SORTED_MAX:
                ordinals = group.ordinals() if isinstance(group, Members) else group
                page.append(self._sorted(ordinals, level)[:limit])
                break
            if level.start and self._is_one_text(group, level):
                level = _Level(level.place + 1)
                continue
            found = self._pass(group, level, limit, None)
            page.append(self._sorted(found.sure, level)[:limit])
            limit -= len(page[-1])
            group, level = self._rest(found, level)
        return np.concatenate(page)

    def _rest(self, found: _Pass, level: _Level) -> tuple[Ordinals, _Level]:
        if found.edge is None:
            return found.nulls, _Level(level.place + 1)
        return found.ties, self._next(level, found.edge)

    def _next(self, level: _Level, rank: np.uint64) -> _Level:
        """What decides among records of one rank."""
        if self._types[level.place] in _TEXTS:
            step = ~rank if self._descending[level.place] else rank
            if not ends(step):
                return _Level(level.place, level.start + STEP_BYTES)
        return _Level(level.place + 1)

    def _pass(self, group: Group, level: _Level, limit: int, floor: np.uint64 | None) -> _Pass:
        same, nulls, ties = [_NONE], [_NONE], [_NONE]
        sure, sure_ranks = _NONE, np.array([], np.uint64)
        edge: np.uint64 | None = None
        for shard, offsets in parts_of(self._view, group):
            ranks, filled = self._ranks(shard, offsets, level)
            ordinals = offsets + (shard.id << self._view.shard_bits)
            if len(ranks) < len(ordinals):
                if edge is None:
                    nulls.append(ordinals[~filled])
                ordinals = ordinals[filled]
            if floor is not None:
                same.append(ordinals[ranks == floor])
            if edge is not None:
                ordinals, ranks = _where(ranks <= edge, ordinals, ranks)
            if floor is not None:
                ordinals, ranks = _where(ranks > floor, ordinals, ranks)
            if edge is not None:
                ties.append(ordinals[ranks == edge])
                ordinals, ranks = _where(ranks < edge, ordinals, ranks)
            sure = np.concatenate((sure, ordinals))
            sure_ranks = np.concatenate((sure_ranks, ranks))
            if len(sure) >= limit:
                edge = np.partition(sure_ranks, limit - 1)[limit - 1]
                ties = [sure[sure_ranks == edge]]
                sure, sure_ranks = _where(sure_ranks < edge, sure, sure_ranks)
        joined = [np.concatenate(each) for each in (same, ties, nulls)]
        return _Pass(joined[0], sure, joined[1], edge, joined[2])

    def _nulls(self, group: Group, level: _Level) -> Ordinals:
        """All of those without a value."""
        nulls = [_NONE]
        for shard, offsets in parts_of(self._view, group):
            _, filled = self._ranks(shard, offsets, level)
            nulls.append(offsets[~filled] + (shard.id << self._view.shard_bits))
        return np.concatenate(nulls)

    def _ranks(self, shard: Shard, offsets: Ordinals, level: _Level) -> tuple[Ranks, Mask]:
        """The ranks of the records that have a value, and which of them do."""
        name = self._fields[level.place]
        if name == KEY_FIELD:
            filled = np.ones(len(offsets), np.bool_)
            if isinstance(shard.keys, IntKeys):
                ranks = _number_ranks(shard.keys.at(offsets))
            else:
                ranks = steps_of(Texts.of(shard.key_texts), offsets, level.start)
        else:
            cells: Any = shard.columns[name].cells(offsets)
            filled = cells.filled
            whole = bool(filled.all())
            if self._types[level.place] in _TEXTS:
                ranks = self._text_ranks(cells.codes if whole else cells.codes[filled], level)
            else:
                ranks = _number_ranks(cells.numbers if whole else cells.numbers[filled])
        return ~ranks if self._descending[level.place] else ranks, filled

    def _text_ranks(self, codes: Any, level: _Level) -> Ranks:
        texts = self._view.vocabularies[self._fields[level.place]].texts
        size = len(texts)
        if size > TABLE_MAX:
            return steps_of(texts, codes, level.start)
        table = self._tables.get((level, size))
        if table is None:
            table = steps_of(texts, np.arange(size), level.start)
            self._tables[level, size] = table
        ranks: Ranks = table[codes]
        return ranks

    def _floor(self, after: Cursor, level: _Level) -> np.uint64 | None:
        value: Any = after.values[level.place]
        if value is None:
            return None
        if self._types[level.place] in _TEXTS:
            rank = step_of(str(value), level.start)
        else:
            kind = np.float64 if self._types[level.place] is FieldType.FLOAT else np.int64
            rank = _number_ranks(np.array([value], kind))[0]
        return ~rank if self._descending[level.place] else rank

    def _is_one_text(self, group: Group, level: _Level) -> bool:
        """Whether all have one text, so that its further bytes decide nothing."""
        name = self._fields[level.place]
        if name == KEY_FIELD:
            return False
        cells: Iterator[Any] = (
            shard.columns[name].cells(offsets) for shard, offsets in parts_of(self._view, group)
        )
        ends_of = [(int(each.codes.min()), int(each.codes.max())) for each in cells]
        return min(low for low, _ in ends_of) == max(high for _, high in ends_of)

    def _sorted(self, ordinals: Ordinals, level: _Level) -> Ordinals:
        """All of them in order. For few: a Python step a record."""
        fields = self._fields[level.place :]
        records = self._view.read(ordinals, fields)
        return ordinals[in_order(records, fields, self._descending[level.place :])]


def in_order(
    records: Sequence[Record], fields: Sequence[FieldName], descending: Sequence[bool]
) -> list[int]:
    """The places of some records by their fields and then by key; nulls come last either way."""
    places = sorted(range(len(records)), key=lambda place: _rank(records[place].key))
    for name, falls in reversed([*zip(fields, descending, strict=True)]):
        values = [record.values[name] for record in records]
        held = [place for place in places if values[place] is not None]
        held.sort(key=[_rank(value) for value in values].__getitem__, reverse=falls)
        places = held + [place for place in places if values[place] is None]
    return places


_NONE: Ordinals = np.array([], np.int64)
_TEXTS = (FieldType.KEYWORD, FieldType.TEXT, FieldType.BOOL)
"""Types whose values are texts to us; those of a bool are in order too."""


def _type(view: DatasetView, name: FieldName) -> FieldType:
    if name == KEY_FIELD:
        return view.order.type
    field = view.schema.field(name)
    assert field is not None, name
    return field.type


def _where(held: Mask, ordinals: Ordinals, ranks: Ranks) -> tuple[Ordinals, Ranks]:
    return ordinals[held], ranks[held]


def _number_ranks(numbers: Any) -> Ranks:
    if numbers.dtype.kind == "f":
        # 0.0 and -0.0 are one value; negative numbers descend in their bits.
        bits = (numbers.astype(np.float64) + 0.0).view(np.uint64)
        of_floats: Ranks = np.where(bits & _SIGN, ~bits, bits | _SIGN)
        return of_floats
    ranks: Ranks = numbers.astype(np.int64).view(np.uint64) ^ _SIGN
    return ranks


def _rank(value: Any) -> Any:
    """Texts by their UTF-8 bytes; they may be the same object many times over."""
    return value.encode() if isinstance(value, str) else value
