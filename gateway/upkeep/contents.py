"""What a backup says is in it, and whether it still is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec
import xxhash

from indexer.model.errors import SnapshotCorrupt
from indexer.store.files import digest_of, replace_file, size_of

CONTENTS = "BACKUP.json"
CONTENTS_FORMAT = 1
SHOWN_MAX = 10
"""Files named in one error."""


class BackedUpFile(msgspec.Struct, frozen=True):
    """One file; ``path`` is relative, with slashes."""

    path: str
    bytes: int
    xxh3_128: str


class BackedUpDataset(msgspec.Struct, frozen=True):
    """One dataset as it is in its generation; the log may have later changes."""

    name: str
    sequence: int
    records: int


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in a backup."""

    format: int = CONTENTS_FORMAT
    made_at: datetime
    sequence: int
    """The last change that is in it."""
    datasets: tuple[BackedUpDataset, ...]
    files: tuple[BackedUpFile, ...]
    check: str = ""

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder, by name; the contents' own is none."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / CONTENTS:
            yield path


def described(folder: Path) -> tuple[BackedUpFile, ...]:
    """Every file below a folder as it is now, all of it read."""
    return tuple(
        BackedUpFile(path.relative_to(folder).as_posix(), size_of(path), digest_of(path))
        for path in files_in(folder)
    )


def write_contents(folder: Path, contents: Contents) -> None:
    """Put the contents beside what they describe, durable."""
    sealed = msgspec.structs.replace(contents, check=_check(contents))
    data = msgspec.json.format(msgspec.json.encode(sealed), indent=2)
    replace_file(folder / CONTENTS, data)


def contents_of(folder: Path) -> Contents:
    """What a backup says is in it; files not looked at. Raises: SnapshotCorrupt."""
    try:
        contents = msgspec.json.decode((folder / CONTENTS).read_bytes(), type=Contents)
    except (OSError, ValueError) as error:
        raise SnapshotCorrupt(
            f"{folder} is no whole backup: there is no {CONTENTS} in it that can be read"
        ) from error
    if contents.format > CONTENTS_FORMAT:
        raise SnapshotCorrupt(f"{folder} was made by a newer Cardinal: use that one")
    if contents.check != _check(contents):
        raise SnapshotCorrupt(f"{folder}/{CONTENTS} has changed since it was written")
    if not all(_is_inside(file.path) for file in contents.files):
        raise SnapshotCorrupt(f"{folder}/{CONTENTS} names files outside of the backup")
    return contents


def verified_contents(folder: Path) -> Contents:
    """The contents of a backup, every byte of it read. Raises: SnapshotCorrupt."""
    contents = contents_of(folder)
    wrong = [file.path for file in contents.files if not _is_whole(folder, file)]
    if wrong:
        shown = ", ".join(wrong[:SHOWN_MAX]) + (", …" if len(wrong) > SHOWN_MAX else "")
        raise SnapshotCorrupt(
            f"the backup {folder} is damaged, so nothing was restored: {len(wrong)} of its "
            f"{len(contents.files)} files are missing or have changed ({shown})"
        )
    return contents


def _is_whole(folder: Path, file: BackedUpFile) -> bool:
    path = folder / file.path
    try:
        return size_of(path) == file.bytes and digest_of(path) == file.xxh3_128
    except OSError:
        return False


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and path not in ("", ".")


def _check(contents: Contents) -> str:
    bare = msgspec.structs.replace(contents, check="")
    return xxhash.xxh3_64_hexdigest(msgspec.json.encode(bare))
