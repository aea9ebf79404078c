"""Puts data sets of columns into a real index: at once, or by loads, changes and deletes."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.api import LoadMode
from indexer.intake.arrow_types import KEY_COLUMN, arrow_type
from indexer.local import LocalIndex
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from tests.support.building import key_of, schema_of, stored, upsert
from tests.support.datasets import Codes, Column, Dataset
from tests.support.oracle import KEY
from tests.support.twenty import Recipe

BATCH_ROWS = 50_000
CHANGED_MAX = 20
"""Records that are changed and deleted one by one: the others are by loads."""


async def index_of_recipe(recipe: Recipe, dataset: Dataset, doomed: Dataset) -> LocalIndex:
    """An index in memory that holds a data set of this recipe."""
    index = await LocalIndex.open(
        None,
        shard_bits=recipe.shard_bits,
        clock=ManualClock(dataset.asked.now),
        limits=IndexLimits(bitmaps_per_field_max=recipe.bitmaps_max),
    )
    if recipe.lived:
        await fill_by_a_life(index, dataset, doomed, seed=recipe.seed)
    else:
        await fill(index, dataset)
    return index


async def fill(index: LocalIndex, dataset: Dataset) -> None:
    """Have the index hold the data set, loaded once; keys are made where the schema has none."""
    schema = await index.create(schema_of(dataset.asked.schema))
    keyed = dataset.asked.schema["key"] is not None
    await index.load(schema.name, batches_of(dataset, schema, keyed=keyed))


async def fill_by_a_life(
    index: LocalIndex, dataset: Dataset, doomed: Dataset, *, seed: int
) -> None:
    """Have the index hold the data set after it held other values and the doomed records too.

    Records come in another order than their keys', and dead ones stay among them.
    """
    schema = await index.create(schema_of(dataset.asked.schema))
    random = np.random.default_rng(seed)
    wrong = random.random(len(dataset)) < 1 / 3
    former = _joined(_shuffled(dataset, wrong, random), doomed)
    await index.load(
        schema.name, batches_of(former.picked(random.permutation(len(former))), schema)
    )
    await index.load(
        schema.name, batches_of(dataset.picked(np.flatnonzero(wrong)), schema), clear_empty=True
    )
    later = np.arange(len(doomed))
    await index.load(
        schema.name,
        batches_of(doomed.picked(later[CHANGED_MAX:]), schema, fields=False),
        mode=LoadMode.DELETE,
    )
    rows = dataset.picked(random.permutation(len(dataset))[:CHANGED_MAX])
    turned = rows.picked(np.arange(len(rows))[::-1])
    mistaken = Dataset(rows.asked, {**turned.columns, KEY: rows.columns[KEY]})
    body = dataset.asked.schema
    await index.apply(schema.name, [upsert(body, row, keyed=True) for row in mistaken.rows])
    mended: list[Change] = [upsert(body, row, keyed=True) for row in rows.rows]
    gone = [Delete(key_of(row)) for row in doomed.picked(later[:CHANGED_MAX]).rows]
    await index.apply(schema.name, [*mended, *gone])


async def batches_of(
    dataset: Dataset, schema: Schema, *, keyed: bool = True, fields: bool = True
) -> AsyncIterator[pa.RecordBatch]:
    """The records in typed batches, with their keys and with their fields."""
    told: dict[str, Field] = {each.name: each for each in schema.columns} if fields else {}
    arrays = {name: arrow_column(field, dataset.columns[name]) for name, field in told.items()}
    if keyed:
        kind = schema.key_type or FieldType.INT
        arrays[KEY_COLUMN] = arrow_column(Field(KEY_COLUMN, kind), dataset.columns[KEY])
    table = pa.table(arrays)
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield batch


def arrow_column(field: Field, column: Column) -> Any:
    """A column in stored form."""
    values = [stored(value, field.scale) for value in column.values]
    return pa.array(values, arrow_type(field)).take(pa.array(column.codes))


def _shuffled(dataset: Dataset, wrong: Any, random: np.random.Generator) -> Dataset:
    """The records with values of others where they are to be wrong."""
    others: Codes = random.permutation(len(dataset))
    columns = {
        name: Column(each.values, np.where(wrong, each.codes[others], each.codes))
        for name, each in dataset.columns.items()
        if name != KEY
    }
    return Dataset(dataset.asked, {KEY: dataset.columns[KEY], **columns})


def _joined(one: Dataset, other: Dataset) -> Dataset:
    """The records of both, which have no key in common and values of the same pools."""
    columns = {
        name: Column(each.values, np.concatenate((each.codes, other.columns[name].codes)))
        for name, each in one.columns.items()
        if name != KEY
    }
    keys = [*one.columns[KEY].values, *other.columns[KEY].values]
    return Dataset(one.asked, {KEY: Column(keys, np.arange(len(keys))), **columns})
