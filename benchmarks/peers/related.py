"""Purchases in the engines that ours is raced against: integers, in the order they were made."""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import duckdb

from benchmarks.peers.api import THREADS
from benchmarks.peers.clickhouse_engine import SETTINGS
from benchmarks.peers.dialect import quoted
from benchmarks.peers.frames import pl
from benchmarks.related_questions import RelatedQuestion


class RelatedPeer(Protocol):
    """Counts customers by their purchases."""

    @property
    def name(self) -> str:
        """As keys of the JSON spell it."""
        ...

    def ask(self, question: RelatedQuestion) -> int:
        """The count."""
        ...

    def close(self) -> None:
        """Let go of the data."""
        ...


class PolarsPurchases:
    """Lazily, each question's expressions made once."""

    name = "polars"

    def __init__(self, path: Path) -> None:
        read = pl.scan_parquet(path).select(
            pl.col("customer_id").cast(pl.Int32),
            ts=(pl.col("ts").dt.epoch("s")).cast(pl.Int32),
            cents=(pl.col("amount") * 100).cast(pl.Int32),
        )
        self._frame = read.collect().rechunk()
        self._made: dict[str, Any] = {}

    def ask(self, question: RelatedQuestion) -> int:
        """See ``RelatedPeer``."""
        made = self._made.get(question.sql)
        if made is None:
            made = self._made[question.sql] = self._lazy(question)
        return int(made.collect().item())

    def close(self) -> None:
        """See ``RelatedPeer``."""
        self._made, self._frame = {}, pl.DataFrame()

    def _lazy(self, question: RelatedQuestion) -> Any:
        every = self._frame.lazy()
        chosen = every.filter(pl.sql_expr(question.where)) if question.where else every
        key = pl.col("customer_id")
        if question.without:
            others = every.filter(pl.sql_expr(question.without))
            return (
                chosen.select(key.unique())
                .join(others, on="customer_id", how="anti")
                .select(pl.len())
            )
        if not question.having:
            return chosen.select(key.n_unique())
        held = chosen.group_by("customer_id").agg(held=pl.sql_expr(question.having))
        return held.select(pl.col("held").sum())


class DuckPurchases:
    """SQL, parsed each time."""

    name = "duckdb"

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"SET threads = {THREADS}")
        self._connection.execute(
            "CREATE TABLE purchases AS SELECT customer_id::INTEGER AS customer_id,"
            " epoch(ts)::INTEGER AS ts, (amount * 100)::INTEGER AS cents"
            f" FROM read_parquet({quoted(str(path))})"
        )

    def ask(self, question: RelatedQuestion) -> int:
        """See ``RelatedPeer``."""
        return int(self._connection.execute(question.sql).fetchall()[0][0])

    def close(self) -> None:
        """See ``RelatedPeer``."""
        self._connection.close()


class ClickHousePurchases:
    """SQL, parsed each time, over its Memory engine."""

    name = "clickhouse"

    def __init__(self, path: Path) -> None:
        # All sessions of a process share one ClickHouse, so each needs a name of its own.
        self._store = f"related_{id(self):x}"
        self._session = import_module("chdb.session").Session()
        self._session.query(f"CREATE DATABASE {self._store}")
        self._session.query(
            f"CREATE TABLE {self._store}.purchases ENGINE = Memory AS SELECT"
            " toInt32(customer_id) AS customer_id, toInt32(toUnixTimestamp(ts)) AS ts,"
            f" toInt32(amount * 100) AS cents FROM file({quoted(str(path.absolute()))}, Parquet)"
        )

    def ask(self, question: RelatedQuestion) -> int:
        """See ``RelatedPeer``."""
        sql = question.sql.replace("FROM purchases", f"FROM {self._store}.purchases")
        return int(self._session.query(f"{sql} {SETTINGS}", "TabSeparated").data())

    def close(self) -> None:
        """See ``RelatedPeer``."""
        self._session.query(f"DROP DATABASE {self._store}")
        self._session.close()
