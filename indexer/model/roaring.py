"""Ordinals in the 64-bit portable Roaring format, which every Roaring library reads."""

import struct

from pyroaring import BitMap

from indexer.model.record import ShardBitmaps

_BUCKETS = struct.Struct("<Q")
_HIGH = struct.Struct("<I")


def portable_64(bitmaps: ShardBitmaps) -> bytes:
    """All the ordinals as one 64-bit bitmap, for ``pyroaring.BitMap64.deserialize`` and its kin.

    Ordinals have 32 bits, so there is one bucket, or none.
    """
    parts = [BitMap.deserialize(data).shift(first) for first, data in bitmaps.parts]
    joined = BitMap.union(*parts) if parts else BitMap()
    if not joined:
        return _BUCKETS.pack(0)
    return b"".join((_BUCKETS.pack(1), _HIGH.pack(0), joined.serialize()))
