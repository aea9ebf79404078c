"""Random trees with what the oracles say about them, and how every way to count differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tests.support import duck
from tests.support.conditions import Json, Palette, random_condition
from tests.support.datasets import Dataset, Held, holding, readings
from tests.support.dice import SeededDice
from tests.support.oracle import KEY
from tests.support.ways import WRONG, Asking, words_at
from tests.support.wire import from_json, to_json

READINGS_MAX = 3_000
"""A tree whose leaves meet more values than that is for DuckDB alone."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A condition, what each oracle counts, and who is in it where records were read."""

    text: str
    counts: tuple[int, ...]
    held: Held | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A way that answers something else than the oracle."""

    text: str
    way: str
    expected: int
    found: int


def trees_over(dataset: Dataset, number: int, seed: int) -> list[Tree]:
    """Random trees, each of which at least one oracle can answer."""
    dice, palette = SeededDice(seed), Palette(dataset.asked.schema, dataset.examples)
    texts: list[str] = []
    while len(texts) < number:
        condition = random_condition(dice, palette)
        if answerable(condition, dataset):
            texts.append(to_json(condition))
    return list(answered(texts, dataset))


def answerable(condition: Json, dataset: Dataset) -> bool:
    """Whether one of the oracles can answer it."""
    return readings(condition, dataset) <= READINGS_MAX or duck.is_said(condition, dataset.asked)


def answered(texts: Sequence[str], dataset: Dataset) -> Iterator[Tree]:
    """Conditions with what the oracles say about them."""
    asked = dataset.asked
    conditions = [from_json(text) for text in texts]
    said = [place for place, each in enumerate(conditions) if duck.is_said(each, asked)]
    counts = duck.table_of_columns(dataset).count([conditions[place] for place in said])
    theirs = dict(zip(said, counts, strict=True))
    for place, condition in enumerate(conditions):
        cheap = readings(condition, dataset) <= READINGS_MAX
        held = holding(condition, dataset) if cheap else None
        ours = [] if held is None else [int(held.sum())]
        yield Tree(texts[place], (*ours, *([theirs[place]] if place in theirs else [])), held)


def differences(asking: Asking, dataset: Dataset, trees: Sequence[Tree]) -> Iterator[Difference]:
    """Every answer, of any way to any tree, that is not what the first oracle says."""
    ordinals = asking.view.find([*map(_key, dataset.columns[KEY].values)])
    for tree in trees:
        expected = tree.counts[0]
        members = None if tree.held is None else words_at(asking.view, ordinals[tree.held])
        for count in tree.counts[1:]:
            if count != expected:
                yield Difference(tree.text, "the other oracle", expected, count)
        for way, count, words in asking.answers(tree.text, dataset.asked.now):
            if count != expected:
                yield Difference(tree.text, way, expected, count)
            elif words is not None and members is not None and not np.array_equal(words, members):
                yield Difference(tree.text, f"other {way}", expected, WRONG)


def _key(value: object) -> int | str:
    assert isinstance(value, int | str)
    return value
