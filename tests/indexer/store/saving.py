"""Datasets that are on disk already."""

from pathlib import Path

from indexer.model.record import Upsert
from indexer.node import Node
from tests.indexer.linked import PEOPLE, SALES, dataset, node_with, put
from tests.indexer.test_links import TO_PEOPLE


def saved(folder: Path, *, times: int = 1) -> Path:
    """A dataset of three people, saved so often; gives its folder."""
    node = node_with(dataset(PEOPLE), folder=folder)
    node.save()
    for size in range(times):
        put(node, PEOPLE, {key: {"size": size, "email": f"m{key}"} for key in range(3)})
        node.save()
    return folder / "datasets" / f"d-{PEOPLE}"


def shop_in(folder: Path) -> Node:
    """Three people and the sales that link to them, saved."""
    node = node_with(dataset(PEOPLE), dataset(SALES, TO_PEOPLE), folder=folder)
    node.save()
    node.apply(PEOPLE, [Upsert(key, {}) for key in (1, 2, 3)])
    node.save()
    return node
