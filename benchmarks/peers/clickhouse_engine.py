"""ClickHouse inside this process (chDB), Memory engine, the threads every peer gets."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Self, assert_never

import numpy as np

from benchmarks.data.customers import COMPARED
from benchmarks.data.integers import CODES
from benchmarks.peers.api import THREADS, Way, by_value, keys_digest
from benchmarks.peers.dialect import CLICKHOUSE, quoted
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
ValueName = Callable[[str, str], str]

SETTINGS = f"SETTINGS max_threads = {THREADS}, use_query_condition_cache = 0"
"""Its cache of which blocks fit a condition answers repeated questions, so it is off."""


class ClickHouseEngine:
    """``benchmarks.peers.api.Engine``. Its data is in a database called after ``store``."""

    name = "clickhouse"

    def __init__(
        self, store: str, records: str, key: str, where: Where, name_of: ValueName
    ) -> None:
        # All sessions of a process share one ClickHouse, so each engine needs a name of its own.
        self._store = f"{store}_{id(self):x}"
        self._where = where
        self._name_of = name_of
        self._key_type = np.dtype(key)
        # Not typed, and its import starts an engine: it waits until one is wanted.
        self._session = import_module("chdb.session").Session()
        self._do(f"CREATE DATABASE {self._store}")
        self._do(f"CREATE TABLE {self._store}.customers ENGINE = Memory AS {records}")

    @classmethod
    def in_integers(cls, path: Path) -> Self:
        """Over ``benchmarks.data.integers``."""
        return cls(
            "integers",
            f"SELECT * FROM file({quoted(str(path.absolute()))}, Parquet)",
            "<i4",
            lambda condition: integer_sql(condition, CLICKHOUSE),
            lambda field, code: CODES[field][int(code)],
        )

    @classmethod
    def as_loaded(cls, path: Path) -> Self:
        """Over the customers as ClickHouse reads them."""
        file = f"file({quoted(str(path.absolute()))}, Parquet)"
        return cls(
            "loaded",
            f"SELECT {', '.join(COMPARED)} FROM {file}",
            "<i8",
            lambda condition: loaded_sql(condition, CLICKHOUSE),
            lambda _, text: text,
        )

    def ways(self, question: Question) -> tuple[Way, ...]:
        """As anybody would write it, and as aggregates with a condition, which it runs faster."""
        records = f"{self._store}.customers"
        match question:
            case CountOf(condition):
                held = self._where(condition)
                return (
                    self._numbers("where", f"SELECT count() FROM {records} WHERE {held}"),
                    self._numbers("aggregate", f"SELECT countIf({held}) FROM {records}"),
                )
            case KeysOf(condition):
                held = self._where(condition)
                return (
                    self._keys("where", f"SELECT id FROM {records} WHERE {held}"),
                    self._keys("aggregate", f"SELECT groupArrayIf(id, {held}) FROM {records}"),
                )
            case BreakdownOf(condition, field):
                return self._groups(field, self._where(condition), records)
            case OverlapOf(left, right):
                both = f"SELECT {self._where(left)} AS l, {self._where(right)} AS r FROM {records}"
                sums = f"SELECT countIf(l), countIf(r), countIf(l AND r) FROM ({both})"
                return (self._numbers("aggregate", sums),)
            case StoredOverlapOf(left, right):
                return self._stored(self._where(left), self._where(right), records)
            case _:
                assert_never(question)

    def close(self) -> None:
        """Let go of the data."""
        self._do(f"DROP DATABASE {self._store}")
        self._session.close()

    def _do(self, sql: str) -> None:
        self._session.query(sql)

    def _asking(self, sql: str, form: str) -> Callable[[], Any]:
        session, whole = self._session, f"{sql} {SETTINGS}"
        return lambda: session.query(whole, form)

    def _numbers(self, how: str, sql: str) -> Way:
        def answer(got: Any) -> int | tuple[int, ...]:
            numbers = tuple(int(each) for each in got.data().split())
            return numbers[0] if len(numbers) == 1 else numbers

        return Way(how, self._asking(sql, "TabSeparated"), answer)

    def _keys(self, how: str, sql: str) -> Way:
        def answer(got: Any) -> str:
            data = got.bytes()
            start = _length_bytes(data) if how == "aggregate" else 0
            return keys_digest(np.frombuffer(data[start:], self._key_type))

        return Way(how, self._asking(sql, "RowBinary"), answer)

    def _groups(self, field: str, held: str, records: str) -> tuple[Way, ...]:
        def answer(got: Any) -> dict[str, int]:
            lines = (line.split("\t") for line in got.data().splitlines())
            return by_value((self._name_of(field, value), int(count)) for value, count in lines)

        where = f"SELECT {field}, count() FROM {records} WHERE {held} GROUP BY {field}"
        aggregate = f"SELECT {field}, countIf({held}) FROM {records} GROUP BY {field}"
        return (
            Way("where", self._asking(where, "TabSeparated"), answer),
            Way("aggregate", self._asking(aggregate, "TabSeparated"), answer),
        )

    def _stored(self, left: str, right: str, records: str) -> tuple[Way, ...]:
        stored = f"{self._store}.stored"
        self._do(f"DROP TABLE IF EXISTS {stored}")
        self._do(
            f"CREATE TABLE {stored} ENGINE = Memory AS SELECT {left} AS l, {right} AS r"
            f" FROM {records}"
        )
        return (
            self._numbers("where", f"SELECT count() FROM {stored} WHERE l AND r"),
            self._numbers("aggregate", f"SELECT countIf(l AND r) FROM {stored}"),
        )


def _length_bytes(data: bytes) -> int:
    """How many bytes the length before an array takes: all but the last have the top bit set."""
    return next(place for place, byte in enumerate(data) if byte < 0x80) + 1
