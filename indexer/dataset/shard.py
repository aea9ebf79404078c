"""A fixed range of 2^bits ordinals of one dataset: keys, columns, links, who is alive.

Immutable: every change gives a new shard that shares untouched columns with the old one. An
offset is an ordinal's place in its shard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap

from indexer.dataset.keys import MISSING, KeyArray, Keys
from indexer.encoding.bits import Offsets, bitmap_of
from indexer.encoding.cells import AnyCells, AnyColumn
from indexer.model.ids import FieldName, ShardId
from indexer.model.schema import FieldType
from indexer.plan.texts import texts_of

NO_HOME = -1
"""The home of shards whose records point to no record, or whose dataset has no links."""

Targets = npt.NDArray[np.signedinteger[Any]]
"""Ordinals, int32 while they fit, else int64."""


def target_type(ordinals: Targets) -> type[np.signedinteger[Any]]:
    """The narrowest type of ``Targets`` for these ordinals."""
    return np.int32 if int(ordinals.max(initial=0)) <= np.iinfo(np.int32).max else np.int64


@dataclass(frozen=True)
class Shard:
    """``home`` is the shard of the linked dataset whose records these belong to."""

    id: ShardId
    home: int
    live: BitMap
    keys: Keys
    columns: Mapping[FieldName, AnyColumn]
    targets: Mapping[str, Targets]
    """By link name: the ordinal each record points to, MISSING for none. Not kept up to date
    when the target dies: ordinals are never reused, so a dead target is simply not live."""

    @property
    def size(self) -> int:
        """Offsets in use, deleted records included."""
        return len(self.keys)

    @property
    def key_texts(self) -> Any:
        """The keys as a large_string array, by offset; ints as decimal digits."""
        if self.keys.type is FieldType.INT:
            return pa.array(self.keys.all()).cast(pa.large_string())
        return self._text_keys

    @cached_property
    def _text_keys(self) -> Any:
        # Kept, because making it costs far more than searching it; digits are cheap to make.
        return texts_of(self.keys.all().astype(object))

    def extended(self, keys: KeyArray) -> Self:
        """With new live records of these keys at the end, null in every field."""
        start, size = self.size, self.size + len(keys)
        missing = np.full(len(keys), MISSING, np.int32)
        return replace(
            self,
            live=self.live | BitMap(range(start, size)),
            keys=self.keys.extended(keys),
            columns={name: column.extended(size) for name, column in self.columns.items()},
            targets={
                name: np.concatenate((targets, missing)) for name, targets in self.targets.items()
            },
        )

    def updated(self, field: FieldName, offsets: Offsets, cells: AnyCells) -> Self:
        """With these cells of one field at these distinct offsets."""
        column: Any = self.columns[field]
        return replace(self, columns={**self.columns, field: column.updated(offsets, cells)})

    def removed(self, offsets: Offsets) -> Self:
        """Without the records at these offsets; their places stay empty for ever."""
        columns = dict(self.columns)
        for name, held in self.columns.items():
            column: Any = held
            blank = column.blank(len(offsets))
            # One that is null there already stays the object it is, and what was made for it.
            if column.differs(offsets, blank).any():
                columns[name] = column.updated(offsets, blank)
        return replace(self, live=self.live - bitmap_of(offsets), columns=columns)

    def pointed(self, link: str, offsets: Offsets, ordinals: Targets) -> Self:
        """With these link targets at these offsets."""
        held = self.targets[link]
        targets = held.astype(np.promote_types(held.dtype, target_type(ordinals)))
        targets[offsets] = ordinals
        return replace(self, targets={**self.targets, link: targets})
