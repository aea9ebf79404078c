"""A reference to a segment answers what its definition does, for any definition and any records."""

import asyncio
from typing import Any

from hypothesis import given, settings

from evaluator.condition.decode import decode_json
from evaluator.condition.surroundings import Definition
from evaluator.service import LocalEvaluator
from indexer.model.ids import DatasetName
from indexer.runtime.clock import ManualClock
from tests.support import oracle
from tests.support.building import index_of, key_of
from tests.support.definitions import Written
from tests.support.strategies import Questions, World, questions

Json = Any

EXAMPLES = 40
JSON_BYTES_MAX = 1_000_000


@settings(max_examples=EXAMPLES, deadline=None)
@given(questions())
def test_a_reference_equals_its_definition(asked: Questions) -> None:
    """Alone, negated, and as segments of segments, by every node that has a path."""
    world = asked.world
    # A muted root means everybody, a muted part nothing: a definition is a root.
    conditions = [{"all": [each]} for each in asked.conditions]
    inlined = [*conditions, *({"not": each} for each in conditions), {"any": [*conditions]}]
    expected = [oracle.count(each, world.rows, world.asked) for each in inlined]
    references = [{"segment": f"s{place}"} for place, _ in enumerate(conditions)]

    counts = answers(world, asked.texts, [
        *references, *({"not": each} for each in references), {"any": references},
        {"segment": "all"},
    ])  # fmt: skip

    assert [*expected, expected[-1]] == counts


@settings(max_examples=EXAMPLES, deadline=None)
@given(questions())
def test_a_list_of_members_is_their_segment(asked: Questions) -> None:
    """The keys of those a condition holds for, and of nobody else."""
    world = asked.world
    (first, *_), (text, *_) = asked.conditions, asked.texts
    held = oracle.count(first, world.rows, world.asked)

    counts = answers(world, (text,), [
        {"all": [{"segment": "everybody"}, {"segment": "s0"}]},
        {"all": [{"segment": "nobody"}, {"segment": "s0"}]},
        {"all": [{"not": {"segment": "everybody"}}]},
    ])  # fmt: skip

    assert [held, 0, 0] == counts


def answers(world: World, texts: tuple[str, ...], conditions: list[Json]) -> list[int]:
    """What is counted among segments ``s0`` and so on, which these conditions define.

    ``all`` is any of them, ``everybody`` and ``nobody`` are lists.
    """
    name = DatasetName(world.schema["name"])
    defined = [
        Definition(f"s{place}", 1, f"S{place}", name, decode_json(text, JSON_BYTES_MAX))
        for place, text in enumerate(texts)
    ]
    both = {"any": [{"segment": each.id} for each in defined]}
    keys = tuple(sorted((key_of(row) for row in world.rows), key=str))
    defined += [
        Definition("all", 1, "All", name, both),
        Definition("everybody", 1, "Everybody", name, {"any": []}, keys),
        Definition("nobody", 1, "Nobody", name, {"any": []}, ("no such key", 10**9)),
    ]

    async def run() -> list[int]:
        index = await index_of(world)
        try:
            evaluator = LocalEvaluator(
                index, clock=ManualClock(world.asked.now), definitions=Written(defined)
            )
            return [(await evaluator.count(name, each)).count for each in conditions]
        finally:
            await index.close()

    return asyncio.run(run())
