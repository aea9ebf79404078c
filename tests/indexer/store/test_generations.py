"""Datasets on disk: what was written is read, and damage is told before anything is believed."""

import errno
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lmdb
import pytest

from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.key_page import by_key
from indexer.dataset.reading import PlainReading
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.local import LocalIndex
from indexer.log.disk import OsDisk
from indexer.model.errors import DiskFull, FolderInUse, SnapshotCorrupt
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Delete, Upsert, Value
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from indexer.store import generations
from indexer.store.files import digest_of, size_of
from indexer.store.folder import FolderLock
from indexer.store.generations import Generations

NOW = datetime(2025, 6, 1, tzinfo=UTC)
LIMITS = IndexLimits()
PEOPLE = DatasetName("people")
SCHEMA = Schema(
    PEOPLE, None, FieldType.INT,
    tuple(Field(FieldName(type_.value), type_) for type_ in FieldType),
)  # fmt: skip
FULL: dict[FieldName, Value] = {
    FieldName("bool"): False,
    FieldName("int"): -(2**63),
    FieldName("decimal"): 5,
    FieldName("float"): -0.5,
    FieldName("date"): 20_000,
    FieldName("timestamp"): 1,
    FieldName("keyword"): "ü",
    FieldName("text"): "",
    FieldName("set"): ("x", "y"),
}
SHARD_BITS = 2
"""Four records a shard, so that the view below has three of them."""


def a_view(limits: IndexLimits = LIMITS) -> DatasetView:
    """Ten records, one of them deleted, one empty, one with everything."""
    changes = [Upsert(key, {FieldName("int"): key}) for key in range(1, 9)]
    return apply_changes(
        empty_view(SCHEMA, SHARD_BITS),
        [*changes, Upsert(9, {}), Upsert(10, FULL), Delete(3)],
        targets=Targets({}, None),
        now=NOW,
        limits=limits,
    ).view


def everything_of(view: DatasetView) -> list[object]:
    """All records with all values, in key order."""
    everybody = PlainReading().members(view, program_of([EVERYTHING]))
    ordinals = by_key(view, everybody, 100, None)
    assert len(everybody) == len(ordinals)
    return list(view.read(ordinals, [field.name for field in view.schema.fields]))


@pytest.mark.parametrize("bitmaps_max", [0, 1, 4_096])
def test_what_was_written_is_read(tmp_path: Path, bitmaps_max: int) -> None:
    """Records, schema, next key, time and sequence, with and without bitmaps per value."""
    limits = replace(LIMITS, bitmaps_per_field_max=bitmaps_max)
    written = a_view(limits)
    store = Generations(tmp_path)

    store.write(written, 42, b"beside it")
    snapshot = store.read(PEOPLE, limits)

    read = snapshot.view
    assert (42, b"beside it", ()) == (snapshot.sequence, snapshot.extras, snapshot.damaged)
    assert everything_of(written) == everything_of(read)
    assert (SCHEMA, 11, NOW) == (read.schema, read.next_key, read.updated_at)
    assert [shard.live for shard in written.shards] == [shard.live for shard in read.shards]


def test_the_newest_two_generations_are_kept(tmp_path: Path) -> None:
    """Older ones go; CURRENT names the newest."""
    store = Generations(tmp_path)

    for sequence in range(5):
        store.write(a_view(), sequence)

    home = tmp_path / "datasets" / "d-people"
    kept = sorted(path.name for path in home.glob("gen-*"))
    assert 2 == len(kept)
    assert kept[-1] == (home / "CURRENT").read_text()
    assert 4 == store.read(PEOPLE, LIMITS).sequence


def test_the_log_must_reach_back_to_the_older_generation(tmp_path: Path) -> None:
    """Of the two that are kept; a damaged one is no use, so it does not count."""
    store = Generations(tmp_path)
    reached = []
    for sequence in (7, 8, 9):
        store.write(a_view(), sequence)
        reached.append(store.kept_sequence(PEOPLE))
    home = tmp_path / "datasets" / "d-people"

    _flipped(min(home.glob("gen-*")))

    assert [7, 7, 8] == reached
    assert 9 == store.kept_sequence(PEOPLE) == Generations(tmp_path).kept_sequence(PEOPLE)


