"""How much memory the index holds for each field, and how much of it a question reads."""

from collections.abc import Mapping
from typing import Any

from pyroaring import BitMap

from indexer.dataset.assembly import assemble
from indexer.dataset.engine import Engine
from indexer.dataset.keys import IntKeys, Keys
from indexer.dataset.view import DatasetView
from indexer.encoding.coded import CodedColumn
from indexer.encoding.number import NumberColumn
from indexer.encoding.sets import SetColumn
from indexer.kernels.machine import LANES
from indexer.plan.program import Program

WORD_BYTES, OFFSET_BYTES = 8, 4


def bytes_stored(view: DatasetView) -> dict[str, int]:
    """By field. The key's own: keys, key order and the bitmap of live records."""
    key = view.schema.key or "_key"
    ranked = view.order.ranked
    sizes = {key: (0 if ranked is None else ranked.nbytes) + _bitmap_bytes(view.order.gone)}
    for shard in view.shards:
        sizes[key] += _key_bytes(shard.keys) + _bitmap_bytes(shard.live)
        for name, column in shard.columns.items():
            sizes[name] = sizes.get(name, 0) + _column_bytes(column)
    for name, vocabulary in view.vocabularies.items():
        sizes[name] += vocabulary.nbytes
    return sizes


def bytes_read(view: DatasetView, program: Program, engine: Engine) -> int:
    """The bytes that the program's tables point to: stored words, patches and scanned lanes.

    Each stretch of words once, however many operations read it; registers not at all, and no
    words of nothing or everything that shards have in common, which never leave the cache.
    """
    leaves = engine.leaves(view)
    tables = assemble(program, leaves, None, emit=False)
    starts = {address for row in tables.rows for address in row.addresses.tolist()}
    starts -= {leaves.zeros.ctypes.data, leaves.ones.ctypes.data}
    patches = sum(patch.members for patch in tables.patches) * OFFSET_BYTES
    lanes = sum(
        int(size) * int(words) * LANES
        for scan in tables.scans
        for _, size, _, _, words in scan.table
    )
    return len(starts) * leaves.words * WORD_BYTES + patches + lanes


def _key_bytes(keys: Keys) -> int:
    if isinstance(keys, IntKeys):
        return 0 if keys.lanes is None else keys.lanes.nbytes
    return keys.texts.nbytes


def _column_bytes(column: Any) -> int:
    filled = _bitmap_bytes(column.filled)
    if isinstance(column, NumberColumn):
        return column.lanes.nbytes + column.present.nbytes + filled
    if isinstance(column, CodedColumn):
        return column.held.nbytes + _bitmaps_bytes(column.bitmaps) + filled
    assert isinstance(column, SetColumn), column
    arrays = column.lengths.nbytes + column.codes.nbytes + column.present.nbytes
    return arrays + _bitmaps_bytes(column.bitmaps) + filled


def _bitmaps_bytes(bitmaps: Mapping[int, BitMap] | None) -> int:
    return sum(map(_bitmap_bytes, (bitmaps or {}).values()))


def _bitmap_bytes(bitmap: BitMap) -> int:
    return len(bitmap.serialize())
