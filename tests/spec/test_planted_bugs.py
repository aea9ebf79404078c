"""The checks are checked: with a bug planted in one place, they say that something differs."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from indexer.api import LoadMode
from indexer.dataset.view import DatasetView
from indexer.model.ids import DatasetName
from tests.support.conditions import Json, Palette, random_condition
from tests.support.datasets import Dataset, drawn
from tests.support.dice import SeededDice
from tests.support.filling import batches_of, index_of_recipe
from tests.support.oracle import KEY
from tests.support.planted import PLANTED, Plant
from tests.support.trees import Difference, Tree, answerable, answered, differences
from tests.support.twenty import MANY, USUAL, Recipe
from tests.support.ways import WAYS, Asking
from tests.support.wire import to_json

TREES, PAIRS = 120, 40
NUMBERS = ("orders", "score", "seen")
"""Fields of more values than a shard has bins, so that something lies between their edges."""
VALUED = (*NUMBERS, "state", "spent")
GARDEN = Recipe(
    "garden", 700, 9, {**USUAL, **{name: MANY[name] for name in NUMBERS}}, lived=True, skew=1.5
)
USED = tuple(
    way for way in WAYS if way.name in ("as it comes", "no answers remembered", "values as offsets")
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A view, what is in it, and trees over it."""

    view: DatasetView
    dataset: Dataset
    trees: tuple[Tree, ...]


@pytest.fixture(scope="module")
async def stages() -> AsyncIterator[tuple[Stage, Stage]]:
    """The same records before and after every value changed, asked about in the same words."""
    before, doomed = GARDEN.made()
    after = drawn(
        before.asked.schema, GARDEN.pools, before.columns[KEY].values, seed=GARDEN.seed + 1
    )
    index = await index_of_recipe(GARDEN, before, doomed)
    name = DatasetName(GARDEN.name)
    first = index._node.published.view(name)
    batches = batches_of(after, first.schema)
    await index.load(name, batches, mode=LoadMode.UPSERT, clear_empty=True)
    second = index._node.published.view(name)
    texts = texts_over(before)
    yield (
        Stage(first, before, tuple(answered(texts, before))),
        Stage(second, after, tuple(answered(texts, after))),
    )
    await index.close()


def test_without_a_planted_bug_nothing_differs(stages: tuple[Stage, Stage]) -> None:
    """So what the others find is what was planted."""
    assert [] == list(differing(stages))


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_planted_bug_is_found(
    stages: tuple[Stage, Stage], plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is enough to stop at."""
    plant(monkeypatch)

    found = next(differing(stages), None)

    assert found is not None


def texts_over(dataset: Dataset) -> list[str]:
    """Random trees, one value taken from a group, one bound beside a leaf, members of sets."""
    dice, palette = SeededDice(GARDEN.seed), Palette(dataset.asked.schema, dataset.examples)
    group = {"any": [{"field": "about", "op": "is_set"}, {"field": "born", "op": "is_set"}]}

    def compared(field: str, op: str) -> Json:
        return {"field": field, "op": op, "value": palette.literal(dice, field)}

    trees = [random_condition(dice, palette) for _ in range(TREES)]
    taken = [{"all": [compared(dice.pick(VALUED), "is_not"), group]} for _ in range(PAIRS)]
    bounds = [{"all": [compared(dice.pick(NUMBERS), "gt"), *group["any"]]} for _ in range(PAIRS)]
    owned = [
        {"field": "tags", "op": "has_all", "value": [palette.literal(dice, "tags") for _ in "ab"]}
        for _ in range(PAIRS)
    ]
    found = [*trees, *taken, *bounds, *owned]
    return [to_json(each) for each in found if answerable(each, dataset)]


def differing(stages: tuple[Stage, Stage]) -> Iterator[Difference]:
    """All differences of the two views, asked one after the other of the same engines."""
    asking = Asking(stages[0].view, USED)
    for stage in stages:
        asking.view = stage.view
        yield from differences(asking, stage.dataset, stage.trees)
