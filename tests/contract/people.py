"""The three people that the edges of the contract are tried on."""

from collections.abc import AsyncIterator

import pyarrow as pa

from indexer.api import Index
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of

PEOPLE, NOWHERE = DatasetName("people"), DatasetName("nowhere")
NAME, SIZE, COLOUR = FieldName("name"), FieldName("size"), FieldName("colour")
SCHEMA = Schema(
    PEOPLE,
    FieldName("id"),
    FieldType.INT,
    (Field(NAME, FieldType.KEYWORD), Field(SIZE, FieldType.INT)),
)
ALL = program_of([EVERYTHING])


async def fill(index: Index) -> None:
    """Make the dataset, with people 1, 2 and 3."""
    await index.create(SCHEMA)
    await index.apply(PEOPLE, [Upsert(key, {NAME: f"n{key}"}) for key in (1, 2, 3)])


async def batches(
    keys: list[int], *, then: Exception | None = None
) -> AsyncIterator[pa.RecordBatch]:
    """One batch for each key, then perhaps an error."""
    for key in keys:
        yield pa.record_batch({KEY_FIELD: pa.array([key], pa.int64())})
    if then is not None:
        raise then
