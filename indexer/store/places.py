"""Where datasets lie under ``DIR/datasets``, and what can be told without reading records."""

import re
from pathlib import Path
from urllib.parse import quote

import xxhash

from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.store.manifest import DATA, HINT, MANIFEST

DATASETS, LOG = "datasets", "log"
"""Folders within a data folder."""
CURRENT, NAME, PREFIX = "CURRENT", "NAME", "d-"
QUOTED_MAX = 200
"""File names end at 255 bytes; a longer dataset name goes by its digest."""
NAME_BYTES_MAX = 4_096

Stamp = tuple[int, ...]

_GENERATION = re.compile(r"gen-([0-9]{8})")


def home_name(name: DatasetName) -> str:
    """The name of a dataset's folder; no two datasets have one."""
    quoted = quote(name, safe="")
    if len(quoted) > QUOTED_MAX:
        # No quoted name has a bare equals sign.
        quoted = f"={xxhash.xxh3_128_hexdigest(name.encode())}"
    return f"{PREFIX}{quoted}"


def homes_in(datasets: Path) -> list[Path]:
    """The folders of datasets, by name."""
    return sorted(path for path in datasets.glob(f"{PREFIX}*") if path.is_dir())


def dataset_name(home: Path) -> DatasetName:
    """The name in a dataset's folder. Raises: SnapshotCorrupt when it is none, or another's."""
    try:
        with (home / NAME).open("rb") as source:
            name = DatasetName(source.read(NAME_BYTES_MAX).decode())
    except (OSError, ValueError) as error:
        raise SnapshotCorrupt(
            f"{home}/{NAME}, the dataset's name, can't be read: {HINT}"
        ) from error
    if home_name(name) != home.name:
        raise SnapshotCorrupt(f"{home} is the folder of another dataset: move it away")
    return name


def generations_in(home: Path) -> list[Path]:
    """The folders of a dataset's generations, oldest first, good or not."""
    return sorted(path for path in home.glob("gen-*") if _GENERATION.fullmatch(path.name))


def number_of(folder: Path) -> int:
    """Which generation a folder is."""
    return int(folder.name[4:])


def named_current(home: Path) -> str | None:
    """The generation that CURRENT names; None where there is no CURRENT or it names none."""
    try:
        with (home / CURRENT).open("rb") as source:
            named = source.read(NAME_BYTES_MAX).decode()
    except (OSError, ValueError):
        return None
    return named if _GENERATION.fullmatch(named) else None


def stamp_of(folder: Path) -> Stamp:
    """Changes whenever a generation's files do; empty where one is missing."""
    try:
        facts = [(folder / name).stat() for name in (DATA, MANIFEST)]
    except OSError:
        return ()
    return tuple(
        number for each in facts for number in (each.st_ino, each.st_size, each.st_mtime_ns)
    )
