"""While records change and time goes by, no answer is an old one, however much is remembered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from evaluator.api import Count, Evaluator
from evaluator.condition.decode import decode_json
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.runtime.clock import ManualClock
from tests.support import building, oracle
from tests.support.conditions import Json, Palette, random_condition
from tests.support.datasets import schema_of
from tests.support.dice import SeededDice
from tests.support.living import Living
from tests.support.oracle import Asked
from tests.support.strategies import NOW
from tests.support.twenty import RECENT
from tests.support.ways import JSON_BYTES_MAX
from tests.support.wire import from_json, to_json

KEYS = 100
SHARD_BITS = 5
"""Few enough records to a shard that most batches leave some shards as they are."""
ROUNDS = 60
TREES = 14
READERS = 2
LIVING = DatasetName("living")
MEMORIES = (IndexLimits(), IndexLimits(hot_bytes_max=3_000, result_bytes_max=3_000))
"""As it comes, and so little that forms and answers are let go of all the time."""
STEPS = (
    timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=59), timedelta(hours=3),
    timedelta(days=1), timedelta(days=31), timedelta(hours=-5),
)  # fmt: skip
WINDOWS: list[Json] = [
    {"field": "seen", "op": op, "value": {"amount": amount, "unit": unit}, **more}
    for op in ("in_last", "not_in_last")
    for amount, unit in ((3, "hour"), (2, "day"), (1, "month"))
    for more in ({}, {"calendar": True}, {"tz": "Europe/Berlin", "calendar": True})
]


@dataclass(frozen=True, slots=True)
class Life:
    """A living data set, the index that holds it, and what is asked about it again and again."""

    index: LocalIndex
    evaluator: Evaluator
    living: Living
    schema: Json
    texts: tuple[str, ...]

    async def change(self) -> SequenceNo:
        """Apply a batch, and tell the sequence after it."""
        return (await self.index.apply(LIVING, self.living.batch())).sequence

    async def ask(self, text: str, now: datetime = NOW) -> Count:
        """What the evaluator answers."""
        return await self.evaluator.count(LIVING, decode_json(text, JSON_BYTES_MAX), now=now)

    def expected(self, text: str, now: datetime = NOW) -> int:
        """What reading the records gives."""
        return oracle.count(from_json(text), self.living.rows, Asked(self.schema, now))


@pytest.fixture(params=MEMORIES, ids=["much memory", "little memory"])
async def life(request: pytest.FixtureRequest) -> AsyncIterator[Life]:
    """Records of every key, and random trees over them."""
    dice, schema = SeededDice(KEYS), schema_of(LIVING, "int", "UTC")
    living = Living(schema, RECENT, dice, KEYS)
    clock = ManualClock(NOW)
    index = await LocalIndex.open(None, shard_bits=SHARD_BITS, clock=clock, limits=request.param)
    await index.create(building.schema_of(schema))
    await index.apply(LIVING, living.everybody())
    palette = Palette(schema, living.rows)
    trees = [random_condition(dice, palette) for _ in range(TREES)]
    yield Life(
        index, building.evaluator_over(index, NOW), living, schema, tuple(map(to_json, trees))
    )
    await index.close()


async def test_a_change_between_two_questions_is_seen(life: Life) -> None:
    """By every tree, also by those whose fields did not change."""
    for _ in range(ROUNDS):
        await life.change()
        expected = [life.expected(text) for text in life.texts]

        counts = [(await life.ask(text)).count for text in (*life.texts, *life.texts)]

        assert expected * 2 == counts


async def test_a_window_moves_with_now(life: Life) -> None:
    """The same conditions at other moments, now and then back again, between few changes."""
    dice, now = SeededDice(ROUNDS), NOW - timedelta(days=6)
    group = from_json(life.texts[0])
    texts = [*map(to_json, WINDOWS), *(to_json({"any": [each, group]}) for each in WINDOWS)]
    for place in range(ROUNDS):
        now += dice.pick(STEPS)
        if place % 5 == 0:
            await life.change()
        expected = [life.expected(text, now) for text in texts]

        counts = [(await life.ask(text, now)).count for text in texts]

        assert expected == counts


async def test_an_answer_is_that_of_the_sequence_it_names(life: Life) -> None:
    """While somebody changes records, whoever reads them meets one moment and not two."""
    before = await life.ask(life.texts[0])
    moments = {before.as_of: life.living.rows}
    answers: list[tuple[str, Count]] = []
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(ROUNDS):
            sequence = await life.change()
            moments[sequence] = life.living.rows
        done.set()

    async def read() -> None:
        last = False
        while not last:
            last = done.is_set()
            answers.extend([(text, await life.ask(text)) for text in life.texts])

    await asyncio.gather(write(), *(read() for _ in range(READERS)))

    asked = Asked(life.schema, NOW)
    told = {(text, count.as_of, count.count, count.total) for text, count in answers}
    assert moments.keys() >= {as_of for _, as_of, _, _ in told}
    assert told == {
        (text, as_of, oracle.count(from_json(text), moments[as_of], asked), len(moments[as_of]))
        for text, as_of, _, _ in told
    }
