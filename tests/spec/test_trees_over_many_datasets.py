"""Thousands of random trees over twenty data sets: two oracles and every way to count agree."""

import numpy as np
import pytest

from evaluator.condition.decode import decode_json
from indexer.model.ids import DatasetName
from tests.support import oracle
from tests.support.building import evaluator_over
from tests.support.datasets import holding
from tests.support.filling import index_of_recipe
from tests.support.strategies import NOW
from tests.support.trees import differences, trees_over
from tests.support.twenty import TWENTY, Recipe
from tests.support.ways import JSON_BYTES_MAX, Asking
from tests.support.wire import from_json

TREES = 250
"""Over each data set, so 5,000 together, in a minute; a night may be spent on many more."""
READ_MAX = 130
"""Data sets of no more records are also read record by record."""


@pytest.mark.parametrize("recipe", TWENTY, ids=lambda recipe: recipe.name)
async def test_every_way_to_count_agrees_with_the_oracles(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tree asked with every optimisation in turn, again, and with hardly any memory."""
    dataset, doomed = recipe.made()
    trees = trees_over(dataset, TREES, recipe.seed)
    index = await index_of_recipe(recipe, dataset, doomed)
    name = DatasetName(recipe.name)
    # Memory that nobody wrote to is never empty here.
    monkeypatch.setattr(np, "empty", np.ones)

    different = list(differences(Asking(index._node.published.view(name)), dataset, trees))
    evaluator = evaluator_over(index, NOW)
    asked = [decode_json(tree.text, JSON_BYTES_MAX) for tree in trees]
    counts = [(await evaluator.count(name, each)).count for each in [*asked, *asked]]
    await index.close()

    assert TREES == len(trees)
    assert [] == different
    assert [tree.counts[0] for tree in trees] * 2 == counts


@pytest.mark.parametrize(
    "recipe", [each for each in TWENTY if each.records <= READ_MAX], ids=lambda recipe: recipe.name
)
def test_reading_every_value_once_is_reading_every_record(recipe: Recipe) -> None:
    """The oracle of large data sets is the oracle of small ones."""
    dataset, _ = recipe.made()
    conditions = [from_json(tree.text) for tree in trees_over(dataset, TREES // 5, recipe.seed)]

    expected = [oracle.holding(each, dataset.rows, dataset.asked) for each in conditions]

    assert expected == [holding(each, dataset).tolist() for each in conditions]
