"""Erasure, as every implementation of the index does it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexer.api import Index
from indexer.model import errors
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from tests.contract.indexes import KINDS, an_index

PEOPLE, NOTE = DatasetName("people"), FieldName("note")


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """An empty index of each kind."""
    async with an_index(request.param, tmp_path) as made:
        yield made


async def test_erased_records_are_gone_and_others_stay(index: Index) -> None:
    """Before and after the purge; keys that nobody has, or could have, are passed over."""
    await index.create(Schema(PEOPLE, FieldName("id"), None, (Field(NOTE, FieldType.TEXT),)))
    await index.apply(PEOPLE, [Upsert(key, {NOTE: f"note {key}"}) for key in (1, 2, 3)])

    erased = await index.erase(PEOPLE, [2, 7, "two"])
    found = await index.records(PEOPLE, [1, 2, 3], [NOTE])
    purged = await index.purge(PEOPLE)
    again = await index.erase(PEOPLE, [2])

    assert [1, 0, erased.sequence] == [erased.erased, again.erased, purged.sequence]
    assert [True, False, True] == [record is not None for record in found]
    assert found == await index.records(PEOPLE, [1, 2, 3], [NOTE])


async def test_nobody_is_erased_from_no_dataset(index: Index) -> None:
    """Both calls say so."""
    with pytest.raises(errors.UnknownDataset):
        await index.erase(PEOPLE, [1])
    with pytest.raises(errors.UnknownDataset):
        await index.purge(PEOPLE)
