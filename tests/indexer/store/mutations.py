"""Damages a dataset on disk in every way we know, over and over, and reads it after each.

Run as a program, so that a signal that ends it is seen as what it is:
``python -m tests.indexer.store.mutations FOLDER SEED COUNT`` prints a JSON line: how often each
kind of damage was found, and how often it changed nothing. It ends with an error where a damaged
dataset was believed.
"""

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.store.generations import Generations, Snapshot

PAGE_BYTES = 4_096
PEOPLE = DatasetName("people")
STATE, AGE = FieldName("state"), FieldName("age")
LIMITS = IndexLimits()
NOW = datetime(2025, 6, 1, tzinfo=UTC)
SHARD_BITS = 6
BOTH_EVERY = 7
"""So often the older generation is damaged too."""

Files = dict[str, bytes]
Held = tuple[int, bytes, list[object]]


@dataclass(frozen=True, slots=True)
class Disk:
    """A dataset of two generations: both as they were written."""

    home: Path
    older: Path
    newest: Path
    whole: dict[Path, Files]

    def put(self, file: Path, data: bytes) -> None:
        """Write a file as it is now on a bad disk."""
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)

    def repair(self) -> None:
        """Everything as it was written."""
        for folder, files in self.whole.items():
            for name, data in files.items():
                file = folder / name
                if not file.exists() or file.read_bytes() != data:
                    self.put(file, data)


Damage = Callable[[Disk, random.Random], None]


def a_view(records: int, times: int) -> DatasetView:
    """So many records, each with values that depend on ``times``."""
    schema = Schema(
        PEOPLE, None, FieldType.INT,
        (Field(STATE, FieldType.KEYWORD), Field(AGE, FieldType.INT)),
    )  # fmt: skip
    changes = [
        Upsert(key, {STATE: f"s{key * times % 17}", AGE: key * times}) for key in range(records)
    ]
    targets = Targets({}, None)
    empty = empty_view(schema, SHARD_BITS)
    return apply_changes(empty, changes, targets=targets, now=NOW, limits=LIMITS).view


def disk_at(folder: Path, records: int) -> Disk:
    """A dataset of that many records in two generations, of sequences 1 and 2."""
    store = Generations(folder)
    for sequence in (1, 2):
        store.write(a_view(records, sequence), sequence, b"extras %d" % sequence)
    (home,) = (folder / "datasets").iterdir()
    older, newest = sorted(home.glob("gen-*"))
    whole = {
        each: {path.name: path.read_bytes() for path in each.iterdir() if path.is_file()}
        for each in (home, older, newest)
    }
    return Disk(home, older, newest, whole)


def _data(disk: Disk, data: bytes | bytearray) -> None:
    disk.put(disk.newest / "data.mdb", bytes(data))


def _file(disk: Disk) -> bytearray:
    return bytearray(disk.whole[disk.newest]["data.mdb"])


def truncated(disk: Disk, dice: random.Random) -> None:
    """Anywhere."""
    data = _file(disk)
    _data(disk, data[: dice.randrange(len(data))])


