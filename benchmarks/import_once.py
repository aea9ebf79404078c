"""One import in a process of its own, so that its time and memory are its alone.

``python -m benchmarks.import_once NAME FILE`` prints ``{"seconds", "peak_gb", "rows", "count"}``.
Time runs from before the file is opened until the first count is answered; starting Python and
loading programs is left out, for everybody.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from benchmarks.data.customers import COMPARED, LIST_SEPARATOR, NOW
from benchmarks.machine import peak_bytes
from benchmarks.ours import SCHEMA, Ours, inferred_schema, load_file
from benchmarks.peers.api import THREADS
from benchmarks.peers.dialect import DUCKDB, quoted
from benchmarks.peers.loaded_sql import loaded_sql
from benchmarks.questions import CountOf
from indexer.intake.options import IntakeOptions
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType
from indexer.runtime.logging import configure
from indexer.warm import warm

CONDITION = {"field": "state", "op": "in", "value": ["TX", "GA"]}
"""Asked when all is in."""
DUCKDB_TYPES = {
    "id": "BIGINT", "email": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR",
    "city": "VARCHAR", "plan": "VARCHAR", "tags": "VARCHAR", "age": "TINYINT",
    "lifetime_value": "DECIMAL(12, 2)", "last_login": "TIMESTAMP", "signup": "TIMESTAMP",
    "consent": "BOOLEAN",
}  # fmt: skip

Counted = tuple[int, int]
"""All records, and those that the condition holds for."""


def ours(path: Path) -> Counted:
    """Into our index, types declared."""
    return _counted(Ours.load(path))


def inferred(path: Path) -> Counted:
    """Into our index; only the key and what is a set are declared, as nothing can tell them."""
    options = IntakeOptions(
        name=path.name,
        key=FieldName("id"),
        types={"tags": FieldType.SET},
        separators={"tags": LIST_SEPARATOR},
    )
    schema = inferred_schema(path, options)
    declared = {field.name: (field.type, field.scale) for field in SCHEMA.fields}
    found = {field.name: (field.type, field.scale) for field in schema.fields}
    assert found == declared, found
    return _counted(Ours(load_file(path, schema, options)))


def in_duckdb(path: Path) -> Counted:
    """Into a table of DuckDB in memory, types declared, in any order it likes."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET preserve_insertion_order = false")
    types = ", ".join(f"{quoted(name)}: {quoted(DUCKDB_TYPES[name])}" for name in COMPARED)
    connection.execute(
        f"CREATE TABLE customers AS SELECT * FROM read_csv({quoted(str(path))}, header = true,"
        f" columns = {{{types}}})"
    )
    held = loaded_sql(CONDITION, DUCKDB)
    row = connection.execute(f"SELECT count(*), {DUCKDB.count_if(held)} FROM customers").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


IMPORTS: Mapping[str, Callable[[Path], Counted]] = {
    "ours": ours,
    "duckdb": in_duckdb,
    "inferred": inferred,
}


def main(name: str, path: Path) -> None:
    """Run one import and print what it took."""
    configure(level="WARNING", as_json=False)
    warm(NOW)
    started = time.perf_counter()
    rows, count = IMPORTS[name](path)
    seconds = time.perf_counter() - started
    peak = peak_bytes() / 1e9
    print(json.dumps({"seconds": seconds, "peak_gb": peak, "rows": rows, "count": count}))


def _counted(engine: Ours) -> Counted:
    (way,) = engine.ways(CountOf(CONDITION))
    return engine.view.records, way.run()[0]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
