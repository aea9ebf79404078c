"""Small data, every engine over it, and answers found by reading every record."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, assert_never

import numpy as np
import pyarrow.parquet as pq

from benchmarks.data.customers import NOW
from benchmarks.data.folder import Data
from benchmarks.ours import SCHEMA, Ours, OursFromJson
from benchmarks.peers.api import Answer, Engine, keys_digest
from benchmarks.peers.clickhouse_engine import ClickHouseEngine
from benchmarks.peers.duckdb_engine import DuckEngine
from benchmarks.peers.polars_engine import PolarsEngine
from benchmarks.questions import (
    BreakdownOf,
    Condition,
    CountOf,
    KeysOf,
    OverlapOf,
    Question,
    StoredOverlapOf,
)
from tests.support.oracle import KEY, Asked, Row, holding

ROWS = 3_000
SHARD_BITS = 10
"""Three shards, so that answers have to be put together."""

Engines = Mapping[str, Engine]

ASKED = Asked(
    {
        "name": "customers",
        "key": "id",
        "fields": [{"name": each.name, "type": each.type.value} for each in SCHEMA.fields],
    },
    NOW,
)


def opened(data: Data) -> Engines:
    """Ours and every peer, in integers and as loaded."""
    loaded, integers = data.customers(), data.integers()
    ours = Ours.load(loaded, shard_bits=SHARD_BITS)
    return {
        "ours": ours,
        "ours from json": OursFromJson(ours),
        "polars integers": PolarsEngine.in_integers(integers),
        "polars loaded": PolarsEngine.as_loaded(loaded),
        "duckdb integers": DuckEngine.in_integers(integers),
        "duckdb loaded": DuckEngine.as_loaded(loaded),
        "clickhouse integers": ClickHouseEngine.in_integers(integers),
        "clickhouse loaded": ClickHouseEngine.as_loaded(loaded),
    }


def rows_of(data: Data) -> list[Row]:
    """The customers as plain records."""
    records = pq.read_table(data.customers()).to_pylist()
    return [_plain(record) for record in records]


def naive(question: Question, rows: list[Row]) -> Answer:
    """The answer, record by record."""
    match question:
        case CountOf(condition):
            return sum(_held(condition, rows))
        case KeysOf(condition):
            held = _held(condition, rows)
            keys = [row[KEY] for row, holds in zip(rows, held, strict=True) if holds]
            return keys_digest(np.array(keys))
        case BreakdownOf(condition, field):
            held = _held(condition, rows)
            return dict(
                Counter(str(row[field]) for row, holds in zip(rows, held, strict=True) if holds)
            )
        case OverlapOf(left, right):
            a, b = _held(left, rows), _held(right, rows)
            return sum(a), sum(b), sum(map(all, zip(a, b, strict=True)))
        case StoredOverlapOf(left, right):
            return sum(map(all, zip(_held(left, rows), _held(right, rows), strict=True)))
        case _:
            assert_never(question)


def _held(condition: Condition, rows: list[Row]) -> list[bool]:
    return holding(condition, rows, ASKED)


def _plain(record: dict[str, Any]) -> Row:
    times = {
        name: record[name] and record[name].replace(tzinfo=NOW.tzinfo)
        for name in ("last_login", "signup")
    }
    return {**record, **times, KEY: record["id"], "tags": frozenset(record["tags"])}