def truncated_at_a_page(disk: Disk, dice: random.Random) -> None:
    """What LMDB dies of."""
    data = _file(disk)
    _data(disk, data[: PAGE_BYTES * dice.randrange(len(data) // PAGE_BYTES)])


def extended(disk: Disk, dice: random.Random) -> None:
    """By zeros or by anything."""
    size = dice.choice((1, 512, PAGE_BYTES, 3 * PAGE_BYTES))
    _data(disk, bytes(_file(disk)) + dice.choice((bytes(size), dice.randbytes(size))))


def flipped(disk: Disk, dice: random.Random) -> None:
    """One bit."""
    data = _file(disk)
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    _data(disk, data)


def flipped_head(disk: Disk, dice: random.Random) -> None:
    """One bit of LMDB's own two pages."""
    data = _file(disk)
    data[PAGE_BYTES * dice.randrange(2) + dice.randrange(160)] ^= 1 << dice.randrange(8)
    _data(disk, data)


def zeroed_page(disk: Disk, dice: random.Random) -> None:
    """As after a bad crash."""
    data = _file(disk)
    at = PAGE_BYTES * dice.randrange(len(data) // PAGE_BYTES)
    data[at : at + PAGE_BYTES] = bytes(PAGE_BYTES)
    _data(disk, data)


def swapped_pages(disk: Disk, dice: random.Random) -> None:
    """Two pages, each where the other was."""
    data = _file(disk)
    pages = range(0, len(data), PAGE_BYTES)
    one, other = dice.sample(pages, 2)
    first, second = data[one : one + PAGE_BYTES], data[other : other + PAGE_BYTES]
    data[one : one + PAGE_BYTES], data[other : other + PAGE_BYTES] = second, first
    _data(disk, data)


def scribbled(disk: Disk, dice: random.Random) -> None:
    """A sector of anything."""
    data = _file(disk)
    at = 512 * dice.randrange(len(data) // 512)
    data[at : at + 512] = dice.randbytes(512)
    _data(disk, data)


def of_another_generation(disk: Disk, dice: random.Random) -> None:
    """The older one's file, manifest or both under the newest one's name."""
    for name in dice.choice((["data.mdb"], ["MANIFEST.json"], ["data.mdb", "MANIFEST.json"])):
        disk.put(disk.newest / name, disk.whole[disk.older][name])


def missing(disk: Disk, dice: random.Random) -> None:
    """A file, or the folder."""
    name = dice.choice(("data.mdb", "MANIFEST.json", None))
    if name is None:
        shutil.rmtree(disk.newest)
    else:
        (disk.newest / name).unlink()


def empty(disk: Disk, dice: random.Random) -> None:
    """A file of no bytes, as a rename without a sync leaves it."""
    disk.put(disk.newest / dice.choice(("data.mdb", "MANIFEST.json")), b"")


def described_otherwise(disk: Disk, dice: random.Random) -> None:
    """A byte of the manifest."""
    data = bytearray(disk.whole[disk.newest]["MANIFEST.json"])
    data[dice.randrange(len(data))] = dice.randrange(256)
    disk.put(disk.newest / "MANIFEST.json", bytes(data))


def pointed_otherwise(disk: Disk, dice: random.Random) -> None:
    """CURRENT is stale, missing or nonsense."""
    text = dice.choice((None, b"", disk.older.name.encode(), b"gen-99999999", dice.randbytes(12)))
    if text is None:
        (disk.home / "CURRENT").unlink()
    else:
        disk.put(disk.home / "CURRENT", text)


KINDS: tuple[Damage, ...] = (
    truncated, truncated_at_a_page, extended, flipped, flipped_head, zeroed_page, swapped_pages,
    scribbled, of_another_generation, missing, empty, described_otherwise, pointed_otherwise,
)  # fmt: skip


def outcomes(
    folder: Path, seed: int, count: int, kinds: Sequence[Damage] = KINDS
) -> Iterator[tuple[str, str]]:
    """Each damage and what came of it. Raises: AssertionError where it was believed.

    ``found``: the older generation was read; ``told``: that one was damaged too, and the error
    said so; ``harmless``: the newest was read, and all of it is as it was written.
    """
    dice = random.Random(seed)
    disk = disk_at(folder, records=dice.choice((3, 40, 200)))
    truth = {sequence: held_at(disk, sequence) for sequence in (1, 2)}
    for place in range(count):
        damage = kinds[place % len(kinds)]
        damage(disk, dice)
        both = place % BOTH_EVERY == 0
        if both:
            disk.put(disk.older / "data.mdb", disk.whole[disk.older]["data.mdb"][:-1])
        yield damage.__name__, outcome(disk, truth, both=both)
        disk.repair()


def outcome(disk: Disk, truth: dict[int, Held], *, both: bool) -> str:
    """What is read of a damaged dataset, held against what was written."""
    try:
        snapshot = Generations(disk.home.parent.parent).read(PEOPLE, LIMITS)
    except SnapshotCorrupt:
        assert both
        return "told"
    assert held_by(snapshot) == truth[snapshot.sequence]
    if snapshot.sequence == 1:
        assert not both
        assert snapshot.damaged or not disk.newest.exists()
        return "found"
    file = disk.newest / "data.mdb"
    assert (file.read_bytes(), ()) == (disk.whole[disk.newest][file.name], snapshot.damaged)
    return "harmless"


def held_at(disk: Disk, sequence: int) -> Held:
    """What the good generation of this sequence holds."""
    aside = disk.home / "aside"
    if sequence == 1:
        disk.newest.rename(aside)
    snapshot = Generations(disk.home.parent.parent).read(PEOPLE, LIMITS)
    if sequence == 1:
        aside.rename(disk.newest)
    assert sequence == snapshot.sequence
    return held_by(snapshot)


def held_by(snapshot: Snapshot) -> Held:
    """Every record, and what lies beside them."""
    view = snapshot.view
    keys = view.order.keys.tolist()
    return snapshot.sequence, snapshot.extras, list(view.read(view.find(keys), [STATE, AGE]))


def main(folder: str, seed: str, count: str) -> None:
    """Damage, read, and tell."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    tally: Counter[str] = Counter()
    for kind, found in outcomes(Path(folder), int(seed), int(count)):
        tally[f"{kind} {found}"] += 1
    sys.stdout.write(json.dumps(tally))


if __name__ == "__main__":
    main(*sys.argv[1:])
