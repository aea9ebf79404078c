"""The contract of explained programs and of hints, held by every implementation of the index."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.api import Counts, Index
from indexer.local import LocalIndex
from indexer.model import errors
from indexer.model.hints import Hints, Method
from indexer.model.ids import DatasetName
from indexer.model.record import Record, Upsert
from indexer.plan.nodes import (
    NOTHING,
    And,
    HasValue,
    Leaf,
    Minus,
    Or,
    Plan,
    Range,
    TextMatch,
    complement,
)
from indexer.plan.program import Program, alone, program_of
from indexer.rpc.client import RemoteIndex
from indexer.rpc.server import serve
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import KINDS, NOW, STOP_GRACE_S, an_index
from tests.contract.people import ALL, COLOUR, NAME, NOWHERE, PEOPLE, SCHEMA, SIZE, fill

SIZED, NAMED = Leaf(HasValue(SIZE)), Leaf(HasValue(NAME))
LARGE = Leaf(Range(SIZE, 15, None))
BOTH, EITHER = And((SIZED, NAMED)), Or((LARGE, NAMED))
PLANS: tuple[Plan, ...] = (BOTH, SIZED, NAMED, EITHER, complement(LARGE), Minus(NAMED, NOTHING))
HINTS = Hints(cache=False, method="scan")


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """People 1 to 3 without a size, 4 to 6 with one; of every kind of index in turn."""
    async with an_index(request.param, tmp_path) as made:
        await fill(made)
        changes = [Upsert(4, {SIZE: 20}), Upsert(5, {SIZE: 10, NAME: "n1"}), Upsert(6, {SIZE: 20})]
        await made.apply(PEOPLE, changes)
        yield made


async def test_every_output_is_counted_and_expected(index: Index) -> None:
    """Lookups are known before, what joins them is expected as if they were independent."""
    program = program_of(PLANS)

    explained = await index.explain(PEOPLE, program)

    counts = await index.count(PEOPLE, program)
    assert counts.counts == tuple(step.actual for step in explained.steps)
    assert (2, 3, 4, 5, 4, 4) == tuple(step.estimate for step in explained.steps)
    assert {(False, None)} == {(step.cached, step.holds) for step in explained.steps}
    assert all(step.method for step in explained.steps)
    assert all(step.ms >= 0 for step in explained.steps)
    assert (None, counts.as_of) == (explained.record, explained.as_of)


async def test_a_record_is_in_some_outputs_and_not_in_others(index: Index) -> None:
    """With the fields asked for."""
    explained = await index.explain(PEOPLE, program_of(PLANS), key=5, fields=[NAME, SIZE])

    expected = (True, True, True, True, True, True)
    assert expected == tuple(step.holds for step in explained.steps)
    assert Record(5, {NAME: "n1", SIZE: 10}) == explained.record

    other = await index.explain(PEOPLE, program_of(PLANS), key=4)

    expected = (False, True, False, True, False, False)
    assert expected == tuple(step.holds for step in other.steps)
    assert Record(4, {}) == other.record


async def test_an_empty_dataset_expects_nobody(tmp_path: Path) -> None:
    """And divides by nothing."""
    async with an_index("memory", tmp_path) as index:
        await index.create(SCHEMA)
        explained = await index.explain(PEOPLE, program_of([NAMED, complement(NAMED)]))

    assert [(0, 0), (0, 0)] == [(step.estimate, step.actual) for step in explained.steps]


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda index: index.explain(NOWHERE, ALL), errors.UnknownDataset),
        (lambda index: index.explain(PEOPLE, ALL, key=99), errors.UnknownRecord),
        (lambda index: index.explain(PEOPLE, ALL, key="1"), errors.UnknownRecord),
        (lambda index: index.explain(PEOPLE, ALL, key=1, fields=[COLOUR]), errors.UnknownField),
        (
            lambda index: index.explain(PEOPLE, program_of([Leaf(HasValue(COLOUR))])),
            errors.UnknownField,
        ),
    ],
    ids=["dataset", "key", "key of the other type", "field", "field of the program"],
)
async def test_what_is_not_there_can_not_be_explained(
    index: Index, ask: Callable[[Index], Any], error: type[errors.CardinalError]
) -> None:
    """The errors of every other question."""
    with pytest.raises(error):
        await ask(index)


async def test_hints_never_change_an_answer(index: Index) -> None:
    """Of any question that takes them."""
    program = program_of([NAMED])

    counts = await index.count(PEOPLE, program, hints=HINTS)
    page = await index.members(PEOPLE, program, fields=[], limit=9, hints=HINTS)
    sample = await index.sample(PEOPLE, program, fields=[], size=9, seed=1, hints=HINTS)
    spread = await index.breakdown(PEOPLE, program, NAME, limit=9, hints=HINTS)
    bitmaps = await index.bitmaps(PEOPLE, program, hints=HINTS)
    rows = index.rows(PEOPLE, program, fields=[], batch_rows=9, hints=HINTS)
    values = await index.values(PEOPLE, NAME, program=program, prefix="", limit=9, hints=HINTS)
    held = await index.contains(PEOPLE, program, [1, 4], hints=HINTS)
    explained = await index.explain(PEOPLE, program, hints=HINTS)

    assert (4,) == counts.counts
    assert [1, 2, 3, 5] == [record.key for record in page.records]
    assert {1, 2, 3, 5} == {record.key for record in sample.records}
    assert [4, 4, 4] == [
        sum(item.count for item in spread.items),
        sum(item.count for item in values.items),
        bitmaps.count,
    ]
    assert [4] == [len(batch) async for batch in rows]
    assert (True, False) == held
    assert [4] == [step.actual for step in explained.steps]


async def test_hints_cross_the_wire() -> None:
    """The node hears what its caller was told."""
    local = await _Listening.open(None, shard_bits=16, clock=ManualClock(NOW))
    await fill(local)
    server, port = await serve(local, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")

    await remote.count(PEOPLE, ALL, hints=HINTS)
    await remote.count(PEOPLE, ALL)
    await remote.close()
    await server.stop(STOP_GRACE_S)
    await local.close()

    assert [HINTS, Hints()] == local.heard


def test_a_step_alone_takes_what_it_reads_along() -> None:
    """And nothing else, in the same order."""
    program = program_of(PLANS)

    parts = [alone(program, output) for output in program.outputs]

    assert [program_of([plan]).outputs for plan in PLANS] == [part.outputs for part in parts]
    assert [len(program_of([plan]).steps) for plan in PLANS] == [len(part.steps) for part in parts]


class _Listening(LocalIndex):
    """Remembers the hints it was given."""

    heard: list[Hints]

    async def count(
        self, dataset: DatasetName, program: Program, *, hints: Hints = HINTS
    ) -> Counts:
        self.heard = [*getattr(self, "heard", ()), hints]
        return await super().count(dataset, program, hints=hints)


async def test_an_explanation_tells_what_is_remembered(index: Index) -> None:
    """Where answers are: asked again, it is; without the cache it never is."""
    program = program_of([Or((Leaf(TextMatch(NAME, "contains", ("n",))), PLANS[0]))])
    hints = Hints(cache=False)

    first, again = [await index.explain(PEOPLE, program) for _ in range(2)]
    without = await index.explain(PEOPLE, program, hints=hints)

    # Bitmaps are not remembered, nor is what is beside a base that has no records.
    plain = first.steps[0].method in ("bitmaps", "nothing")
    assert [False, not plain, False] == [each.steps[0].cached for each in (first, again, without)]
    assert 1 == len({each.steps[0].actual for each in (first, again, without)})


async def test_every_method_gives_the_same_counts(index: Index) -> None:
    """Hints say how, never what."""
    program = program_of(PLANS)

    methods: tuple[Method, ...] = ("auto", "index", "scan")
    counts = {
        (await index.count(PEOPLE, program, hints=Hints(cache, method))).counts
        for method in methods
        for cache in (True, False)
    }

    assert 1 == len(counts)
