"""What would bring an erased record back, told by keyed digests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gateway.catalogue.suppressions import KEY, Mark, Suppressions
from gateway.erasure.certificate import keyed_digest
from indexer.intake.arrow_types import KEY_COLUMN
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Change, Upsert, Value
from indexer.model.schema import Field, Schema

CODE = "suppressed"
MESSAGE = "this record was erased and must not come back before the suppression is lifted"

IDENTIFYING = frozenset({"email", "phone"})
"""Kinds of personal data that one person has; others, like names, are shared by many."""
_PHONE_SIGNS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Holds keys and addresses against those of erased records."""

    secret: bytes
    held: Suppressions

    def key_mark(self, dataset: DatasetName, key: RecordKey) -> Mark:
        """What is kept of a key."""
        return KEY, keyed_digest(self.secret, KEY, dataset, str(key))

    def marks(
        self, schema: Schema, key: RecordKey | None, values: Mapping[FieldName, Value]
    ) -> list[Mark]:
        """What is kept of a record: its key and its addresses."""
        marks = [] if key is None else [self.key_mark(schema.name, key)]
        for field in _personal(schema):
            value = values.get(field.name)
            texts = value if isinstance(value, tuple) else () if value is None else (str(value),)
            marks += [self._mark(schema.name, field, text) for text in texts]
        return marks

    def among(self, schema: Schema, changes: Sequence[Change]) -> Collection[int]:
        """The places of the changes that would bring somebody back.

        Cost: nothing while nobody was erased from the dataset, else some microseconds a change.
        """
        held = self.held.of(schema.name)
        if not held:
            return ()
        return [
            place
            for place, change in enumerate(changes)
            if isinstance(change, Upsert)
            and not held.isdisjoint(self.marks(schema, change.key, change.values))
        ]

    def keys_among(self, dataset: DatasetName, keys: Sequence[RecordKey]) -> list[RecordKey]:
        """Those of these keys that are suppressed."""
        held = self.held.of(dataset)
        if not held:
            return []
        return [key for key in keys if self.key_mark(dataset, key) in held]

    def sifted(self, schema: Schema, records: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
        """The rows of a load that bring nobody back, and how many others there were."""
        held = self.held.of(schema.name)
        if not held:
            return records, 0
        kept = np.ones(records.num_rows, np.bool_)
        names = set(records.schema.names)
        if KEY_COLUMN in names:
            keys = records.column(KEY_COLUMN).to_pylist()
            kept &= [self.key_mark(schema.name, key) not in held for key in keys]
        for field in _personal(schema):
            if field.name in names:
                values = records.column(field.name).to_pylist()
                kept &= [self._is_free(schema, field, value) for value in values]
        return records.filter(pa.array(kept)), int(len(kept) - np.count_nonzero(kept))

    def _is_free(self, schema: Schema, field: Field, value: object) -> bool:
        texts = value if isinstance(value, list) else [] if value is None else [str(value)]
        held = self.held.of(schema.name)
        return all(self._mark(schema.name, field, text) not in held for text in texts)

    def _mark(self, dataset: DatasetName, field: Field, text: str) -> Mark:
        kind = str(field.pii)
        return kind, keyed_digest(self.secret, kind, dataset, _plain(kind, text))


def _personal(schema: Schema) -> list[Field]:
    return [field for field in schema.columns if field.pii in IDENTIFYING]


def _plain(kind: str, text: str) -> str:
    """One spelling for what reaches one person."""
    if kind == "phone":
        return "".join(sign for sign in text if sign in _PHONE_SIGNS)
    return text.strip().casefold()
