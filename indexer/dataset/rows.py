"""Bulk input: some records' keys and cells, from typed Arrow batches."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from indexer.dataset.keys import KeyArray, Ordinals
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells
from indexer.model.ids import FieldName


@dataclass(frozen=True)
class Rows:
    """Records by distinct key; each field's cells and the places in ``keys`` they belong to."""

    keys: KeyArray
    cells: Mapping[FieldName, tuple[Ordinals, AnyCells]]

    def __len__(self) -> int:
        return len(self.keys)

    def kept(self, wanted: Mask) -> "Rows":
        """Only the records where ``wanted`` is true."""
        place = np.cumsum(wanted) - 1
        cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
        for name, (places, part) in self.cells.items():
            kept = np.flatnonzero(wanted[places])
            cells[name] = (place[places[kept]], part.pick(kept))
        return Rows(self.keys[wanted], cells)
