"""DuckDB in memory, a connection of its own, the threads every peer gets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, assert_never

import duckdb

from benchmarks.data.customers import COMPARED
from benchmarks.data.integers import CODES
from benchmarks.peers.api import THREADS, Way, by_value, keys_digest
from benchmarks.peers.dialect import DUCKDB, quoted
from benchmarks.peers.integer_sql import integer_sql
from benchmarks.peers.loaded_sql import loaded_sql
from benchmarks.questions import (
    BreakdownOf,
    Condition,
    CountOf,
    KeysOf,
    OverlapOf,
    Question,
    StoredOverlapOf,
)

Where = Callable[[Condition], str]
ValueName = Callable[[str, Any], str]


class DuckEngine:
    """``benchmarks.peers.api.Engine``."""

    name = "duckdb"

    def __init__(self, records: str, where: Where, name_of: ValueName) -> None:
        self._where = where
        self._name_of = name_of
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"SET threads = {THREADS}")
        self._connection.execute(f"CREATE TABLE customers AS {records}")

    @classmethod
    def in_integers(cls, path: Path) -> Self:
        """Over ``benchmarks.data.integers``."""
        return cls(
            f"SELECT * FROM read_parquet({quoted(str(path))})",
            lambda condition: integer_sql(condition, DUCKDB),
            lambda field, code: CODES[field][code],
        )

    @classmethod
    def as_loaded(cls, path: Path) -> Self:
        """Over the customers as DuckDB reads them."""
        return cls(
            f"SELECT {', '.join(COMPARED)} FROM read_parquet({quoted(str(path))})",
            lambda condition: loaded_sql(condition, DUCKDB),
            lambda _, text: text,
        )

    def ways(self, question: Question) -> tuple[Way, ...]:
        """As anybody would write it; counts also as an aggregate with a filter."""
        match question:
            case CountOf(condition):
                held = self._where(condition)
                return (
                    self._one("where", f"SELECT count(*) FROM customers WHERE {held}"),
                    self._one("aggregate", f"SELECT {DUCKDB.count_if(held)} FROM customers"),
                )
            case KeysOf(condition):
                keys = f"SELECT id FROM customers WHERE {self._where(condition)}"
                return (self._keys(keys),)
            case BreakdownOf(condition, field):
                return (self._groups(field, self._where(condition)),)
            case OverlapOf(left, right):
                return (self._overlap(self._where(left), self._where(right)),)
            case StoredOverlapOf(left, right):
                return (self._stored(self._where(left), self._where(right)),)
            case _:
                assert_never(question)

    def close(self) -> None:
        """Let go of the data."""
        self._connection.close()

    def _one(self, how: str, sql: str) -> Way:
        execute = self._connection.execute
        return Way(how, lambda: execute(sql).fetchall(), lambda rows: int(rows[0][0]))

    def _keys(self, sql: str) -> Way:
        execute = self._connection.execute
        return Way("where", lambda: execute(sql).fetchnumpy()["id"], keys_digest)

    def _groups(self, field: str, held: str) -> Way:
        execute, name_of = self._connection.execute, self._name_of
        sql = f"SELECT {field}, count(*) FROM customers WHERE {held} GROUP BY {field}"
        return Way(
            "where",
            lambda: execute(sql).fetchall(),
            lambda rows: by_value((name_of(field, value), count) for value, count in rows),
        )

    def _overlap(self, left: str, right: str) -> Way:
        execute = self._connection.execute
        # In a sub-select, or each condition would be evaluated once per aggregate.
        sql = (
            "SELECT count(*) FILTER (WHERE l), count(*) FILTER (WHERE r),"
            f" count(*) FILTER (WHERE l AND r) FROM (SELECT {left} AS l, {right} AS r"
            " FROM customers)"
        )
        return Way("aggregate", lambda: execute(sql).fetchall(), lambda rows: tuple(rows[0]))

    def _stored(self, left: str, right: str) -> Way:
        self._connection.execute(
            f"CREATE OR REPLACE TABLE stored AS SELECT {left} AS l, {right} AS r FROM customers"
        )
        return self._one("where", "SELECT count(*) FROM stored WHERE l AND r")
