"""Records by what a function of one field of those that point to them gives."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from math import isfinite

import numpy as np

from indexer.dataset.bounds import within
from indexer.dataset.chosen import Chosen
from indexer.dataset.folds import Folded, InTime, Matching, fold
from indexer.dataset.given import Words
from indexer.dataset.memory import Memory
from indexer.dataset.near import (
    Near,
    Where,
    changes_identity,
    link_of,
    living,
    living_identity,
    pointing_identity,
    room_of,
)
from indexer.encoding.bits import Mask
from indexer.encoding.coded import FLAG_TEXTS
from indexer.encoding.column import Array
from indexer.model.errors import BadShape
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import Field, FieldType, Link
from indexer.plan.related import Fold, Related
from indexer.results import Identity

NUMBERS = (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT)
TIMES = (FieldType.DATE, FieldType.TIMESTAMP)
COUNTED = (*NUMBERS, *TIMES)
"""Fields whose stored form is a number."""
ARITHMETIC = ("sum", "avg", "median")
IN_TIME = ("first", "last")


@dataclass(frozen=True)
class FoldedRecords:
    """The live records for which the measure's function gives something between its bounds."""

    near: Near
    where: Where
    link: Link
    measure: Fold
    field: Field

    @classmethod
    def of(cls, near: Near, far: Near, lookup: Related) -> "FoldedRecords":
        """Raises: UnknownField, BadShape."""
        link = link_of(far.overlay, lookup.link, near.overlay.schema.name)
        measure = lookup.measure
        assert isinstance(measure, Fold), measure
        field = field_of(far, measure.field)
        if measure.function in IN_TIME:
            time_field(far, measure.order_by)
        return cls(near, Where.of(far, lookup.where), link, _checked(measure, field), field)

    def identity(self, memory: Memory) -> Identity:
        """What tells the answer apart from all others."""
        measure = self.measure
        bounds = measure.low, measure.high, measure.low_open, measure.high_open
        living = living_identity(self.near.overlay, memory)
        return memory.step(("folded", self._results_identity(memory), *bounds, living))

    def words(self) -> Words:
        """Who they are now, over all ordinals. Cost: some passes over the records that point."""
        room, results = room_of(self.near.overlay), self.results()

        def held(shard: int) -> Mask:
            return within(results[shard], self.measure, self.field.scale)

        return living(self.near, room, held, steps=room.places)

    def results(self) -> tuple[Folded, ...]:
        """What the function gives for the ordinals of each shard; kept if it is asked for again."""
        memory = self.near.reading.memory
        identity = self._results_identity(memory) if memory is not None else 0
        known: tuple[Folded, ...] | None = memory.aggregate(identity) if memory else None
        if known is not None:
            return known
        results = self._found()
        if memory is not None and memory.is_worth_keeping(identity):
            results = tuple(replace(each, values=_narrowed(each.values)) for each in results)
            memory.keep_aggregate(identity, results, sum(each.nbytes for each in results))
        return results

    def _found(self) -> tuple[Folded, ...]:
        room = room_of(self.near.overlay)
        chosen = Chosen.by_home(self.where, self.link.name, room)
        found: dict[int, Folded] = {}

        def work(first: int, last: int) -> None:
            for shard in range(first, last):
                found[shard] = self._of_shard(chosen[shard], 1 << room.bits)

        records = sum(len(each.owners) for each in chosen)
        self.near.reading.joins.shared(work, room.shards, max(records, room.places))
        return tuple(found[shard] for shard in range(room.shards))

    def _of_shard(self, chosen: Chosen, places: int) -> Folded:
        measure = self.measure
        cells, vocabulary = chosen.cells(self.field.name)
        order = None
        if measure.function in IN_TIME:
            times, _ = chosen.cells(time_field(self.where.far, measure.order_by).name)
            order = InTime(times, chosen.keys_at)
        return fold(measure.function, Matching(chosen.owners, places, cells, vocabulary), order)

    def _results_identity(self, memory: Memory) -> Identity:
        measure, far = self.measure, self.where.far.overlay
        names = [self.field.name]
        if measure.function in IN_TIME:
            names.append(time_field(self.where.far, measure.order_by).name)
        return memory.step((
            "results", measure.function, *names,
            *(memory.field(far.base, name) for name in names),
            pointing_identity(self.where, self.link, memory),
            changes_identity(far, memory),
            room_of(self.near.overlay),
        ))  # fmt: skip


def field_of(far: Near, name: FieldName) -> Field:
    """A field of one value, or the key as if it were one. Raises: UnknownField, BadShape."""
    known = far.overlay.base.known_field(name)
    if known == KEY_FIELD:
        return Field(KEY_FIELD, far.overlay.schema.key_type or FieldType.INT)
    field = next(each for each in far.overlay.schema.columns if each.name == known)
    if field.type is FieldType.SET:
        raise BadShape(f"field {name!r} has many values")
    return field


def time_field(far: Near, name: FieldName | None) -> Field:
    """A field to put records in order by. Raises: UnknownField, BadShape."""
    field = None if name is None else field_of(far, name)
    if field is None or field.type not in TIMES:
        raise BadShape("records are put in order by a time field")
    return field


def _checked(measure: Fold, field: Field) -> Fold:
    """The measure with bounds of the form that its results have. Raises: BadShape."""
    ends = [end for end in (measure.low, measure.high) if end is not None]
    if measure.function == "count_distinct":
        fits = all(_is_number(end) for end in ends)
    elif measure.function in ARITHMETIC:
        fits = field.type in NUMBERS
        if field.type is FieldType.FLOAT:
            fits = fits and not any(isinstance(end, str) for end in ends)
        else:
            fits = fits and all(_is_decimal(end) for end in ends)
    elif field.type is FieldType.BOOL:
        fits = all(end in (0, 1) for end in ends)
        if fits:
            low, high = (
                None if end is None else FLAG_TEXTS[int(end)] for end in (measure.low, measure.high)
            )
            return _between(measure, low, high)
    elif field.type is FieldType.FLOAT:
        fits = not any(isinstance(end, str) for end in ends)
    elif field.type in COUNTED:
        fits = all(_is_number(end) for end in ends)
    else:
        fits = all(isinstance(end, str) for end in ends)
    if not fits:
        raise BadShape(f"{measure.function!r} of field {field.name!r} has other bounds, or none")
    return measure


def _between(measure: Fold, low: str | None, high: str | None) -> Fold:
    """The measure between other bounds."""
    return Fold(
        measure.function, measure.field, low, high, measure.low_open, measure.high_open,
        measure.order_by,
    )  # fmt: skip


def _is_number(end: float | str) -> bool:
    return not isinstance(end, str) and (isinstance(end, int) or isfinite(end))


def _is_decimal(end: float | str) -> bool:
    if not isinstance(end, str):
        return _is_number(end)
    try:
        return Decimal(end).is_finite()
    except InvalidOperation:
        return False


def _narrowed(values: Array) -> Array:
    """Ints in as few bytes as hold them."""
    if values.dtype.kind != "i" or not len(values):
        return values
    widest = max(abs(int(values.min())), abs(int(values.max())))
    return values.astype(np.promote_types(np.min_scalar_type(-widest - 1), np.int32))
