"""The frame around everything stored: accidents are found before bytes are believed.

Layout, little-endian: magic ``CDNL``, format version u32, payload length u64, xxh3-64 of the
payload u64, payload.
"""

import struct

import xxhash

from indexer.model.errors import SnapshotCorrupt

_HEAD = struct.Struct("<4sIQQ")
_MAGIC = b"CDNL"
FORMAT_VERSION = 2


def sealed(payload: bytes) -> bytes:
    """The payload in its frame."""
    head = _HEAD.pack(_MAGIC, FORMAT_VERSION, len(payload), xxhash.xxh3_64_intdigest(payload))
    return head + payload


def seal_of(data: bytes) -> bytes:
    """The head of a frame: length and digest of its payload are in it."""
    return bytes(data[: _HEAD.size])


def opened(data: bytes | None, name: str) -> bytes:
    """The payload of a frame. Raises: SnapshotCorrupt, naming the blob."""
    if data is None or len(data) < _HEAD.size:
        raise SnapshotCorrupt(f"blob {name!r} is missing or cut off")
    magic, version, length, digest = _HEAD.unpack_from(data)
    payload = data[_HEAD.size :]
    if magic != _MAGIC or len(payload) != length:
        raise SnapshotCorrupt(f"blob {name!r} is not whole")
    if version != FORMAT_VERSION:
        raise SnapshotCorrupt(
            f"blob {name!r} has format {version}; this program reads {FORMAT_VERSION}"
        )
    if xxhash.xxh3_64_intdigest(payload) != digest:
        raise SnapshotCorrupt(f"blob {name!r} has changed since it was written")
    return payload
