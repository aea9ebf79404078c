"""What a generation says of itself, and whether its file is still that.

Everything is read with plain ``read`` calls: LMDB maps a file, and would end the process with a
signal where a page is missing.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

import msgspec
import xxhash

from indexer.model.errors import SnapshotCorrupt
from indexer.store.files import digest_of, replace_file, size_of

DATA, MANIFEST = "data.mdb", "MANIFEST.json"
MANIFEST_FORMAT = 3
"""Since 3, ``check`` covers the manifest itself."""
EXTRAS_SINCE = 3
"""Generations of this format hold a blob of what their writer keeps beside the view."""
HINT = "run `cardinal doctor --repair`, restore a backup, or import again"

_CHECKED_SINCE = 3
_META = struct.Struct("=16xII16xI")
"""Of a meta page of LMDB: magic, version, page size."""
_MAGIC, _VERSION, _PAGE_BYTES_MIN = 0xBEEFC0DE, 1, 512


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation says of itself."""

    dataset: str
    format: int
    generation: int
    sequence: int
    records: int
    bytes: int
    xxh3_128: str
    blobs: int = 0
    content: str = ""
    """Digest of the names and seals of all blobs: equal for equal views at one sequence."""
    check: str = ""


def describe(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with its check."""
    sealed = msgspec.structs.replace(manifest, check=_check(manifest))
    data = msgspec.json.format(msgspec.json.encode(sealed), indent=2)
    replace_file(folder / MANIFEST, data)


def manifest_of(folder: Path) -> Manifest:
    """The manifest alone, the file not looked at. Raises: SnapshotCorrupt."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, ValueError) as error:
        raise SnapshotCorrupt(f"generation {folder} has no manifest to go by: {HINT}") from error
    if manifest.format > MANIFEST_FORMAT:
        raise SnapshotCorrupt(f"generation {folder} was made by a newer Cardinal: use that one")
    if manifest.format >= _CHECKED_SINCE and manifest.check != _check(manifest):
        raise SnapshotCorrupt(f"the manifest of generation {folder} has changed: {HINT}")
    if folder.name != folder_name(manifest.generation):
        raise SnapshotCorrupt(f"generation {folder} has the manifest of another one: {HINT}")
    return manifest


def verified(folder: Path) -> Manifest:
    """The manifest of a generation whose file is as it was written, every byte read.

    Raises: SnapshotCorrupt, naming the folder.
    """
    manifest, file = manifest_of(folder), folder / DATA
    try:
        whole = manifest.bytes == size_of(file) and manifest.xxh3_128 == digest_of(file)
        fits = whole and _header_fits(file, manifest.bytes)
    except OSError as error:
        raise SnapshotCorrupt(f"generation {folder} can't be read: {HINT}") from error
    if not whole:
        raise SnapshotCorrupt(f"generation {folder} has changed since it was written: {HINT}")
    if not fits:
        raise SnapshotCorrupt(f"generation {folder} holds no file of LMDB: {HINT}")
    return manifest


def folder_name(generation: int) -> str:
    """How the folder of a generation is called."""
    return f"gen-{generation:08d}"


def content_digest(seals: Mapping[str, bytes]) -> str:
    """One digest of all blobs by their names and seals."""
    digest = xxhash.xxh3_128()
    for name in sorted(seals):
        digest.update(msgspec.msgpack.encode((name, seals[name])))
    return digest.hexdigest()


def _check(manifest: Manifest) -> str:
    bare = msgspec.structs.replace(manifest, check="")
    return xxhash.xxh3_64_hexdigest(msgspec.json.encode(bare))


def _header_fits(file: Path, size: int) -> bool:
    """Whether both heads are LMDB's, of one page size that the file is whole pages of."""
    with file.open("rb") as source:
        head = source.read(_META.size)
        page = _page_bytes(head)
        if page < _PAGE_BYTES_MIN or size % page:
            return False
        source.seek(page)
        return _page_bytes(source.read(_META.size)) == page


def _page_bytes(head: bytes) -> int:
    """The page size that one of LMDB's heads tells; 0 where it is none."""
    if len(head) < _META.size:
        return 0
    magic, version, page = _META.unpack(head)
    return int(page) if (magic, version) == (_MAGIC, _VERSION) else 0
