"""What can happen to a data folder: damage, a step back by hand, an end half-way, a full disk."""

import errno
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import lmdb
import pytest

from indexer.api import LoadMode
from indexer.model.errors import DiskFull, SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import FieldType
from indexer.node import Node
from indexer.store import generations
from indexer.store.blob import sealed
from indexer.store.generations import Generations
from tests.indexer.drawing import batches_of
from tests.indexer.linked import PEOPLE, SALES, SIZE, dataset, faults, node_with, put
from tests.indexer.test_links import TO_PEOPLE

LIMITS = IndexLimits()
BLOBS = [
    "meta", "shard/0/keys", "shard/0/live", "shard/0/field/0/codes",
    "vocabulary/0/starts", "vocabulary/0/bytes/0",
]  # fmt: skip
ODD_NAMES = [
    "a", "..", ".", "a b", "ü", "d-a", "CURRENT", "gen-00000001.tmp", "%2F", "%", "a\0b",
    "\U0001f600" * 50, "ü" * 200, "ä" * 200, "x" * 200, "con", "-", "~", "\n",
]  # fmt: skip


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` says."""

    total: int
    used: int
    free: int


def saved(folder: Path, *, times: int = 1) -> Path:
    """A dataset of three people, saved so often; gives its folder."""
    store = Generations(folder)
    node = node_with(dataset(PEOPLE), store=store)
    for size in range(times):
        put(node, PEOPLE, {key: {"size": size, "email": f"m{key}"} for key in range(3)})
        node.save()
    return folder / "datasets" / f"d-{PEOPLE}"


def current(home: Path) -> Path:
    """The newest generation."""
    return home / (home / "CURRENT").read_text()


def cut_off(generation: Path) -> None:
    """The last page is missing."""
    file = generation / "data.mdb"
    file.write_bytes(file.read_bytes()[:-4096])


def flipped(generation: Path) -> None:
    """One bit in the middle is another."""
    file = generation / "data.mdb"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def zeroed(generation: Path) -> None:
    """All zeros, as after a bad crash."""
    file = generation / "data.mdb"
    file.write_bytes(bytes(file.stat().st_size))


def emptied(generation: Path) -> None:
    """Nothing in it."""
    (generation / "data.mdb").write_bytes(b"")


def without_data(generation: Path) -> None:
    """No file."""
    (generation / "data.mdb").unlink()


def without_manifest(generation: Path) -> None:
    """No manifest."""
    (generation / "MANIFEST.json").unlink()


def garbage_manifest(generation: Path) -> None:
    """No JSON."""
    (generation / "MANIFEST.json").write_bytes(b"\xff\0{")


def other_manifest(generation: Path) -> None:
    """That of the generation before."""
    before = min(generation.parent.glob("gen-*"))
    shutil.copy(before / "MANIFEST.json", generation / "MANIFEST.json")


def list_manifest(generation: Path) -> None:
    """JSON of another shape."""
    (generation / "MANIFEST.json").write_text("[]")


def gone(generation: Path) -> None:
    """The whole folder."""
    shutil.rmtree(generation)


DAMAGE: list[Callable[[Path], None]] = [
    cut_off, flipped, zeroed, emptied, without_data, without_manifest, garbage_manifest,
    other_manifest, list_manifest, gone,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_before_the_file_is_opened(
    damage: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LMDB would believe it, or end the process; the error names the folder to look at."""
    home = saved(tmp_path, times=2)
    generation = current(home)
    damage(generation)
    opened: list[str] = []
    monkeypatch.setattr(lmdb, "open", lambda path, **_: opened.append(path))

    with pytest.raises(SnapshotCorrupt) as found:
        node_with(store=Generations(tmp_path))

    assert str(generation) in found.value.message
    assert [] == opened


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"../../etc",
        b"/etc",
        b"gen-00000009",
        b"gen-1",
        b"..",
        b"\xff\xfe",
        b"gen\0",
        b"x" * 999,
    ],
)
def test_a_broken_pointer_leads_nowhere(text: bytes, tmp_path: Path) -> None:
    """CURRENT names a generation of its own folder or the dataset is not read."""
    home = saved(tmp_path)
    (home / "CURRENT").write_bytes(text)

    with pytest.raises(SnapshotCorrupt) as found:
        node_with(store=Generations(tmp_path))

    assert str(home) in found.value.message


def test_a_pointer_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Not even to a generation that is whole."""
    home = saved(tmp_path / "a")
    other = saved(tmp_path / "b")
    (home / "CURRENT").write_text(f"../../../b/datasets/{other.name}/{current(other).name}")

    with pytest.raises(SnapshotCorrupt):
        Generations(tmp_path / "a").read(PEOPLE, LIMITS)


def test_a_folder_of_another_dataset_is_not_believed(tmp_path: Path) -> None:
    """A copy under another name would hide the dataset it is a copy of."""
    home = saved(tmp_path)
    shutil.copytree(home, home.with_name("d-others"))

    with pytest.raises(SnapshotCorrupt, match="d-others"):
        node_with(store=Generations(tmp_path))


@pytest.mark.parametrize("payload", [None, b"", sealed(b"{}"), sealed(b"[1"), b"CDNL"])
@pytest.mark.parametrize("blob", BLOBS)
def test_a_file_that_is_whole_but_not_ours_is_corrupt(
    blob: str, payload: bytes | None, tmp_path: Path
) -> None:
    """Written by another version, or put together by hand: its digest is right."""
    generation = current(saved(tmp_path))
    with (
        closing(lmdb.open(str(generation), lock=False)) as environment,
        environment.begin(write=True) as transaction,
    ):
        transaction.delete(blob.encode())
        if payload is not None:
            transaction.put(blob.encode(), payload)
    manifest = json.loads((generation / "MANIFEST.json").read_text())
    manifest["bytes"] = (generation / "data.mdb").stat().st_size
    manifest["xxh3_128"] = generations._digest(generation / "data.mdb")
    (generation / "MANIFEST.json").write_text(json.dumps(manifest))

    with pytest.raises(SnapshotCorrupt) as found:
        Generations(tmp_path).read(PEOPLE, LIMITS)

    assert str(generation) in found.value.message


def test_a_folder_without_its_name_is_corrupt(tmp_path: Path) -> None:
    """Somebody removed it, or it is no text."""
    home = saved(tmp_path)

    for damage in (b"\xff", b"others", None):
        (home / "NAME").unlink()
        if damage is not None:
            (home / "NAME").write_bytes(damage)
        with pytest.raises(SnapshotCorrupt, match=str(home)):
            Generations(tmp_path).names()


def test_the_one_before_can_be_named_by_hand(tmp_path: Path) -> None:
    """What the error tells to do works, and the damaged one is not counted among the kept."""
    home = saved(tmp_path, times=3)
    flipped(current(home))
    damaged = current(home).rename(home / "gen-00000004.damaged")
    (home / "CURRENT").write_text("gen-00000003")

    node = node_with(store=Generations(tmp_path))
    put(node, PEOPLE, {9: {}})
    node.save()

    assert 4 == node_with(store=Generations(tmp_path)).published.view(PEOPLE).records
    assert "gen-00000004" == current(home).name
    assert (home / "gen-00000003").exists()
    assert damaged.exists()


def test_an_older_generation_that_is_current_is_kept(tmp_path: Path) -> None:
    """The newest by number may be the bad one that somebody stepped back from."""
    home = saved(tmp_path, times=2)
    flipped(current(home))
    (home / "CURRENT").write_text("gen-00000002")

    node = node_with(store=Generations(tmp_path))
    put(node, PEOPLE, {9: {}})
    node.save()

    assert ["gen-00000002", "gen-00000004"] == sorted(p.name for p in home.glob("gen-*"))


def test_a_dataset_that_was_never_whole_is_not_there(tmp_path: Path) -> None:
    """Its first generation was renamed into place, but nobody was told."""
    home = saved(tmp_path)
    (home / "CURRENT").unlink()

    node = node_with(store=Generations(tmp_path))
    node.create(dataset(PEOPLE))

    assert 0 == node_with(store=Generations(tmp_path)).published.view(PEOPLE).records


@pytest.mark.parametrize("step", ["_fill", "_describe", "_sync_folder", "_replace"])
def test_an_interrupted_write_leaves_the_old_generation(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step fails, the reader sees the state before."""
    saved(tmp_path)
    node = node_with(store=Generations(tmp_path))
    put(node, PEOPLE, {9: {}})

    with monkeypatch.context() as broken:
        broken.setattr(generations, step, full_disk)
        with pytest.raises(DiskFull):
            node.save()

    assert 3 == node_with(store=Generations(tmp_path)).published.view(PEOPLE).records
    node.save()
    assert 4 == node_with(store=Generations(tmp_path)).published.view(PEOPLE).records


def test_a_full_disk_changes_nothing_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load is refused as a whole; questions and changes go on, and later it is all saved."""
    node = shop_in(tmp_path)
    put(node, SALES, {7: {"of": 3, "size": 7}})
    before = node.published

    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 0))
        for name in (PEOPLE, SALES):
            with pytest.raises(DiskFull):
                load(node, name, {8: 1, 9: 2})
        with pytest.raises(DiskFull):
            node.create(dataset(DatasetName("more")))
        with pytest.raises(DiskFull):
            node.save()
        same = before is node.published
        put(node, SALES, {6: {"of": 1}})
    node.save()

    assert same
    again = node_with(store=Generations(tmp_path))
    assert 7 == again.published.view(SALES).record(7).values[SIZE]
    assert [6, 7] == again.published.view(SALES).order.keys.tolist()
    assert 3 == again.published.view(PEOPLE).records


def test_a_disk_that_fills_up_between_two_datasets_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first one was written with is taken back when there is room again."""
    node = shop_in(tmp_path)
    put(node, SALES, {1: {"of": 50}, 2: {"of": 1}})
    node.save()
    room = iter([2**40])

    with monkeypatch.context() as filling:
        filling.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, next(room, 0)))
        with pytest.raises(DiskFull):
            load(node, PEOPLE, {50: 5})
    node.save()

    again = node_with(store=Generations(tmp_path))
    assert 3 == again.published.view(PEOPLE).records
    assert [] == faults(again.published, placed=[SALES])


def test_a_disk_error_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the folder is a part of writing; what is no disk's fault stays what it is."""
    node = node_with(store=Generations(tmp_path))

    with monkeypatch.context() as broken:
        broken.setattr(Path, "mkdir", full_disk)
        with pytest.raises(DiskFull):
            node.create(dataset(PEOPLE))

    assert {} == node.published.datasets
    node.create(dataset(PEOPLE))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_dataset_may_have_an_odd_name(name: str, tmp_path: Path) -> None:
    """Its folder never leaves the data folder, and no name is too long for a file."""
    node = node_with(dataset(DatasetName(name)), store=Generations(tmp_path))
    put(node, DatasetName(name), {1: {"email": "x"}})
    node.save()

    again = node_with(store=Generations(tmp_path))

    assert [name] == list(again.published.datasets)
    assert 1 == again.published.view(DatasetName(name)).records
    assert ["datasets"] == [path.name for path in tmp_path.iterdir()]
    assert 1 == len(list((tmp_path / "datasets").iterdir()))


def test_names_that_look_alike_are_different_datasets(tmp_path: Path) -> None:
    """Also when both are too long for the name of a folder, or one is the other's folder."""
    long = "ü" * 200
    folder = Generations(tmp_path)._home(DatasetName(long)).name
    names = (long, "ü" * 199 + "ö", "a", "A", "%61", folder, folder.removeprefix("d-"))
    schemas = [dataset(DatasetName(name)) for name in names]
    node = node_with(*schemas, store=Generations(tmp_path))
    for size, schema in enumerate(schemas):
        put(node, schema.name, {1: {"size": size}})
    node.save()

    again = node_with(store=Generations(tmp_path))

    sizes = [again.published.view(schema.name).record(1).values[SIZE] for schema in schemas]
    assert list(range(len(names))) == sizes


def full_disk(*_args: object, **_options: object) -> None:
    """What writing to a full disk raises."""
    raise OSError(errno.ENOSPC, "No space left on device")


def shop_in(folder: Path) -> Node:
    """Three people and the sales that link to them, saved."""
    node = node_with(dataset(PEOPLE), dataset(SALES, TO_PEOPLE), store=Generations(folder))
    node.apply(PEOPLE, [Upsert(key, {}) for key in (1, 2, 3)])
    node.save()
    return node


def load(node: Node, name: DatasetName, sizes: dict[int, int]) -> None:
    """Load records of these keys and sizes."""
    schema = node.published.view(name).schema
    assert schema.key_type is FieldType.INT
    batches = batches_of(schema, [(key, {SIZE: size}) for key, size in sizes.items()])
    node.load(name, batches, mode=LoadMode.UPSERT, clear_empty=False)
