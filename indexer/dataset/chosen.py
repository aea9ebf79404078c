"""Records of a program that point to somebody, laid side by side: owners, cells, keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.dataset.keys import Ordinals
from indexer.dataset.near import Where
from indexer.dataset.pointing import Room
from indexer.dataset.shard import Shard
from indexer.encoding.bits import Offsets
from indexer.encoding.cells import AnyCells, empty_column, joined_cells
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import FieldType


@dataclass(frozen=True)
class Chosen:
    """``owners`` are the offsets they point to in one shard, in the order of the pieces."""

    where: Where
    pieces: Sequence[tuple[Shard, Ordinals]]
    owners: Ordinals

    @classmethod
    def by_home(cls, where: Where, link: str, room: Room) -> "list[Chosen]":
        """Those that satisfy a program now, for each shard of the room those that point into it.

        A shard's results fit into a cache, and two may be worked at together. Cost: a step a
        record; a sort by shard where records do not live beside those they point to.
        """
        pieces: list[list[tuple[Shard, Ordinals]]] = [[] for _ in range(room.shards)]
        owners = [[np.array([], np.int64)] for _ in range(room.shards)]
        for part in where.parts():
            for shard in part.view.shards:
                offsets = part.members.offsets(shard.id)
                targets = shard.targets[link][offsets].astype(np.int64)
                known = (targets >= 0) & (targets < room.places)
                if not known.all():
                    offsets, targets = offsets[known], targets[known]
                for home, places in _homes(targets >> room.bits):
                    pieces[home].append((shard, offsets[places]))
                    owners[home].append(targets[places] - (home << room.bits))
        return [
            cls(where, mine, np.concatenate(pointed))
            for mine, pointed in zip(pieces, owners, strict=True)
        ]

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

    def keys_at(self, places: Offsets) -> npt.NDArray[np.int64] | Texts:
        """The keys of those at these ascending places."""
        parts, first = [], 0
        for shard, offsets in self.pieces:
            start, end = np.searchsorted(places, (first, first + len(offsets)))
            parts.append((shard, offsets[places[start:end] - first]))
            first += len(offsets)
        keys = self._keys(parts)
        return keys if isinstance(keys, np.ndarray) else Texts.of(keys)

    def _key_cells(self) -> tuple[Any, Vocabulary | None]:
        keys = self._keys(self.pieces)
        if isinstance(keys, np.ndarray):
            return NumberCells(keys, np.ones(len(keys), np.bool_)), None
        vocabulary = Vocabulary()
        return CodedCells(vocabulary.learn_array(keys)), vocabulary

    def _keys(self, pieces: Sequence[tuple[Shard, Ordinals]]) -> Any:
        """The keys of these records: int64, or a large_string array."""
        if self.where.far.overlay.schema.key_type is not FieldType.KEYWORD:
            keys = [shard.keys.at(offsets) for shard, offsets in pieces]
            return np.concatenate([np.array([], np.int64), *keys])
        texts = [shard.key_texts.take(pa.array(offsets)) for shard, offsets in pieces]
        return pa.concat_arrays([pa.array([], pa.large_string()), *texts])


def _homes(homes: Ordinals) -> list[tuple[int, Any]]:
    """Each number that occurs, and the places where it does."""
    if not len(homes):
        return []
    first, last = int(homes.min()), int(homes.max())
    if first == last:
        return [(first, slice(None))]
    # Numbers of two bytes are sorted by counting.
    narrow = homes.astype(np.uint16) if last <= np.iinfo(np.uint16).max else homes
    order = np.argsort(narrow, kind="stable")
    edges = np.searchsorted(homes[order], np.arange(first, last + 2))
    spans = zip(range(first, last + 1), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return [(home, order[start:end]) for home, start, end in spans if start < end]
