"""Counting through bitmaps equals reading every record, and equals what DuckDB says."""

import asyncio

from hypothesis import given, settings

from evaluator.api import Count
from evaluator.condition.decode import decode_json
from indexer.model.ids import DatasetName
from tests.support import duck, oracle
from tests.support.building import evaluator_over, index_of
from tests.support.strategies import Questions, World, questions

EXAMPLES = 250
JSON_BYTES_MAX = 1_000_000


@settings(max_examples=EXAMPLES, deadline=None)
@given(questions())
def test_bitmaps_agree_with_reading_every_record(asked: Questions) -> None:
    """For every node of random conditions over records full of collisions."""
    world = asked.world
    expected = [oracle.count(each, world.rows, world.asked) for each in asked.conditions]
    nodes = [oracle.per_node(each, world.rows, world.asked) for each in asked.conditions]

    counts = ask(world, asked.texts)

    assert expected == [each.count for each in counts]
    assert nodes == [dict(each.per_node) for each in counts]
    assert {len(world.rows)} == {each.total for each in counts}


@settings(max_examples=EXAMPLES, deadline=None)
@given(questions())
def test_duckdb_agrees_with_reading_every_record(asked: Questions) -> None:
    """Two readings of the contract that share no line of code."""
    world, table = asked.world, duck.table_of(asked.world.rows, asked.world.asked)
    said = [each for each in asked.conditions if duck.is_said(each, world.asked)]
    expected = [oracle.count(each, world.rows, world.asked) for each in said]

    counts = table.count(said)

    assert expected == counts


def ask(world: World, texts: tuple[str, ...]) -> list[Count]:
    """What the evaluator answers to each of these conditions, per node."""

    async def run() -> list[Count]:
        index = await index_of(world)
        try:
            evaluator = evaluator_over(index, world.asked.now)
            name = DatasetName(world.schema["name"])
            return [
                await evaluator.count(name, decode_json(text, JSON_BYTES_MAX), per_node=True)
                for text in texts
            ]
        finally:
            await index.close()

    # With a factory, the runner leaves the event loop of the other tests alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(run())
