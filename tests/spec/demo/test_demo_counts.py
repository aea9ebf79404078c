"""Thousands of random conditions over a year of real retail data: no difference to DuckDB."""

import pytest

from evaluator.condition.decode import decode_json
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName
from tests.support import retail
from tests.support.building import evaluator_over
from tests.support.conditions import Palette, random_condition
from tests.support.dice import SeededDice
from tests.support.duck import Table, is_said
from tests.support.wire import from_json, to_json

TREES = 400
"""For each of the five datasets, so 2,000 together."""
JSON_BYTES_MAX = 1_000_000


@pytest.mark.parametrize("dataset", retail.TABLES)
async def test_counts_equal_what_duckdb_says(
    demo: LocalIndex, parquet: dict[str, Table], dataset: str
) -> None:
    """The same random trees, on bitmaps and in SQL over the package's files."""
    table = parquet[dataset]
    palette = Palette(
        table.asked.schema, retail.sample(table), lambda leaf: is_said(leaf, table.asked)
    )
    dice = SeededDice(sum(dataset.encode()))
    texts = [to_json(random_condition(dice, palette)) for _ in range(TREES)]
    expected = table.count([from_json(text) for text in texts])

    evaluator = evaluator_over(demo, retail.NOW)
    counts = [
        await evaluator.count(
            DatasetName(dataset), decode_json(text, JSON_BYTES_MAX), now=retail.NOW
        )
        for text in texts
    ]

    different = [
        (text, theirs, ours.count)
        for text, theirs, ours in zip(texts, expected, counts, strict=True)
        if theirs != ours.count
    ]
    assert [] == different


@pytest.mark.parametrize("dataset", retail.TABLES)
async def test_the_demo_has_every_record(
    demo: LocalIndex, parquet: dict[str, Table], dataset: str
) -> None:
    """Also households without demographics, and purchases of unknown products."""
    expected = parquet[dataset].count([{"all": []}])

    held = await demo.dataset(DatasetName(dataset))

    assert expected == [held.records]


@pytest.mark.parametrize("dataset", retail.TABLES)
async def test_the_demo_has_the_types_of_its_files(
    demo: LocalIndex, parquet: dict[str, Table], dataset: str
) -> None:
    """Parquet types are taken as they are."""
    expected = parquet[dataset].asked.schema["fields"]

    schema = await demo.schema(DatasetName(dataset))

    assert sorted((f["name"], f["type"]) for f in expected) == sorted(
        (field.name, field.type.value) for field in schema.fields
    )
