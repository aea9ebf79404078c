"""Typed columns to one record batch, with the rows that can't be records taken out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake.arrow_types import KEY_COLUMN, arrow_type
from indexer.intake.converted import Mark, TypedColumn, valid_mask
from indexer.intake.outcome import Reject
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType, Schema

NO_KEY = "no_key: the key is empty"
NUL_KEY = "bad_key: a key holds no NUL character"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column of the file goes: its place there, its field, whether it is the key."""

    place: int
    column: str
    field: Field
    is_key: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Why row ``row`` of a block is left out; ``column`` None means the row as a whole."""

    row: int
    column: str | None
    reason: str


def targets_of(names: Sequence[FieldName], schema: Schema) -> tuple[Target, ...]:
    """The key first, then the schema's columns that the file has, in schema order."""
    places = {name: place for place, name in enumerate(names)}
    found = [
        Target(places[field.name], field.name, field, False)
        for field in schema.columns
        if field.name in places
    ]
    if schema.key is not None:
        key = Field(KEY_COLUMN, schema.key_type or FieldType.KEYWORD)
        found.insert(0, Target(places[schema.key], schema.key, key, True))
    return tuple(found)


def batch_schema(targets: Sequence[Target]) -> pa.Schema:
    """The Arrow schema of every batch with these targets."""
    return pa.schema([(target.field.name, arrow_type(target.field)) for target in targets])


def assemble(
    targets: Sequence[Target], columns: Sequence[TypedColumn], rows: int
) -> tuple[pa.RecordBatch, tuple[Fault, ...]]:
    """The good rows as a batch, and the first fault of each other row, in row order.

    Cost: nothing per row unless a row is at fault.
    """
    bad = np.zeros(rows, np.bool_)
    faults: dict[int, Fault] = {}
    for target, column in zip(targets, columns, strict=True):
        for mark in (*column.marks, *(_keyless(column.values) if target.is_key else ())):
            new = np.flatnonzero(mark.bad & ~bad).tolist()
            faults |= {row: Fault(row, target.column, mark.reason) for row in new}
            bad |= mark.bad
    arrays = [column.values for column in columns]
    batch = pa.RecordBatch.from_arrays(arrays, schema=batch_schema(targets))
    if faults:
        batch = batch.filter(pa.array(~bad))
    return batch, tuple(faults[row] for row in sorted(faults))


class RejectBook:
    """Keeps the first ``room`` rejects of a file; those after are only counted."""

    def __init__(self, room: int) -> None:
        self._room = room

    def keep(
        self,
        faults: Sequence[Fault],
        line: Callable[[int], int],
        raw: Callable[[int], str],
    ) -> tuple[Reject, ...]:
        """The faults as rejects, as far as there is room."""
        kept = tuple(
            Reject(line(fault.row), fault.column, fault.reason, raw(fault.row))
            for fault in faults[: self._room]
        )
        self._room -= len(kept)
        return kept


def _keyless(keys: pa.Array) -> tuple[Mark, ...]:
    """Rows without a key, null or the empty text; and with one that can't be one."""
    missing = ~valid_mask(keys)
    if pa.types.is_string(keys.type):
        empty = pc.fill_null(pc.equal(pc.binary_length(keys), 0), False)
        missing |= empty.to_numpy(zero_copy_only=False)
        # Sorted texts are compared up to their first NUL, so keys beyond it are not told apart.
        cut = pc.fill_null(pc.match_substring(keys, "\0"), False).to_numpy(zero_copy_only=False)
        if cut.any():
            return Mark(missing, NO_KEY), Mark(cut, NUL_KEY)
    return (Mark(missing, NO_KEY),) if missing.any() else ()
