"""A node's datasets, its log and its snapshots belong together."""

from pathlib import Path

import pytest

from indexer.api import LoadMode
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.record import Origin, Upsert
from indexer.node import Node
from tests.indexer.drawing import batches_of
from tests.indexer.linked import PEOPLE, SIZE, dataset, node_with, put
from tests.indexer.store.test_damage import current


def load(node: Node, name: DatasetName, sizes: dict[int, int]) -> None:
    """Load records of these keys and sizes."""
    schema = node.published.base(name).schema
    batches = batches_of(schema, [(key, {SIZE: size}) for key, size in sizes.items()])
    node.load(name, batches, mode=LoadMode.UPSERT, clear_empty=False)


def sizes(node: Node) -> dict[object, object]:
    """Every person's size."""
    view = node.published.view(PEOPLE)
    keys = view.order.keys.tolist()
    return {each.key: each.values[SIZE] for each in view.read(view.find(keys), [SIZE])}


def test_what_was_applied_is_there_after_a_crash(tmp_path: Path) -> None:
    """Nothing was saved; answers to keys and positions of sources come back too."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    origin = Origin(idempotency_key="k", digest="d", source="shop", position="7")
    first = node.apply(PEOPLE, [Upsert(1, {SIZE: 5}), Upsert(None, {SIZE: 6})], origin)

    again = node_with(folder=tmp_path)

    assert {1: 5, 2: 6} == sizes(again)
    assert first == again.apply(PEOPLE, [], origin)
    assert {"shop": "7"} == again.published.positions
    assert first.sequence == again.published.sequence


def test_snapshots_keep_what_the_log_lets_go(tmp_path: Path) -> None:
    """Keys and positions too, once the log has been cut."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    origin = Origin(idempotency_key="k", digest="d", source="shop", position="7")
    first = node.apply(PEOPLE, [Upsert(1, {SIZE: 5})], origin)
    for size in range(3):
        put(node, PEOPLE, {9: {"size": size}})
        node.save()

    again = node_with(folder=tmp_path)

    assert {1: 5, 9: 2} == sizes(again)
    assert first == again.apply(PEOPLE, [], origin)
    assert {"shop": "7"} == again.published.positions


def test_a_view_of_before_a_load_is_not_saved_after_it(tmp_path: Path) -> None:
    """Whoever began a snapshot, and was slower, must not hide the load."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 1}})
    published, extras = node.moment()
    load(node, PEOPLE, {2: 2})
    assert node._keeping is not None

    node._keeping.write(published.view(PEOPLE), published.sequence, extras)

    assert {1: 1, 2: 2} == sizes(node_with(folder=tmp_path))


def test_a_load_is_in_two_snapshots_soon(tmp_path: Path) -> None:
    """Until then the one that has it must be whole, and nobody is told otherwise."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {1: {"size": 1}})
    node.save()
    load(node, PEOPLE, {2: 2})
    put(node, PEOPLE, {3: {"size": 3}})
    home = tmp_path / "datasets" / f"d-{PEOPLE}"
    newest = current(home) / "data.mdb"
    held = newest.read_bytes()

    newest.write_bytes(held[:-1])
    with pytest.raises(SnapshotCorrupt, match="had a load"):
        node_with(folder=tmp_path)
    newest.write_bytes(held)
    assert node._keeping is not None
    node._keeping.repeat(PEOPLE)
    (current(home) / "data.mdb").write_bytes(held[:-1])

    assert {1: 1, 2: 2, 3: 3} == sizes(node_with(folder=tmp_path))
