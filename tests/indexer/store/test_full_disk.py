"""A disk that is full, or an end half-way: what was there stays, and later it works."""

import errno
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from indexer.api import LoadMode
from indexer.model.errors import DiskFull
from indexer.model.ids import DatasetName
from indexer.model.schema import FieldType
from indexer.node import Node
from indexer.store import generations
from indexer.store.generations import Generations
from tests.indexer.drawing import batches_of
from tests.indexer.linked import PEOPLE, SALES, SIZE, dataset, faults, node_with, put
from tests.indexer.store.saving import saved, shop_in


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` says."""

    total: int
    used: int
    free: int


@pytest.mark.parametrize("step", ["fill", "describe", "seals_in", "sync_folder", "replace_file"])
def test_an_interrupted_write_leaves_the_old_generation(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step fails, the reader sees the state before, and the log what came after."""
    saved(tmp_path)
    node = node_with(folder=tmp_path)
    put(node, PEOPLE, {9: {}})

    with monkeypatch.context() as broken:
        broken.setattr(generations, step, full_disk)
        with pytest.raises(DiskFull):
            node.save()

    # What was acknowledged is in the log, whatever becomes of the snapshot.
    assert 4 == node_with(folder=tmp_path).published.view(PEOPLE).records
    node.save()
    assert 4 == node_with(folder=tmp_path).published.view(PEOPLE).records


def test_a_full_disk_changes_nothing_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loads and changes are refused as a whole, questions go on, and later it is all saved."""
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
        with pytest.raises(DiskFull):
            put(node, SALES, {6: {"of": 1}})
        same = before is node.published
    put(node, SALES, {6: {"of": 1}})
    node.save()

    assert same
    again = node_with(folder=tmp_path)
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

    again = node_with(folder=tmp_path)
    assert 3 == again.published.view(PEOPLE).records
    assert [] == faults(again.published, placed=[SALES])


def test_a_disk_error_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the folder is a part of writing; what is no disk's fault stays what it is."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "mkdir", full_disk)
        with pytest.raises(DiskFull):
            node.save()

    assert [] == Generations(tmp_path).names()
    node.save()
    assert [PEOPLE] == Generations(tmp_path).names()


def full_disk(*_args: object, **_options: object) -> None:
    """What writing to a full disk raises."""
    raise OSError(errno.ENOSPC, "No space left on device")


def load(node: Node, name: DatasetName, sizes: dict[int, int]) -> None:
    """Load records of these keys and sizes."""
    schema = node.published.view(name).schema
    assert schema.key_type is FieldType.INT
    batches = batches_of(schema, [(key, {SIZE: size}) for key, size in sizes.items()])
    node.load(name, batches, mode=LoadMode.UPSERT, clear_empty=False)
