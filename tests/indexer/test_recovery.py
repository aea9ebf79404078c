"""What a node finds after a crash, between two snapshots and between the parts of a step."""

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from indexer.api import LoadMode
from indexer.keeping import Keeping
from indexer.log.change_log import ChangeLog
from indexer.log.disk import OsDisk
from indexer.model.errors import DiskFull, LogPoisoned
from indexer.model.ids import DatasetName, RecordKey
from indexer.model.record import Origin, Upsert
from indexer.node import Node
from indexer.store import generations
from indexer.store.generations import Generations
from tests.indexer.drawing import batches_of
from tests.indexer.linked import PEOPLE, SALES, SIZE, dataset, node_with, put


def test_a_dataset_that_only_the_log_has_outlives_a_load_of_another(tmp_path: Path) -> None:
    """The load's snapshot is newer than all the log has of it."""
    node = node_with(dataset(PEOPLE), dataset(SALES), folder=tmp_path)
    put(node, SALES, {1: {"size": 5}})
    load(node, PEOPLE, 2)

    again = node_with(folder=tmp_path)

    assert {1: 5} == sizes(again, SALES)
    assert {2: 2} == sizes(again, PEOPLE)


@pytest.mark.parametrize("kept", [False, True])
def test_a_load_whose_mark_was_not_synced_does_not_lock_the_folder(
    kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark may be in the log or not: the load is there then as a whole, or not at all."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 5}})
    with monkeypatch.context() as failing:
        failing.setattr(OsDisk, "sync", failed_sync)
        if not kept:
            failing.setattr(OsDisk, "write", lambda disk, handle, data, offset: len(data))
        with pytest.raises(LogPoisoned):
            load(node, PEOPLE, 2)

    again = node_with(folder=tmp_path)

    assert sizes(again, PEOPLE) in ({1: 5}, {1: 5, 2: 2})
    put(again, PEOPLE, {3: {"size": 3}})
    assert sizes(again, PEOPLE) == sizes(node_with(folder=tmp_path), PEOPLE)


def test_a_snapshot_never_comes_after_that_of_a_later_load(tmp_path: Path) -> None:
    """One that was begun before the load and is written after it."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 5}})
    published, extras = node.moment()
    view = published.view(PEOPLE)
    load(node, PEOPLE, 2)

    keeping_of(node).write(view, published.sequence, extras)

    assert {1: 5, 2: 2} == sizes(node_with(folder=tmp_path), PEOPLE)


def test_a_load_that_is_taken_back_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes snapshots beside it has to wait until it is in the log or taken back."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 5}})
    keeping = keeping_of(node)

    def full_alone(*_: object) -> None:
        assert keeping._storing.locked()
        raise DiskFull("full")

    with monkeypatch.context() as filling:
        filling.setattr(Keeping, "append", full_alone)
        with pytest.raises(DiskFull):
            load(node, PEOPLE, 2)
    put(node, PEOPLE, {3: {"size": 3}})

    assert {1: 5, 3: 3} == sizes(node_with(folder=tmp_path), PEOPLE)


def test_a_load_is_taken_back_on_a_disk_without_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the next step would be taken for one that its snapshot has."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 5}})
    node.save()

    with monkeypatch.context() as filling:
        filling.setattr(ChangeLog, "append", partial(full, filling))
        with pytest.raises(DiskFull):
            load(node, PEOPLE, 2)
    put(node, PEOPLE, {3: {"size": 3}})

    assert {1: 5, 3: 3} == sizes(node_with(folder=tmp_path), PEOPLE)


def test_a_load_that_can_not_be_taken_back_ends_all_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a step of the same sequence would be lost; a restart takes the load for one."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 5}})
    with monkeypatch.context() as failing:
        failing.setattr(ChangeLog, "append", partial(full, failing))
        failing.setattr(Generations, "withdraw", full_disk)
        with pytest.raises(LogPoisoned):
            load(node, PEOPLE, 2)

    with pytest.raises(LogPoisoned):
        put(node, PEOPLE, {3: {"size": 3}})

    assert not keeping_of(node).writable
    assert {1: 5, 2: 2} == sizes(node_with(folder=tmp_path), PEOPLE)


def test_a_dataset_that_changes_after_the_log_was_cut_is_not_taken_for_damaged(
    tmp_path: Path,
) -> None:
    """What the log let go was of another, and what this one has since is there."""
    node = node_with(dataset(PEOPLE), dataset(SALES), folder=tmp_path, segment_bytes=256)
    put(node, SALES, {1: {"size": 5}})
    node.save()
    for size in range(20):
        put(node, PEOPLE, {1: {"size": size}})
        node.save()
    put(node, SALES, {2: {"size": 6}})
    load(node, PEOPLE, 2)

    again = node_with(folder=tmp_path, segment_bytes=256)

    assert {1: 5, 2: 6} == sizes(again, SALES)
    assert {1: 19, 2: 2} == sizes(again, PEOPLE)


def test_what_is_known_of_a_batch_that_changed_nothing_is_not_cut_off(tmp_path: Path) -> None:
    """Its key and its source's position are in a snapshot before the log lets them go."""
    node = node_with(dataset(PEOPLE), folder=tmp_path, segment_bytes=256)
    load(node, PEOPLE, 1)
    node.save()
    origin = Origin("key", "source", "last", "digest")
    first = node.apply(PEOPLE, [Upsert(1, {SIZE: 1})], origin)
    for number in range(20):
        node.apply(PEOPLE, [], Origin(f"other {number}", digest="digest"))
    node.save()

    again = node_with(folder=tmp_path)

    assert "last" == again.published.positions["source"]
    assert first == again.apply(PEOPLE, [], origin)


def load(node: Node, name: DatasetName, key: RecordKey) -> None:
    """One record of a load, whose size is its key."""
    schema = node.published.base(name).schema
    rows = [(key, {SIZE: key})]
    node.load(name, batches_of(schema, rows), mode=LoadMode.UPSERT, clear_empty=False)


def sizes(node: Node, name: DatasetName) -> dict[RecordKey, object]:
    """Every record's size."""
    view = node.published.view(name)
    return {key: view.record(key).values[SIZE] for key in view.order.keys.tolist()}


def keeping_of(node: Node) -> Keeping:
    """The node's log and snapshots."""
    assert node._keeping is not None
    return node._keeping


def failed_sync(disk: OsDisk, handle: int) -> None:
    """What a disk that is broken answers."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def full(patch: pytest.MonkeyPatch, *_: object) -> None:
    """What a full disk answers, to this and to everything that is to be written from now on."""
    patch.setattr(generations, "replace_file", full_disk)
    raise DiskFull("full")


def full_disk(*_: object) -> None:
    """What a disk without room answers."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
