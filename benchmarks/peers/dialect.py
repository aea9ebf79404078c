"""Where the SQL of DuckDB and of ClickHouse differ."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from benchmarks.data.arrow import MONEY


@dataclass(frozen=True, slots=True)
class Dialect:
    """Each function gives SQL; texts come quoted."""

    shared_bits: Callable[[str, int], str]
    lists_meet: Callable[[str, str], str]
    count_if: Callable[[str], str]
    moment: Callable[[datetime], str]
    money: Callable[[Decimal], str]


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


DUCKDB = Dialect(
    shared_bits=lambda column, mask: f"({column} & {mask}::UBIGINT)",
    lists_meet=lambda column, texts: f"list_has_any({column}, [{texts}])",
    count_if=lambda held: f"count(*) FILTER (WHERE {held})",
    moment=lambda time: f"TIMESTAMP '{time:%Y-%m-%d %H:%M:%S}'",
    money=lambda amount: f"{amount:f}::DECIMAL({MONEY.precision}, {MONEY.scale})",
)
CLICKHOUSE = Dialect(
    shared_bits=lambda column, mask: f"bitAnd({column}, {mask})",
    lists_meet=lambda column, texts: f"hasAny({column}, [{texts}])",
    count_if=lambda held: f"countIf({held})",
    moment=lambda time: f"toDateTime64('{time:%Y-%m-%d %H:%M:%S}', 6, 'UTC')",
    money=lambda amount: f"toDecimal64('{amount:f}', {MONEY.scale})",
)