def test_a_repeated_generation_is_there_twice(tmp_path: Path) -> None:
    """After a load, no one damaged file takes it away."""
    store = Generations(tmp_path)
    store.write(a_view(), 1, b"then")
    store.write(a_view(), 5, b"now")

    repeated = store.repeat(PEOPLE)

    home = tmp_path / "datasets" / "d-people"
    kept = sorted(home.glob("gen-*"))
    assert (5, 5) == (repeated, store.kept_sequence(PEOPLE))
    assert ["gen-00000002", "gen-00000003"] == [path.name for path in kept]
    assert kept[-1].name == (home / "CURRENT").read_text()
    _truncated(kept[-1])
    snapshot = Generations(tmp_path).read(PEOPLE, LIMITS)
    assert (5, b"now", ("gen-00000003",)) == (
        snapshot.sequence, snapshot.extras, snapshot.damaged,
    )  # fmt: skip
    assert everything_of(a_view()) == everything_of(snapshot.view)


def test_what_has_changed_since_it_was_read_is_not_repeated(tmp_path: Path) -> None:
    """Damage is not made twice."""
    store = Generations(tmp_path)
    store.write(a_view(), 1)
    store.write(a_view(), 2)
    newest = max((tmp_path / "datasets" / "d-people").glob("gen-*"))
    _flipped(newest)

    repeated = store.repeat(PEOPLE)

    assert 1 == repeated
    assert 1 == Generations(tmp_path).read(PEOPLE, LIMITS).sequence


def test_a_removed_dataset_is_gone(tmp_path: Path) -> None:
    """And one of its name may come again; to remove what isn't there is no fault."""
    store = Generations(tmp_path)
    store.write(a_view(), 1)

    store.remove(PEOPLE)
    store.remove(PEOPLE)

    assert [] == store.names()
    assert [] == list((tmp_path / "datasets").iterdir())
    store.write(a_view(), 3)
    assert 3 == store.kept_sequence(PEOPLE)


def test_a_disk_that_forgets_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generation is read again before anybody is told, and before an older one goes."""
    store = Generations(tmp_path)
    store.write(a_view(), 1)

    with monkeypatch.context() as patch:
        patch.setattr(generations, "forget_cached", lambda file: _flipped(file.parent))
        with pytest.raises(SnapshotCorrupt):
            store.write(a_view(), 2)

    home = tmp_path / "datasets" / "d-people"
    assert ["CURRENT", "NAME", "gen-00000001"] == sorted(path.name for path in home.iterdir())
    assert 1 == Generations(tmp_path).read(PEOPLE, LIMITS).sequence


def test_a_generation_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Before manifests had a check and generations something beside the view."""
    store = Generations(tmp_path)
    store.write(a_view(), 4)
    (folder,) = (tmp_path / "datasets" / "d-people").glob("gen-*")
    with closing(lmdb.open(str(folder), lock=False)) as opened, opened.begin(write=True) as writing:
        writing.delete(b"extras")
    file = folder / "data.mdb"
    manifest = {
        "dataset": "people", "format": 2, "generation": 1, "sequence": 4, "records": 9,
        "bytes": size_of(file), "xxh3_128": digest_of(file),
    }  # fmt: skip
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))

    snapshot = Generations(tmp_path).read(PEOPLE, LIMITS)

    assert (4, b"") == (snapshot.sequence, snapshot.extras)


@pytest.mark.parametrize("name", ["..", ".", "a b", "ü" * 200, "x" * 200, "CON", "%2e", "-"])
def test_any_name_has_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    """Odd names neither leave the folder nor fail."""
    store = Generations(tmp_path)
    view = replace(a_view(), schema=replace(SCHEMA, name=DatasetName(name)))

    store.write(view, 1)

    assert [name] == store.names()
    assert everything_of(view) == everything_of(store.read(DatasetName(name), LIMITS).view)
    assert ["datasets"] == [path.name for path in tmp_path.iterdir()]


