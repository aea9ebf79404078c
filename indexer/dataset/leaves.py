"""How each lookup is answered over a view: from words, sorted orders, codes, or by reading."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.dataset.forms import EMPTY, Form, Patch, Row, patch_of, row_of, rows_of
from indexer.dataset.shard import Shard
from indexer.dataset.spans import Spans
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words, mask_of, words_of_mask
from indexer.encoding.coded import CodedColumn, FlagColumn
from indexer.encoding.number import NumberColumn
from indexer.encoding.serial import Serial
from indexer.encoding.sets import SetColumn
from indexer.hot import HotForms
from indexer.kernels.codes import words_of_codes, words_of_serial
from indexer.model.costs import Costs
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.switches import Switches
from indexer.plan.nodes import (
    Equals,
    Everything,
    Given,
    HasValue,
    Lookup,
    Nothing,
    OneOf,
    Pattern,
    Range,
    TextMatch,
)
from indexer.plan.program import Program
from indexer.results import Identity, Results

KNOWN_MAX = 10_000
"""Streams remembered by address; past it they are found again one by one."""

Value = tuple[FieldName, int]


class Leaves:
    """Forms of one view's lookups, through a budgeted store. Safe to share between threads."""

    def __init__(
        self,
        view: DatasetView,
        hot: HotForms,
        results: Results,
        switches: Switches,
        costs: Costs,
    ) -> None:
        self.view = view
        self._costs = costs
        self.words = max(1, 1 << view.shard_bits >> 6)
        self._hot = hot
        self._results = results
        self._switches = switches
        self._rows: dict[tuple[FieldName, int | str], Row] = {}
        self._few: dict[Value, Patch] = {}
        self._sizes: dict[Value, int] = {}
        self._value_counts: dict[FieldName, dict[str, int]] = {}
        self.prepared: dict[tuple[Program, bool], Any] = {}
        """Programs made ready to run, by whoever runs them; they go with the forms they are of."""
        self._dropped = hot.dropped
        self._versions: dict[FieldName, Identity] = {}
        shards = len(view.shards)
        self.zeros, self.ones = (hot.slabs.zeros(self.words) for _ in range(2))
        self.ones[:] = ~self.zeros
        self.nothing = row_of([self.zeros] * shards)
        self.spans = Spans(view, hot, self.zeros, costs.narrow_share)

    @property
    def live(self) -> Row:
        """The live records. A shard of live records only has its words in common with all such."""
        return self._row(KEY_FIELD, "live", lambda shard: self._all(shard, "live", shard.live))

    def version(self, field: FieldName) -> Identity:
        """The identity of the field's columns; of the live records for ``_key``."""
        known = self._versions.get(field)
        if known is None:
            shards = self.view.shards
            parts: tuple[object, ...] = (
                tuple(shard.live for shard in shards)
                if field == KEY_FIELD
                else tuple(self.view.column(shard, field) for shard in shards)
            )
            known = self._results.version((self.view.schema.name, field), parts)
            self._versions[field] = known
        return known

    def refresh(self) -> None:
        """Let go of what was dropped from the budget: rows keep what they point to alive."""
        if self._dropped != self._hot.dropped:
            self._dropped = self._hot.dropped
            self._rows, self._few, self.prepared = {}, {}, {}
            self.spans.forget()

    def stored_count(self, lookup: Lookup) -> int | None:
        """The lookup's count where the index has it at hand, None where it must be looked at.

        Cost: none for values and nulls, a search of each shard's order for ranges.
        """
        if not self._switches.ranges:
            return None
        match lookup:
            case Equals() | OneOf() | Range() if lookup.field == KEY_FIELD:
                return self.view.order.count(lookup)
            case Equals(field, value):
                counts = self._value_counts.get(field)
                if counts is None:
                    counts = self._value_counts[field] = self._counted(field)
                # True is no number and 1 is no text, but all of them find their way in a dict.
                known = counts.get(value) if type(value) is str else None
                if known is not None:
                    return known
                return self.spans.count(lookup) if self._is(field, NumberColumn) else None
            case Range(field=field):
                return self.spans.count(lookup) if self._is(field, NumberColumn) else None
            case HasValue(field):
                return self._filled(field).count
            case _:
                return None

    def _counted(self, field: FieldName) -> dict[str, int]:
        """How many records have each text that has bitmaps."""
        column = self._first(field)
        columns: list[Any] = [self.view.column(shard, field) for shard in self.view.shards]
        if isinstance(column, FlagColumn | NumberColumn) or column is None:
            return {}
        if any(each.bitmaps is None for each in columns):
            return {}
        sizes: Counter[int] = Counter()
        for each in columns:
            for code, bitmap in each.bitmaps.items():
                sizes[code] += len(bitmap)
        return {column.vocabulary.text(code): size for code, size in sizes.items()}

    def form(self, lookup: Lookup) -> Form:
        """How the lookup is answered. Raises: UnknownField."""
        match lookup:
            case Everything():
                return Form("live records", self.view.records, (self.live,))
            case Nothing():
                return EMPTY
            case HasValue(field):
                return self._filled(field)
            case Equals() | OneOf() | Range():
                if lookup.field == KEY_FIELD:
                    return self._keys(lookup)
                if self._is(lookup.field, NumberColumn):
                    return self._numbers(lookup)
                return self._coded(lookup)
            case TextMatch() | Pattern() if lookup.field != KEY_FIELD:
                return self._by_codes(lookup.field, lookup)
            case _:
                return self._read(lookup)

    def _is(self, field: FieldName, kind: type) -> bool:
        shards = self.view.shards
        return bool(shards) and isinstance(self.view.column(shards[0], field), kind)

    def _filled(self, field: FieldName) -> Form:
        if field == KEY_FIELD:
            return Form("live records", self.view.records, (self.live,))
        size = self._size(field, -1, lambda column: len(column.filled))

        def words(shard: Shard) -> Words:
            column: Any = self.view.column(shard, field)
            if isinstance(column, NumberColumn) and len(column.present) == self.words:
                return self.ones if len(column.filled) == self.words << 6 else column.present
            return self._all(column, "filled", column.filled)

        return Form("stored words", size, (self._row(field, "filled", words),))

    def _keys(self, lookup: Equals | OneOf | Range) -> Form:
        ordinals = self.view.order.matching(lookup)
        offsets = [
            np.ascontiguousarray(self.view.offsets(part), np.uint32)
            for part in self._by_shard(ordinals)
        ]
        return Form("key order", len(ordinals), gained=(patch_of(offsets),))

    def _by_shard(self, ordinals: Any) -> list[Any]:
        owners = ordinals >> self.view.shard_bits
        if len(ordinals) < 2:
            return [ordinals[owners == shard.id] for shard in self.view.shards]
        order = np.argsort(owners, kind="stable")
        edges = np.searchsorted(owners[order], np.arange(len(self.view.shards) + 1))
        ranked = ordinals[order]
        return [ranked[first:last] for first, last in itertools.pairwise(edges)]

    def _coded(self, lookup: Equals | OneOf | Range) -> Form:
        column = self._first(lookup.field)
        if column is None:
            return EMPTY
        columns = [self._column(shard, lookup.field) for shard in self.view.shards]
        if any(each.bitmaps is None for each in columns):
            return self._by_codes(lookup.field, lookup)
        codes = column.vocabulary.matching(lookup).tolist()
        sizes = [self._value_size(lookup.field, code) for code in codes]
        share = self._costs.dense_share
        dense = [c for c, n in zip(codes, sizes, strict=True) if n * share >= self._span]
        few = [c for c, n in zip(codes, sizes, strict=True) if 0 < n * share < self._span]
        single = isinstance(column, CodedColumn)
        if single and self._prefers_codes(len(dense), sum(sizes), len(few)):
            return self._by_codes(lookup.field, lookup)
        return Form(
            "value bitmaps",
            sum(sizes) if single or len(codes) == 1 else None,
            rows=tuple(self._value_row(lookup.field, code) for code in dense),
            gained=tuple(self._value_few(lookup.field, code) for code in few),
        )

    def _prefers_codes(self, dense: int, members: int, few: int) -> bool:
        """Whether one pass over the codes costs less than joining that many streams."""
        costs = self._costs
        if dense <= costs.rows_max and few <= costs.rows_max:
            return False
        joined = dense * self._span / 64 * costs.word_ns + (members if few else 0) * costs.patch_ns
        return joined + few * costs.patch_call_ns > self._span * costs.code_ns

    @property
    def _span(self) -> int:
        return len(self.view.shards) << self.view.shard_bits

    def _by_codes(self, field: FieldName, lookup: Any) -> Form:
        """One pass over the codes; remembered."""
        column = self._first(field)
        if column is None:
            return EMPTY
        if not isinstance(column, CodedColumn):
            return self._read(lookup)

        def find() -> npt.NDArray[np.uint64]:
            wanted = column.vocabulary.matching_table(lookup)
            words = np.zeros((len(self.view.shards), self.words), np.uint64)
            for shard in self.view.shards:
                held = self._column(shard, field).held
                if isinstance(held, Serial):
                    words_of_serial(held.present, held.first, wanted, words[shard.id])
                    continue
                words_of_codes(held, np.iinfo(held.dtype).max, wanted, words[shard.id])
            return words

        return self._found(lookup, find, "code scan")

    def _numbers(self, lookup: Equals | OneOf | Range) -> Form:
        if isinstance(lookup, OneOf):
            return self._number_list(lookup)
        if self._switches.ranges:
            form = self.spans.form(lookup, self._filled(lookup.field))
            if form is not None:
                return form
        return self.spans.scan(lookup, self._filled(lookup.field)) or self._read(lookup)

    def _number_list(self, lookup: OneOf) -> Form:
        if self._switches.ranges and len(lookup.values) <= self.spans.list_max:
            parts = [self._numbers(Equals(lookup.field, value)) for value in lookup.values]
            if all(part.scan is None for part in parts):
                counts = [part.count for part in parts]
                total = sum(count for count in counts if count is not None)
                known = None not in counts
                return Form("number order", total if known else None, parts=tuple(parts))
        return self._read(lookup)

    def _read(self, lookup: Lookup) -> Form:
        """A lookup that no form serves: columns are read as the plain algebra reads them."""

        def find() -> npt.NDArray[np.uint64]:
            words = np.zeros((len(self.view.shards), self.words), np.uint64)
            for shard in self.view.shards:
                bitmap = self.view.finder(shard)(lookup)
                words[shard.id] = words_of_mask(mask_of(bitmap, self.words << 6), self.words)
            return words

        return self._found(lookup, find, "column read")

    def _found(self, lookup: Lookup, find: Callable[[], Words], method: str) -> Form:
        key = None
        if self._switches.leaf_results:
            key = "words", self.identity(lookup)
            known = self._results.get(key)
            if known is not None:
                words, count = known
                return Form(method, count, (rows_of(words),), stored=False, cached=True)
        words = find()
        count = int(np.bitwise_count(words).sum())
        if key is not None:
            self._results.put(key, (words, count), words.nbytes)
        return Form(method, count, (rows_of(words),), stored=False)

    def remembers(self, lookup: Lookup) -> bool:
        """Whether what was found by reading for the lookup is remembered."""
        if not self._switches.leaf_results:
            return False
        return self._results.get(("words", self.identity(lookup))) is not None

    def identity(self, lookup: Lookup) -> Identity:
        """What tells the lookup's answer apart from all others."""
        if isinstance(lookup, Given):
            return self._results.identity(lookup)
        snapped = self.spans.snapped(lookup)
        fields = (getattr(lookup, "field", KEY_FIELD), getattr(lookup, "other", KEY_FIELD))
        versions = tuple(self.version(self.view.known_field(field)) for field in fields)
        return self._results.identity((snapped or lookup, *versions))

    # ---- stored streams -----------------------------------------------------------------------

    def _first(self, field: FieldName) -> CodedColumn | SetColumn | None:
        shards = self.view.shards
        return self._column(shards[0], field) if shards else None

    def _column(self, shard: Shard, field: FieldName) -> Any:
        return self.view.column(shard, field)

    def _value_size(self, field: FieldName, code: int) -> int:
        return self._size(field, code, lambda column: len(column.bitmaps.get(code, ())))

    def _size(self, field: FieldName, code: int, of: Callable[[Any], int]) -> int:
        known = self._sizes.get((field, code))
        if known is None:
            known = sum(of(self.view.column(shard, field)) for shard in self.view.shards)
            if len(self._sizes) < KNOWN_MAX:
                self._sizes[field, code] = known
        return known

    def _value_row(self, field: FieldName, code: int) -> Row:
        def words(shard: Shard) -> Words:
            column = self._column(shard, field)
            bitmap = column.bitmaps.get(code)
            return self.zeros if bitmap is None else self._words(column, code, bitmap)

        return self._row(field, code, words)

    def _value_few(self, field: FieldName, code: int) -> Patch:
        known = self._few.get((field, code))
        if known is None:
            known = patch_of([self._offsets(shard, field, code) for shard in self.view.shards])
            if len(self._few) < KNOWN_MAX:
                self._few[field, code] = known
        return known

    def _offsets(self, shard: Shard, field: FieldName, code: int) -> npt.NDArray[np.uint32]:
        column = self._column(shard, field)
        bitmap: BitMap = column.bitmaps.get(code, BitMap())
        return self._hot.of(
            column, ("few", code), lambda: np.frombuffer(bitmap.to_array(), np.uint32)
        )

    def _row(self, field: FieldName, name: int | str, words: Callable[[Shard], Words]) -> Row:
        known = self._rows.get((field, name))
        if known is None:
            known = row_of([words(shard) for shard in self.view.shards])
            if len(self._rows) < KNOWN_MAX:
                self._rows[field, name] = known
        return known

    def _all(self, owner: object, name: str, bitmap: BitMap) -> Words:
        return self.ones if len(bitmap) == self.words << 6 else self._words(owner, name, bitmap)

    def _words(self, owner: object, name: str | int, bitmap: BitMap) -> Words:
        def make() -> Words:
            words = self._hot.slabs.zeros(self.words)
            words[:] = words_of_mask(mask_of(bitmap, self.words << 6), self.words)
            return words

        return self._hot.of(owner, name, make)
