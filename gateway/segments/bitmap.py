"""Members as one bitmap in the 64-bit portable Roaring format.

The format has ordinals by their high 32 bits: a count of those, then each with a portable bitmap of
the low ones. Ordinals have 32 bits here, so there is at most one.
"""

import struct

from pyroaring import BitMap

from indexer.model.record import ShardBitmaps


def portable64(members: ShardBitmaps) -> bytes:
    """The bytes of all members' ordinals."""
    whole = BitMap()
    for first, part in members.parts:
        whole |= BitMap.deserialize(part).shift(first)
    if not whole:
        return struct.pack("<Q", 0)
    whole.run_optimize()
    return struct.pack("<QI", 1, 0) + bytes(whole.serialize())