def _truncated(folder: Path) -> None:
    os.truncate(folder / "data.mdb", 100)


def _flipped(folder: Path) -> None:
    file = folder / "data.mdb"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _zeroed(folder: Path) -> None:
    file = folder / "data.mdb"
    file.write_bytes(bytes(len(file.read_bytes())))


def _gone(folder: Path) -> None:
    (folder / "data.mdb").unlink()


def _undescribed(folder: Path) -> None:
    (folder / "MANIFEST.json").unlink()


def _described_badly(folder: Path) -> None:
    (folder / "MANIFEST.json").write_text("[]")


def _described_as_another(folder: Path) -> None:
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    (folder / "MANIFEST.json").write_text(json.dumps({**manifest, "xxh3_128": "0" * 32}))


def _folder_gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "damage",
    [
        _truncated, _flipped, _zeroed, _gone, _undescribed, _described_badly,
        _described_as_another, _folder_gone,
    ],
)  # fmt: skip
def test_damage_is_told_and_not_read(tmp_path: Path, damage: object) -> None:
    """One error that names the folder, whatever happened to it."""
    store = Generations(tmp_path)
    store.write(a_view(), 1)
    home = tmp_path / "datasets" / "d-people"
    assert callable(damage)
    damage(home / (home / "CURRENT").read_text())

    with pytest.raises(SnapshotCorrupt, match="d-people"):
        store.read(PEOPLE, LIMITS)


def test_a_write_that_was_cut_off_leaves_the_older_generation(tmp_path: Path) -> None:
    """What a crash leaves half-built is neither read nor in the way."""
    store = Generations(tmp_path)
    store.write(a_view(), 1)
    half = tmp_path / "datasets" / "d-people" / "gen-00000002.tmp"
    half.mkdir()
    (half / "data.mdb").write_bytes(b"half")

    before = store.read(PEOPLE, LIMITS).sequence
    store.write(a_view(), 2)

    assert 1 == before
    assert 2 == store.read(PEOPLE, LIMITS).sequence
    assert not half.exists()


async def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is refused, the rest goes on, and later it works."""
    index = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    await index.create(SCHEMA)
    with monkeypatch.context() as patch:
        patch.setattr(OsDisk, "write", full_disk)
        with pytest.raises(DiskFull, match="free some space"):
            await index.create(replace(SCHEMA, name=DatasetName("others")))

        assert [PEOPLE] == [each.schema.name for each in await index.datasets()]

    assert index._keeping is not None
    assert index._keeping._guard.recovered()
    await index.create(replace(SCHEMA, name=DatasetName("others")))
    await index.close()

    again = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    names = [each.schema.name for each in await again.datasets()]
    await again.close()
    assert ["others", "people"] == names


def full_disk(*_args: object) -> int:
    """What writing to a full disk raises."""
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_clean_end_keeps_changes(tmp_path: Path) -> None:
    """Changes between imports are written when the index is closed."""
    first = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    await first.create(SCHEMA)
    applied = await first.apply(PEOPLE, [Upsert(None, FULL)])
    await first.close()

    second = await LocalIndex.open(tmp_path, shard_bits=16, clock=ManualClock(NOW))
    record = await second.record(PEOPLE, 1)
    info = await second.dataset(PEOPLE)
    await second.close()

    assert FULL == record.values
    assert applied.sequence <= info.sequence


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    """Another one is told who holds it; when the holder ends, it is free."""
    program = (
        "import sys; from pathlib import Path; from indexer.store.folder import FolderLock;"
        "FolderLock(Path(sys.argv[1])).take(); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    assert b"held\n" == holder.stdout.readline()
    lock = FolderLock(tmp_path)

    with pytest.raises(FolderInUse, match="another process"):
        lock.take()
    holder.kill()
    holder.communicate()
    lock.take()
    lock.release()
