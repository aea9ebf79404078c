"""Records of a program that point to somebody, laid side by side: owners, cells, keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.keys import KeyArray, Ordinals, key_array
from indexer.dataset.near import Where
from indexer.dataset.shard import Shard
from indexer.encoding.cells import AnyCells, empty_column, joined_cells
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import FieldType
from indexer.plan.texts import texts_of


@dataclass(frozen=True)
class Chosen:
    """``owners`` are the ordinals they point to, in the order of the pieces."""

    where: Where
    pieces: Sequence[tuple[Shard, Ordinals]]
    owners: Ordinals

    @classmethod
    def of(cls, where: Where, link: str, places: int) -> "Chosen":
        """Those that satisfy a program now and point to one of so many ordinals.

        Cost: a step a record.
        """
        pieces: list[tuple[Shard, Ordinals]] = []
        owners = [np.array([], np.int64)]
        for part in where.parts():
            for shard in part.view.shards:
                offsets = part.members.offsets(shard.id)
                targets = shard.targets[link][offsets].astype(np.int64)
                known = (targets >= 0) & (targets < places)
                if not known.all():
                    offsets, targets = offsets[known], targets[known]
                pieces.append((shard, offsets))
                owners.append(targets)
        return cls(where, pieces, np.concatenate(owners))

    def cells(self, field: FieldName) -> tuple[Any, Vocabulary | None]:
        """One field of each, and what its codes mean. The key is a field too."""
        if field == KEY_FIELD:
            return self._key_cells()
        base = self.where.far.overlay.base
        vocabulary = base.vocabularies[field]
        parts: list[AnyCells] = [
            shard.columns[field].cells(offsets) for shard, offsets in self.pieces
        ]
        if not parts:
            known = next(each for each in base.schema.columns if each.name == field)
            column = empty_column(known, vocabulary, bitmaps_max=0)
            parts.append(column.cells(np.array([], np.int64)))
        cells = joined_cells(parts)
        return cells, vocabulary if isinstance(cells, CodedCells) else None

    def keys_at(self, places: Any) -> Any:
        """The keys of those at these places: int64, or texts."""
        keys = self._keys()[places]
        return keys if keys.dtype.kind == "i" else Texts.of(texts_of(keys.astype(object)))

    def _keys(self) -> KeyArray:
        parts = [shard.keys.at(offsets) for shard, offsets in self.pieces]
        if not parts:
            return key_array([], self.where.far.overlay.schema.key_type or FieldType.INT)
        return np.concatenate(parts)

    def _key_cells(self) -> tuple[Any, Vocabulary | None]:
        keys = self._keys()
        if keys.dtype.kind == "i":
            return NumberCells(keys, np.ones(len(keys), np.bool_)), None
        vocabulary = Vocabulary()
        texts = pa.array(keys.tolist(), pa.large_string())
        return CodedCells(vocabulary.learn_array(texts)), vocabulary
