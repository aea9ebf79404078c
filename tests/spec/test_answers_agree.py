"""Members, samples, breakdowns, overlaps and explanations equal what reading the records gives."""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.api import Evaluator, Explanation
from evaluator.condition.decode import decode_json
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import BinCount, Cursor, OrderBy, ValueCount
from tests.support import answers, oracle
from tests.support.building import evaluator_over, index_of, stored
from tests.support.oracle import KEY
from tests.support.strategies import FIELDS, Questions, World, questions

EXAMPLES = 60
JSON_BYTES_MAX = 1_000_000
NAMES = tuple(str(field["name"]) for field in FIELDS)
SCALES = {str(field["name"]): int(field.get("scale", 0)) for field in FIELDS}
BINNED = ("orders", "spent", "ratio", "score", "born", "seen")
ORDERS = st.lists(
    st.tuples(st.sampled_from([n for n in NAMES if n != "tags"] + [KEY]), st.booleans()),
    max_size=3,
)
A = TypeVar("A")


@settings(max_examples=EXAMPLES)
@given(questions(), ORDERS, st.integers(1, 5))
def test_pages_in_an_order_list_every_member_once(
    asked: Questions, order: list[tuple[str, bool]], limit: int
) -> None:
    """In any order, cursor after cursor, whoever has no value last."""
    world = asked.world
    found = answers.members(asked.conditions[0], world.rows, world.asked)
    by = [OrderBy(FieldName(name), descending) for name, descending in order]

    async def walk(evaluator: Evaluator, name: DatasetName) -> list[Any]:
        keys: list[Any] = []
        after: Cursor | None = None
        for _ in range(len(found) + 1):
            page = await evaluator.members(
                name, decoded(asked.texts[0]), fields=[], limit=limit, order=by, after=after
            )
            keys += [record.key for record in page.records]
            after = page.next_after
            if after is None:
                break
        return keys

    assert answers.in_order(found, order, world.asked) == asking(world, walk)


@settings(max_examples=EXAMPLES)
@given(questions(), st.integers(1, 20), st.text(max_size=3))
def test_a_sample_is_the_smallest_draws(asked: Questions, size: int, seed: str) -> None:
    """By the contract's own draws."""
    world = asked.world
    found = answers.members(asked.conditions[0], world.rows, world.asked)

    async def draw(evaluator: Evaluator, name: DatasetName) -> list[Any]:
        page = await evaluator.sample(
            name, decoded(asked.texts[0]), fields=[], size=size, seed=seed
        )
        return [record.key for record in page.records]

    assert answers.sample(found, size, seed) == asking(world, draw)


@settings(max_examples=EXAMPLES)
@given(questions(), st.sampled_from((*NAMES, KEY)), st.integers(1, 30))
def test_a_breakdown_counts_every_value(asked: Questions, field: str, limit: int) -> None:
    """The most frequent first, ties by value; nobody is counted twice or forgotten."""
    world = asked.world
    found = answers.members(asked.conditions[0], world.rows, world.asked)
    items, null, other = answers.breakdown(found, field, limit, world.asked)
    scale = SCALES.get(field, 0)

    async def spread(evaluator: Evaluator, name: DatasetName) -> tuple[Any, int, int]:
        told = await evaluator.breakdown(
            name, decoded(asked.texts[0]), FieldName(field), limit=limit
        )
        return told.breakdown.items, told.breakdown.null, told.breakdown.other

    pairs: list[Any] = [(stored(value, scale), count) for value, count in items]
    expected = tuple(ValueCount(value, count) for value, count in pairs)
    assert (expected, null, other) == asking(world, spread)


@settings(max_examples=EXAMPLES)
@given(questions(), st.sampled_from(BINNED), st.integers(1, 12))
def test_bins_are_exact(asked: Questions, field: str, number: int) -> None:
    """Equal widths rounded up to the field's unit, every value in one bin."""
    world = asked.world
    found = answers.members(asked.conditions[0], world.rows, world.asked)
    expected = answers.bins(found, field, number, world.asked)
    scale = 10 ** SCALES[field]

    async def spread(evaluator: Evaluator, name: DatasetName) -> list[Any]:
        told = await evaluator.breakdown(
            name, decoded(asked.texts[0]), FieldName(field), limit=1, bins=number
        )
        return [
            (Fraction(bin_.low) / scale, Fraction(bin_.high) / scale, bin_.count)
            for bin_ in told.breakdown.items
            if isinstance(bin_, BinCount)
        ]

    assert expected == asking(world, spread)


@settings(max_examples=EXAMPLES)
@given(questions())
def test_an_overlap_counts_what_is_in_both(asked: Questions) -> None:
    """Every pair; of up to four conditions every region, which add up to the sizes."""
    world = asked.world
    both, regions = answers.overlap(asked.conditions, world.rows, world.asked)

    found = asking(
        world,
        lambda evaluator, name: evaluator.overlap(name, [decoded(text) for text in asked.texts]),
    )

    sizes = [row[place] for place, row in enumerate(both)]
    either = [[a + b - both[i][j] for j, b in enumerate(sizes)] for i, a in enumerate(sizes)]
    assert both == [list(row) for row in found.intersections]
    assert sizes == list(found.sizes)
    assert [
        [one / all_ if all_ else 0 for one, all_ in zip(*rows, strict=True)]
        for rows in zip(both, either, strict=True)
    ] == [list(row) for row in found.jaccard]
    assert (regions if len(sizes) <= 4 else None) == found.regions


@settings(max_examples=EXAMPLES)
@given(questions(), st.integers(0, 15))
def test_an_explanation_agrees_with_every_node(asked: Questions, place: int) -> None:
    """Counted as on its own, and true for a record exactly where reading it says so."""
    world = asked.world
    condition = asked.conditions[0]
    row = world.rows[place % len(world.rows)] if world.rows else None
    key: Any = None if row is None else row[KEY]

    explained = asking(
        world,
        lambda evaluator, name: evaluator.explain(name, decoded(asked.texts[0]), key=key),
    )

    nodes = {node.path: node for node in below(explained.root)}
    counts = {"": oracle.count(condition, world.rows, world.asked)}
    counts |= oracle.per_node(condition, world.rows, world.asked)
    assert counts == {path: node.actual for path, node in nodes.items()}
    if row is not None:
        alone = {"": oracle.count(condition, [row], world.asked)}
        alone |= oracle.per_node(condition, [row], world.asked)
        assert alone == {path: int(bool(node.holds)) for path, node in nodes.items()}


def below(node: Explanation) -> list[Explanation]:
    """The node and all below it."""
    return [node, *(each for child in node.children for each in below(child))]


def decoded(text: str) -> object:
    """A condition as a request brings it."""
    return decode_json(text, JSON_BYTES_MAX)


def asking(world: World, ask: Callable[[Evaluator, DatasetName], Awaitable[A]]) -> A:
    """What an evaluator over the world answers."""

    async def run() -> A:
        index = await index_of(world)
        try:
            evaluator = evaluator_over(index, world.asked.now)
            return await ask(evaluator, DatasetName(world.schema["name"]))
        finally:
            await index.close()

    # With a factory, the runner leaves the event loop of the other tests alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(run())
