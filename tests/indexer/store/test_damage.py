"""What can happen to a data folder: damage, a step back by hand, odd names."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import lmdb
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.store.blob import sealed
from indexer.store.files import digest_of, size_of
from indexer.store.generations import Generations
from indexer.store.manifest import describe, manifest_of
from tests.indexer.linked import PEOPLE, SIZE, dataset, node_with, put
from tests.indexer.store.saving import saved

LIMITS = IndexLimits()
BLOBS = [
    "meta", "shard/0/keys", "shard/0/live", "shard/0/field/0/codes",
    "vocabulary/0/starts", "vocabulary/0/bytes/0",
]  # fmt: skip
ODD_NAMES = [
    "a", "..", ".", "a b", "ü", "d-a", "CURRENT", "gen-00000001.tmp", "%2F", "%", "a\0b",
    "\U0001f600" * 50, "ü" * 200, "ä" * 200, "x" * 200, "con", "-", "~", "\n",
]  # fmt: skip


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
    """LMDB would believe it, or end the process; the one before is read, and the log tells."""
    home = saved(tmp_path, times=2)
    older, newest = sorted(home.glob("gen-*"))
    damage(newest)
    opened: list[str] = []
    real = lmdb.open

    def watched(path: str, **how: Any) -> object:
        opened.append(path)
        return real(path, **how)

    monkeypatch.setattr(lmdb, "open", watched)

    with capture_logs() as told:
        snapshot = Generations(tmp_path).read(PEOPLE, LIMITS)

    assert [str(older)] == opened
    assert 0 == snapshot.view.record(1).values[SIZE]
    if damage is not gone:
        assert (newest.name,) == snapshot.damaged
        assert newest.exists()
        assert ["generation_damaged", "generation_chosen"] == [each["event"] for each in told]
        assert str(newest) in told[0]["reason"]


def test_nothing_good_is_an_error_that_names_the_newest(tmp_path: Path) -> None:
    """Rather than an empty dataset."""
    home = saved(tmp_path, times=2)
    older, newest = sorted(home.glob("gen-*"))
    for generation in (older, newest):
        flipped(generation)

    with pytest.raises(SnapshotCorrupt) as found:
        node_with(folder=tmp_path)

    assert str(newest) in found.value.message
    assert [older, newest] == sorted(home.glob("gen-*"))


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"",
        b"\n",
        b"../../etc",
        b"/etc",
        b"gen-00000009",
        b"gen-00000001",
        b"gen-1",
        b"..",
        b"\xff\xfe",
        b"gen\0",
        b"x" * 999,
    ],
)
def test_a_broken_or_stale_pointer_misleads_nobody(text: bytes | None, tmp_path: Path) -> None:
    """The newest good generation counts; that CURRENT names another one is told."""
    home = saved(tmp_path)
    (home / "CURRENT").unlink()
    if text is not None:
        (home / "CURRENT").write_bytes(text)

    with capture_logs() as told:
        node = node_with(folder=tmp_path)

    assert 3 == node.published.view(PEOPLE).records
    assert ["generation_chosen"] == [each["event"] for each in told]


def test_a_pointer_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Not even to a generation that is whole."""
    home = saved(tmp_path / "a", times=1)
    other = saved(tmp_path / "b", times=3)
    (home / "CURRENT").write_text(f"../../../b/datasets/{other.name}/{current(other).name}")

    snapshot = Generations(tmp_path / "a").read(PEOPLE, LIMITS)

    assert 0 == snapshot.view.record(1).values[SIZE]


def test_a_folder_of_another_dataset_is_not_believed(tmp_path: Path) -> None:
    """A copy under another name would hide the dataset it is a copy of."""
    home = saved(tmp_path)
    shutil.copytree(home, home.with_name("d-others"))

    with pytest.raises(SnapshotCorrupt, match="d-others"):
        node_with(folder=tmp_path)


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
    file = generation / "data.mdb"
    told = manifest_of(generation)
    describe(generation, replace(told, bytes=size_of(file), xxh3_128=digest_of(file)))

    snapshot = Generations(tmp_path).read(PEOPLE, LIMITS)

    assert (generation.name,) == snapshot.damaged


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

    node = node_with(folder=tmp_path)
    put(node, PEOPLE, {9: {}})
    node.save()

    assert 4 == node_with(folder=tmp_path).published.view(PEOPLE).records
    assert "gen-00000004" == current(home).name
    assert (home / "gen-00000003").exists()
    assert damaged.exists()


def test_a_damaged_generation_is_no_good_one_and_stays(tmp_path: Path) -> None:
    """Two good ones are kept beside it: a person may want to look at what is left of it."""
    home = saved(tmp_path, times=2)
    flipped(current(home))

    node = node_with(folder=tmp_path)
    for key in (9, 10):
        put(node, PEOPLE, {key: {}})
        node.save()

    kept = ["gen-00000003", "gen-00000004", "gen-00000005"]
    assert kept == sorted(path.name for path in home.glob("gen-*"))
    assert kept[-1] == current(home).name


def test_a_dataset_whose_pointer_is_gone_is_there(tmp_path: Path) -> None:
    """Lost, or its first generation was renamed into place and nobody was told: it is whole."""
    home = saved(tmp_path)
    (home / "CURRENT").unlink()

    names = Generations(tmp_path).names()

    assert [PEOPLE] == names


def test_a_dataset_that_was_never_whole_is_made_from_the_log(tmp_path: Path) -> None:
    """A crash while its first generation was built: the log has everything."""
    home = saved(tmp_path)
    for generation in sorted(home.glob("gen-*")):
        generation.rename(generation.with_name(f"{generation.name}.tmp"))
    (home / "CURRENT").unlink()

    node = node_with(folder=tmp_path)

    assert 3 == node.published.view(PEOPLE).records
    assert 3 == node_with(folder=tmp_path).published.view(PEOPLE).records


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_dataset_may_have_an_odd_name(name: str, tmp_path: Path) -> None:
    """Its folder never leaves the data folder, and no name is too long for a file."""
    node = node_with(dataset(DatasetName(name)), folder=tmp_path)
    put(node, DatasetName(name), {1: {"email": "x"}})
    node.save()

    again = node_with(folder=tmp_path)

    assert [name] == list(again.published.datasets)
    assert 1 == again.published.view(DatasetName(name)).records
    assert ["datasets", "log"] == sorted(path.name for path in tmp_path.iterdir())
    assert 1 == len(list((tmp_path / "datasets").iterdir()))


def test_names_that_look_alike_are_different_datasets(tmp_path: Path) -> None:
    """Also when both are too long for the name of a folder, or one is the other's folder."""
    long = "ü" * 200
    folder = Generations(tmp_path)._home(DatasetName(long)).name
    names = (long, "ü" * 199 + "ö", "a", "A", "%61", folder, folder.removeprefix("d-"))
    schemas = [dataset(DatasetName(name)) for name in names]
    node = node_with(*schemas, folder=tmp_path)
    for size, schema in enumerate(schemas):
        put(node, schema.name, {1: {"size": size}})
    node.save()

    again = node_with(folder=tmp_path)

    sizes = [again.published.view(schema.name).record(1).values[SIZE] for schema in schemas]
    assert list(range(len(names))) == sizes
