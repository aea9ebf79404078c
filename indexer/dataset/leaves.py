"""What a lookup is made of in each shard: stored words, a slice of a sorted order, few offsets."""

from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Offsets, Words, mask_of, words_of_mask
from indexer.encoding.coded import CodedColumn
from indexer.encoding.number import NumberColumn
from indexer.encoding.ranges import RangeForm, Slices, range_form
from indexer.encoding.sets import SetColumn
from indexer.hot import HotForms
from indexer.model.ids import KEY_FIELD
from indexer.plan.nodes import Equals, Everything, HasValue, Lookup, Nothing, OneOf, Range

DENSE_SHARE = 64
"""A value held by more than one record in 64 is kept as words, a rarer one as offsets."""

CODES_MAX = 64
"""A list of more values is answered by one pass over the codes."""


@dataclass(frozen=True)
class Stored:
    """Words as they lie in memory."""

    words: Words


@dataclass(frozen=True)
class Few:
    """Offsets, one by one, in no order."""

    offsets: Offsets


@dataclass(frozen=True)
class Slice:
    """A slice of a range form."""

    form: RangeForm
    slices: Slices


Part = Stored | Few | Slice


class Leaves:
    """Forms of one view's columns, through a budgeted store."""

    def __init__(self, view: DatasetView, hot: HotForms) -> None:
        self._view = view
        self._hot = hot
        self.words = max(1, 1 << view.shard_bits >> 6)

    def live(self, shard: Shard) -> Words:
        """The live records."""
        return self._words(shard, "live", shard.live)

    def known_count(self, lookup: Lookup) -> int | None:
        """The lookup's count where no pass over words is needed; None where one is."""
        match lookup:
            case Everything():
                return self._view.records
            case Nothing():
                return 0
            case HasValue(field):
                if field == KEY_FIELD:
                    return self._view.records
                columns = [self._view.column(shard, field) for shard in self._view.shards]
                return sum(len(column.filled) for column in columns)
            case Equals() | Range() | OneOf():
                if lookup.field == KEY_FIELD:
                    return len(self._view.order.matching(lookup))
                return self._field_count(lookup)
            case _:
                return None

    def parts(self, lookup: Lookup, shard: Shard) -> list[Part]:
        """What the lookup is the union of, in this shard."""
        match lookup:
            case Everything():
                return [Stored(self.live(shard))]
            case Nothing():
                return []
            case HasValue(field):
                if field == KEY_FIELD:
                    return [Stored(self.live(shard))]
                filled = self._view.column(shard, field).filled
                return [Stored(self._words(self._view.column(shard, field), "filled", filled))]
            case Equals() | Range() | OneOf():
                return self._field_parts(lookup, shard)
            case _:
                return [self._read(lookup, shard)]

    def _field_parts(self, lookup: Equals | OneOf | Range, shard: Shard) -> list[Part]:
        if lookup.field == KEY_FIELD:
            return [Few(self._view.key_offsets(lookup, shard))]
        column = self._view.column(shard, lookup.field)
        if isinstance(column, NumberColumn):
            form = self._range_form(column)
            if form is None:
                return [self._found(column, lookup)]
            if isinstance(lookup, OneOf):
                return self._numbers(lookup, column, form)
            return [Slice(form, form.slices(*form.ranks(lookup)))]
        codes = column.vocabulary.matching(lookup)
        if column.bitmaps is None or len(codes) > CODES_MAX:
            return [self._found(column, lookup)]
        held = [(code, column.bitmaps[code]) for code in codes.tolist() if code in column.bitmaps]
        return [self._value(column, code, bitmap) for code, bitmap in held]

    def _read(self, lookup: Lookup, shard: Shard) -> Part:
        """A lookup that no form serves: the column is read as the plain algebra reads it."""
        bitmap = self._view.finder(shard)(lookup)
        return Stored(words_of_mask(mask_of(bitmap, self.words << 6), self.words))

    def _value(self, column: CodedColumn | SetColumn, code: int, bitmap: BitMap) -> Part:
        if len(bitmap) * DENSE_SHARE < column.size:
            return Few(np.frombuffer(bitmap.to_array(), np.uint32))
        return Stored(self._words(column, code, bitmap))

    def _numbers(self, lookup: OneOf, column: NumberColumn, form: RangeForm) -> list[Part]:
        if len(lookup.values) > CODES_MAX:
            return [self._found(column, lookup)]
        slices = [form.ranks(Equals(lookup.field, value)) for value in lookup.values]
        return [Slice(form, form.slices(low, high)) for low, high in slices if low < high]

    def _found(
        self, column: CodedColumn | SetColumn | NumberColumn, lookup: OneOf | Equals | Range
    ) -> Part:
        bitmap = column.find(lookup)
        return Stored(words_of_mask(mask_of(bitmap, column.size), self.words))

    def _field_count(self, lookup: Equals | OneOf | Range) -> int | None:
        columns = [self._view.column(shard, lookup.field) for shard in self._view.shards]
        total = 0
        for column in columns:
            if isinstance(column, NumberColumn):
                if isinstance(lookup, OneOf):
                    return None
                form = self._range_form(column)
                if form is None:
                    return None
                low, high = form.ranks(lookup)
                total += high - low
            elif isinstance(column, CodedColumn) and column.bitmaps is not None:
                codes = column.vocabulary.matching(lookup)
                total += sum(len(column.bitmaps.get(code, ())) for code in codes.tolist())
            elif isinstance(column, SetColumn) and column.bitmaps is not None:
                if not isinstance(lookup, Equals):
                    return None
                code = column.vocabulary.code(str(lookup.value))
                total += len(column.bitmaps.get(code, ()))
            else:
                return None
        return total

    def _range_form(self, column: NumberColumn) -> RangeForm | None:
        """None while it is being made: the question is answered by reading the column."""
        return self._hot.soon(column, "ranges", lambda: range_form(column, self.words))

    def _words(self, owner: object, name: str | int, bitmap: BitMap) -> Words:
        def make() -> Words:
            return words_of_mask(mask_of(bitmap, self.words << 6), self.words)

        return self._hot.of(owner, name, make)
