"""The contract of ``evaluator.api.Evaluator`` over every kind of index."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evaluator.api import Evaluator
from evaluator.service import LocalEvaluator
from indexer.model import errors
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert, ValueCount
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import KINDS, NOW, an_index

PEOPLE = DatasetName("people")
STATE, SEEN = FieldName("state"), FieldName("seen")
DAY_US = 86_400_000_000
AHEAD = timedelta(days=-365)
SCHEMA = Schema(
    PEOPLE, FieldName("id"), FieldType.INT,
    (Field(STATE, FieldType.KEYWORD), Field(SEEN, FieldType.TIMESTAMP)),
    clock_offset_s=int(AHEAD.total_seconds()),
)  # fmt: skip
THERE = NOW + AHEAD
"""The dataset's own present."""
EVERYBODY: dict[str, object] = {"all": []}
RECENT = {"field": "seen", "op": "in_last", "value": {"amount": 2, "unit": "day"}}
CALIFORNIAN = {"field": "state", "op": "is", "value": "CA"}


@pytest.fixture(params=KINDS)
async def evaluator(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Evaluator]:
    """Four people, seen one to three days before the dataset's present, one of them never."""
    async with an_index(request.param, tmp_path) as index:
        await index.create(SCHEMA)
        present = (THERE - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        seen = [present - days * DAY_US for days in (1, 2, 3)]
        await index.apply(
            PEOPLE,
            [
                Upsert(1, {STATE: "CA", SEEN: seen[0]}),
                Upsert(2, {STATE: "CA", SEEN: seen[1]}),
                Upsert(3, {STATE: "NY", SEEN: seen[2]}),
                Upsert(4, {}),
            ],
        )
        yield LocalEvaluator(index, clock=ManualClock(NOW))


async def test_the_whole_and_every_node_are_counted_together(evaluator: Evaluator) -> None:
    """Pointers name the nodes; a window says what it resolved to."""
    condition = {"all": [CALIFORNIAN, {"not": RECENT}]}

    count = await evaluator.count(PEOPLE, condition, per_node=True)

    assert (1, 4) == (count.count, count.total)
    assert {"": 1, "/all/0": 2, "/all/1": 3, "/all/1/not": 1} == count.per_node
    assert THERE == count.now
    start, end = count.resolved["/all/1/not"].split("/")
    assert timedelta(days=2) == datetime.fromisoformat(end) - datetime.fromisoformat(start)


async def test_an_explicit_now_is_taken_as_it_is(evaluator: Evaluator) -> None:
    """The dataset's offset shifts only its own clock."""
    count = await evaluator.count(PEOPLE, RECENT, now=THERE + timedelta(days=1, hours=1))

    assert 0 == count.count


async def test_members_and_values_follow_the_condition(evaluator: Evaluator) -> None:
    """In key order; counted among the members only."""
    page = await evaluator.members(PEOPLE, CALIFORNIAN, fields=[STATE], limit=1)
    rest = await evaluator.members(PEOPLE, CALIFORNIAN, fields=[], limit=5, after=page.next_after)
    values = await evaluator.values(PEOPLE, STATE, condition=EVERYBODY, prefix="", limit=1)

    assert [1] == [record.key for record in page.records]
    assert [2] == [record.key for record in rest.records]
    assert (ValueCount("CA", 2),) == values.items
    assert 1 == values.null


async def test_a_condition_is_said_in_english(evaluator: Evaluator) -> None:
    """The same words wherever the index is."""
    text = await evaluator.describe(PEOPLE, {"all": [CALIFORNIAN, RECENT]})

    assert "state is CA and seen is in the last 2 days" == text


async def test_errors_name_what_is_wrong(evaluator: Evaluator) -> None:
    """Datasets, fields and conditions each with their own."""
    wrong = {"any": [CALIFORNIAN, {"field": "stat", "op": "is", "value": 1, "id": "n7"}]}

    with pytest.raises(errors.UnknownDataset):
        await evaluator.count(DatasetName("nowhere"), EVERYBODY)
    with pytest.raises(errors.UnknownField):
        await evaluator.members(PEOPLE, EVERYBODY, fields=[FieldName("stat")], limit=1)
    with pytest.raises(errors.BadCondition) as refused:
        await evaluator.count(PEOPLE, wrong)

    (problem,) = refused.value.problems
    assert ("unknown_field", "/any/1", "n7") == (problem.code, problem.path, problem.id)
