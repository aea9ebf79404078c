"""Stored formula fields: their cells, from the cells of the records' other fields.

Whoever writes records calls this with what the records have by then; no value of a formula field
ever comes from outside.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from indexer.dataset.keys import KeyArray
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.formula.compute import AggregateOf, Records, compute
from indexer.formula.fields import Formula, formulas_of
from indexer.formula.kinds import TEXT, WHOLE
from indexer.formula.tree import reads
from indexer.formula.vectors import Vector, cells_of, text_vector, vector_of
from indexer.formula.zone import Zone
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import Field, Schema
from indexer.plan.texts import texts_of

CellsOf = Callable[[FieldName], AnyCells]
"""The cells of a field that has no formula, for the records at hand."""
Vocabularies = Mapping[FieldName, Vocabulary]


@dataclass(frozen=True)
class Formulas:
    """Formula fields of a schema, each after those that it needs."""

    schema: Schema
    all: tuple[Formula, ...]

    @classmethod
    def of(cls, schema: Schema) -> "Formulas":
        """All that are stored. Cost: about a tenth of a millisecond a formula."""
        return cls(schema, tuple(each for each in formulas_of(schema) if each.field.stored))

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def names(self) -> frozenset[FieldName]:
        """The fields that it computes."""
        return frozenset(each.field.name for each in self.all)

    def stale(self, before: Schema) -> frozenset[FieldName]:
        """Those whose values may be other ones than under ``before``, new ones included."""
        held = {field.name: field for field in before.fields}
        other = {
            field.name
            for field in self.schema.fields
            if field.formula is None and _differs(held.get(field.name), field)
        }
        elsewhere = before.time_zone != self.schema.time_zone
        found: set[FieldName] = set()
        for each in self.all:
            name = each.field.name
            if elsewhere or _differs(held.get(name), each.field) or reads(each.tree) & other:
                found.add(name)
                other.add(name)
        return frozenset(found)

    def cells(
        self,
        cells_of_field: CellsOf,
        keys: KeyArray,
        vocabularies: Vocabularies,
        wanted: Collection[FieldName] | None = None,
        *,
        now: int | None = None,
        aggregate: AggregateOf | None = None,
    ) -> dict[FieldName, AnyCells]:
        """Every formula field of the records of these keys; vocabularies learn new texts.

        With ``wanted``, only those; then the others are asked for like any field. ``now`` and
        ``aggregate`` are for those that are not stored. Cost: a pass or a few an operation.
        """
        vectors: dict[FieldName, Vector] = {}
        fields = {field.name: field for field in self.schema.columns}

        def field_of(name: FieldName) -> Vector:
            if name not in vectors:
                vectors[name] = (
                    _key_vector(keys)
                    if name == KEY_FIELD
                    else vector_of(fields[name], cells_of_field(name), vocabularies[name])
                )
            return vectors[name]

        records = Records(len(keys), field_of, Zone(self.schema.time_zone), now, aggregate)
        cells: dict[FieldName, AnyCells] = {}
        for each in self.all:
            name = each.field.name
            if wanted is not None and name not in wanted:
                continue
            vectors[name] = compute(each.tree, records)
            cells[name] = cells_of(vectors[name], vocabularies[name])
        return cells


def of_live(cells: AnyCells, live: Mask) -> AnyCells:
    """The cells of a formula field with null where no record lives."""
    if live.all():
        return cells
    if isinstance(cells, NumberCells):
        return NumberCells(np.where(live, cells.numbers, 0), cells.filled & live)
    assert isinstance(cells, CodedCells), "a formula gives no set"
    return CodedCells(np.where(live, cells.codes, NULL_CODE).astype(np.int32))


def _differs(before: Field | None, after: Field) -> bool:
    if before is None:
        return True
    return (before.type, before.scale, before.formula, before.stored) != (
        after.type, after.scale, after.formula, after.stored,
    )  # fmt: skip


def _key_vector(keys: KeyArray) -> Vector:
    if keys.dtype.kind == "i":
        return Vector(WHOLE, keys.astype(np.int64), np.ones(len(keys), np.bool_))
    vector = text_vector(texts_of(keys.astype(object)))
    assert vector.kind == TEXT
    return vector
