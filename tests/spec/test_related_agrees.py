"""Conditions on related records, answered by a real index, equal reading every record of each."""

import asyncio
from collections.abc import Callable
from typing import Any

from evaluator.api import Count
from evaluator.condition.decode import decode_json
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.looking import looks_around
from indexer.model.ids import DatasetName
from tests.support import duck, duck_related, oracle
from tests.support.building import evaluator_over, index_of
from tests.support.conditions import random_condition
from tests.support.dice import SeededDice
from tests.support.linked_worlds import CUSTOMERS, PURCHASES, LinkedWorlds, linked_worlds
from tests.support.strategies import NOW
from tests.support.wire import from_json, to_json

Json = Any

WORLDS, WORLDS_OF_TORTURE = 40, 2_000
CONDITIONS = 12
JSON_BYTES_MAX = 1_000_000
LIMITS = ConditionLimits()


def test_related_records_agree_with_reading_them_all(
    torture_size: Callable[[int, int], int],
) -> None:
    """Counts, functions, sequences, links followed, through three hops, for every node."""
    for seed in range(torture_size(WORLDS, WORLDS_OF_TORTURE)):
        worlds, base, texts = asked(seed)

        answers = ask(worlds, base, texts)

        for text, answer in zip(texts, answers, strict=True):
            expected = read_aloud(worlds, base, from_json(text))
            assert (seed, text, expected) == (
                seed,
                text,
                dict(answer.per_node) | {"": answer.count},
            )


def test_duckdb_agrees_with_reading_related_records() -> None:
    """Two readings of the contract that share no line of code, where SQL says the same."""
    connection, compared = duck.connect(), 0
    for seed in range(WORLDS):
        worlds, base, texts = asked(seed)
        datasets, conditions = worlds.datasets, [from_json(text) for text in texts]
        said = [each for each in conditions if duck_related.is_said(each, datasets, base)]

        found = duck_related.counts(connection, datasets, base, said)

        assert [read_aloud(worlds, base, each)[""] for each in said] == found
        compared += sum(looks_around(each, LIMITS) for each in said)
    connection.close()
    assert compared > WORLDS


def asked(seed: int) -> tuple[LinkedWorlds, str, list[str]]:
    """Worlds, one of their datasets, and conditions over it as JSON."""
    dice = SeededDice(seed)
    worlds = linked_worlds(dice)
    base = dice.pick((CUSTOMERS, CUSTOMERS, PURCHASES))
    palette = worlds.palette(base)
    return worlds, base, [to_json(random_condition(dice, palette)) for _ in range(CONDITIONS)]


def read_aloud(worlds: LinkedWorlds, base: str, condition: Json) -> dict[str, int]:
    """The count of every node, and of the whole under its root."""
    datasets = worlds.datasets
    asked, rows = datasets.asked(base), datasets.rows[base]
    counts = oracle.per_node(condition, rows, asked)
    return counts | {"": oracle.count(condition, rows, asked)}


def ask(worlds: LinkedWorlds, base: str, texts: list[str]) -> list[Count]:
    """What an evaluator over an index of all the datasets answers."""

    async def run() -> list[Count]:
        index = await index_of(*worlds.worlds)
        try:
            evaluator = evaluator_over(index, NOW)
            name = DatasetName(base)
            return [
                await evaluator.count(name, decode_json(text, JSON_BYTES_MAX), per_node=True)
                for text in texts
            ]
        finally:
            await index.close()

    # With a factory, the runner leaves the event loop of the other tests alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(run())
