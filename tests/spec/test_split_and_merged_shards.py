"""However records are split over shards, and in whatever order they came, answers are the same."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evaluator.api import Evaluator
from evaluator.condition.decode import decode_json
from indexer.intake.arrow_types import KEY_COLUMN
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName
from tests.support.building import evaluator_over
from tests.support.filling import index_of_recipe
from tests.support.trees import Tree, trees_over
from tests.support.twenty import BLOCK, MANY, Recipe
from tests.support.ways import JSON_BYTES_MAX

TREES = 40
BATCH_ROWS = 65_536
SPLIT = Recipe("split", 2 * BLOCK + 1, 16, MANY, "int", skew=2.0)
"""Three shards, the last of one record; or one, where they are larger."""
NAME = DatasetName(SPLIT.name)


@pytest.fixture(scope="module")
async def homes() -> AsyncIterator[tuple[list[Evaluator], Sequence[Tree]]]:
    """The same records in shards of two sizes, and by a life that left them in another order."""
    dataset, _ = SPLIT.made()
    indexes: list[LocalIndex] = [
        await index_of_recipe(SPLIT, dataset, dataset),
        await index_of_recipe(replace(SPLIT, shard_bits=20), dataset, dataset),
    ]
    order = np.random.default_rng(SPLIT.seed).permutation(len(dataset))
    indexes.append(await index_of_recipe(SPLIT, dataset.picked(order), dataset))
    now = dataset.asked.now
    trees = trees_over(dataset, TREES, SPLIT.seed)
    yield [evaluator_over(index, now) for index in indexes], trees
    for index in indexes:
        await index.close()


async def test_every_split_counts_and_finds_the_same(
    homes: tuple[list[Evaluator], Sequence[Tree]],
) -> None:
    """Every node of every tree, and every member."""
    evaluators, trees = homes
    for tree in trees:
        condition = decode_json(tree.text, JSON_BYTES_MAX)

        first, *others = [await answers(each, condition) for each in evaluators]

        assert tree.counts[0] == first[0][0]
        for nodes, keys in others:
            assert first[0] == nodes, tree.text
            assert np.array_equal(first[1], keys), tree.text


async def answers(evaluator: Evaluator, condition: object) -> tuple[tuple[int, ...], Any]:
    """The counts of the whole and of every node, and the keys of the members, in order."""
    count = await evaluator.count(NAME, condition, per_node=True)
    coming: Any = evaluator.rows(NAME, condition, fields=[], batch_rows=BATCH_ROWS)
    parts = [batch.column(KEY_COLUMN).to_numpy() async for batch in coming]
    keys = np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    return (count.count, *count.per_node.values()), keys
