"""Where changes come from is kept with them, in every index."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexer.api import Index
from indexer.model import errors
from indexer.model.record import Delete, Origin, Upsert
from tests.contract.indexes import KINDS, an_index
from tests.contract.test_index import ALL, ANNE, PEOPLE, SCHEMA


@pytest.fixture(params=KINDS)
async def people(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """Anne and Bob, in an index of every kind in turn."""
    async with an_index(request.param, tmp_path) as index:
        await index.create(SCHEMA)
        await index.apply(PEOPLE, [Upsert("anne", ANNE), Upsert("bob", {})])
        yield index


async def test_a_repeat_gives_what_the_first_gave_and_changes_nothing(people: Index) -> None:
    """An idempotency key belongs to its dataset."""
    origin = Origin(idempotency_key="k-1")
    first = await people.apply(PEOPLE, [Upsert("cleo", {})], origin)
    await people.apply(PEOPLE, [Delete("cleo")])

    again = await people.apply(PEOPLE, [Upsert("cleo", {})], origin)

    assert first == again
    assert [2] == list((await people.count(PEOPLE, ALL)).counts)


async def test_a_key_of_another_batch_is_a_conflict(people: Index) -> None:
    """Nothing of the second batch is applied."""
    await people.apply(PEOPLE, [Upsert("cleo", {})], Origin(idempotency_key="k-2", digest="a"))

    with pytest.raises(errors.IdempotencyConflict):
        await people.apply(PEOPLE, [Delete("cleo")], Origin(idempotency_key="k-2", digest="b"))

    assert [3] == list((await people.count(PEOPLE, ALL)).counts)


async def test_a_source_goes_on_where_its_applied_changes_end(people: Index) -> None:
    """Each source has its own position."""
    await people.apply(PEOPLE, [Delete("bob")], Origin(source="shop", position="7"))
    await people.apply(PEOPLE, [], Origin(source="till", position="1"))
    await people.apply(PEOPLE, [Delete("bob")], Origin(source="shop", position="9"))

    assert {"shop": "9", "till": "1"} == await people.positions()
