"""What a reader sees of one dataset: everything at one sequence, nothing moving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import assert_never

import numpy as np
from pyroaring import BitMap

from indexer.dataset.calendar_parts import ClockReading
from indexer.dataset.compare import Comparison
from indexer.dataset.formulas import Formulas
from indexer.dataset.given import NONE_GIVEN, Givens
from indexer.dataset.keys import MISSING, Ordinals, fits, key_array
from indexer.dataset.order import KeyOrder
from indexer.dataset.shard import Shard
from indexer.encoding.bits import Mask, bitmap_of, bitmap_of_mask, bitmap_of_words
from indexer.encoding.cells import AnyColumn
from indexer.encoding.coded import CodedColumn
from indexer.encoding.number import NumberColumn
from indexer.encoding.sets import SetColumn
from indexer.encoding.text_match import TextLookup, matching_raw
from indexer.encoding.vocabulary import Vocabulary
from indexer.intake.zones import LocalTime
from indexer.model.errors import UnknownField, UnknownRecord
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.record import Record, Value
from indexer.model.schema import FieldType, Schema
from indexer.plan import algebra
from indexer.plan.draws import draws
from indexer.plan.nodes import (
    CalendarPart,
    Compare,
    Equals,
    Everything,
    Exactly,
    Given,
    HasValue,
    Lookup,
    Nothing,
    OneOf,
    Pattern,
    Range,
    Sampled,
    Size,
    TextMatch,
)
from indexer.plan.program import Program
from indexer.plan.related import Beside, Computed, Followed, Linked, Related


@dataclass(frozen=True)
class DatasetView:
    """Shards hold ordinals ``id << shard_bits`` on; ``next_key`` is the next generated key."""

    schema: Schema
    shard_bits: int
    shards: tuple[Shard, ...]
    order: KeyOrder
    vocabularies: Mapping[FieldName, Vocabulary]
    next_key: int = 1
    updated_at: datetime | None = None

    @property
    def records(self) -> int:
        """Live records."""
        return len(self.order)

    @cached_property
    def formulas(self) -> Formulas:
        """What computes the stored formula fields."""
        return Formulas.of(self.schema)

    def counts(self, program: Program, given: Givens = NONE_GIVEN) -> list[int]:
        """One count per output of the program, over all shards."""
        totals = np.zeros(len(program.outputs), np.int64)
        for shard in self.shards:
            found = algebra.counts(program, self.finder(shard, given), shard.live)
            totals += np.array(found, np.int64)
        return [int(total) for total in totals]

    def members(self, program: Program, given: Givens = NONE_GIVEN) -> dict[int, BitMap]:
        """The offsets in each shard, by shard id, of a program of one output."""
        return {
            shard.id: algebra.members(program, self.finder(shard, given), shard.live)
            for shard in self.shards
        }

    def finder(self, shard: Shard, given: Givens = NONE_GIVEN) -> algebra.Finder:
        """Answers lookups on this shard. What it gives raises UnknownField."""

        def find(lookup: Lookup) -> BitMap:
            match lookup:
                case Everything():
                    return shard.live
                case Nothing():
                    return BitMap()
                case HasValue(field):
                    return shard.live if field == KEY_FIELD else self.column(shard, field).filled
                case Equals() | OneOf() | Range():
                    if lookup.field == KEY_FIELD:
                        return bitmap_of(self.key_offsets(lookup, shard))
                    return self.column(shard, lookup.field).find(lookup)
                case TextMatch() | Pattern():
                    return self._matching(shard, lookup)
                case Size() | Exactly():
                    return self._of_sets(shard, lookup)
                case Compare() | CalendarPart():
                    return self._by_clock(shard, lookup)
                case Sampled():
                    return _sampled(shard, lookup)
                case Given() | Related() | Linked() | Followed() | Computed():
                    return _given(shard, lookup, given)
                case _:
                    assert_never(lookup)

        return find

    def read(self, ordinals: Ordinals, fields: Sequence[FieldName]) -> list[Record]:
        """The records at these ordinals, in that order, with these fields."""
        columns = [self._values(ordinals, field) for field in fields]
        keys = self._keys(ordinals)
        return [
            Record(key, dict(zip(fields, values, strict=True)))
            for key, values in zip(
                keys, zip(*columns, strict=True) if fields else [()] * len(keys), strict=True
            )
        ]

    def record(self, key: RecordKey) -> Record:
        """One record with all its fields. Raises: UnknownRecord."""
        ordinals = self.find([key])
        if ordinals[0] == MISSING:
            raise UnknownRecord(f"dataset {self.schema.name!r} has no record of that key")
        (record,) = self.read(ordinals, self.schema.listed)
        return record

    def find(self, keys: Sequence[RecordKey]) -> Ordinals:
        """The ordinal of each key, MISSING where there is none or no key can look like that."""
        ordinals = np.full(len(keys), MISSING, np.int64)
        type_ = self.order.type
        places = [place for place, key in enumerate(keys) if fits(key, type_)]
        ordinals[places] = self.order.find(key_array([keys[place] for place in places], type_))
        return ordinals

    def known_field(self, name: FieldName) -> FieldName:
        """The name under which the field is stored. Raises: UnknownField."""
        field = self.schema.field(name)
        if field is None:
            raise UnknownField(f"dataset {self.schema.name!r} has no field {name!r}")
        if not field.stored:
            raise UnknownField(
                f"field {name!r} of dataset {self.schema.name!r} is computed when somebody asks"
                " and has no stored values"
            )
        return field.name

    def split(self, ordinals: Ordinals) -> list[tuple[Shard, Ordinals]]:
        """For each shard concerned, the places in ``ordinals`` that belong to it."""
        owners = ordinals >> self.shard_bits
        return [
            (self.shards[int(owner)], np.flatnonzero(owners == owner))
            for owner in np.flatnonzero(np.bincount(owners))
        ]

    def offsets(self, ordinals: Ordinals) -> Ordinals:
        """Each ordinal's place in its shard."""
        return ordinals & ((1 << self.shard_bits) - 1)

    def without_place(self, ordinals: Ordinals) -> Mask:
        """Which of these ordinals lie beyond what its shards hold."""
        owners = ordinals >> self.shard_bits
        # One shard more, without places: it stands for all that are not there.
        sizes = np.array([*(shard.size for shard in self.shards), 0], np.int64)
        beyond: Mask = self.offsets(ordinals) >= sizes[np.minimum(owners, len(self.shards))]
        return beyond

    def column(self, shard: Shard, field: FieldName) -> AnyColumn:
        """The field in that shard. Raises: UnknownField."""
        column = shard.columns.get(field)
        if column is None:
            raise UnknownField(f"dataset {self.schema.name!r} has no field {field!r}")
        return column

    def key_offsets(self, lookup: Equals | OneOf | Range, shard: Shard) -> Ordinals:
        """The shard's offsets whose key satisfies a lookup on ``_key``, in no order."""
        return self.order.offsets(lookup, shard.id)

    def _matching(self, shard: Shard, lookup: TextLookup) -> BitMap:
        if lookup.field == KEY_FIELD:
            return bitmap_of_mask(matching_raw(shard.key_texts, lookup)) & shard.live
        column = self.column(shard, lookup.field)
        assert isinstance(column, CodedColumn), lookup.field
        return column.find(lookup)

    def _of_sets(self, shard: Shard, lookup: Size | Exactly) -> BitMap:
        column = self.column(shard, lookup.field)
        assert isinstance(column, SetColumn), lookup.field
        if isinstance(lookup, Size):
            return column.sized(lookup.low, lookup.high)
        return column.exactly(lookup.members)

    def _by_clock(self, shard: Shard, lookup: Compare | CalendarPart) -> BitMap:
        if isinstance(lookup, Compare):
            local_time = self._local_time(lookup.zone) if lookup.zone else None
            return Comparison(lookup, self.schema, local_time).find(shard)
        column, field = self.column(shard, lookup.field), self.schema.field(lookup.field)
        assert isinstance(column, NumberColumn), lookup.field
        assert field is not None, lookup.field
        return ClockReading(lookup, field.type is FieldType.DATE).find(column)

    def _local_time(self, zone: str) -> LocalTime:
        return self._local_times.setdefault(zone, LocalTime(zone))

    @cached_property
    def _local_times(self) -> dict[str, LocalTime]:
        """Zones asked for so far: they remember the days they have converted."""
        return {}

    def _keys(self, ordinals: Ordinals) -> list[RecordKey]:
        keys: list[RecordKey] = [0] * len(ordinals)
        for shard, places in self.split(ordinals):
            part = shard.keys.at(self.offsets(ordinals[places])).tolist()
            for place, key in zip(places.tolist(), part, strict=True):
                keys[place] = key
        return keys

    def _values(self, ordinals: Ordinals, field: FieldName) -> list[Value]:
        stored = self.known_field(field)
        if stored == KEY_FIELD:
            return list(self._keys(ordinals))
        values: list[Value] = [None] * len(ordinals)
        for shard, places in self.split(ordinals):
            part = shard.columns[stored].values(self.offsets(ordinals[places]))
            for place, value in zip(places.tolist(), part, strict=True):
                values[place] = value
        return values


def _given(shard: Shard, lookup: Given | Beside, given: Givens) -> BitMap:
    assert isinstance(lookup, Given), "answered beside the view"
    return bitmap_of_words(given[lookup.token].words[shard.id])


def _sampled(shard: Shard, lookup: Sampled) -> BitMap:
    drawn = draws(shard.key_texts, lookup.salt)
    held = (drawn >= np.uint64(lookup.first)) & (drawn <= np.uint64(lookup.last))
    return bitmap_of_mask(held) & shard.live
