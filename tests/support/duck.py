"""The second opinion: a condition as DuckDB SQL, for all that SQL says the same way.

Nulls, order of text, exact numbers, sets and the algebra of groups are DuckDB's own reading.
Where a window starts and what a local time means comes from ``tests.support.wall``. What SQL
would say differently (days of a zone other than UTC) raises NotSaid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.support import stretches, wall
from tests.support.datasets import Dataset
from tests.support.oracle import KEY, POSITIVE_TWIN, TIME_OPERATORS, Asked, Json, Row, nfc

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INT64 = (-(2**63), 2**63 - 1)
WIDE = "DECIMAL(38,19)"
"""Holds every int and every decimal of 18 digits, so that all literals compare exactly."""
WIDE_MAX = Decimal(10) ** 19 - 1
WIDE_STEP = Decimal(1).scaleb(-19)
PLENTY = Context(prec=60)
SQL_OPERATORS = {"is": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
TEXT_FUNCTIONS = {
    "contains": "contains",
    "starts_with": "starts_with",
    "ends_with": "suffix",
    "matches": "regexp_matches",
}
AT_ONCE = 40
"""Conditions in one pass over a table."""


class NotSaid(Exception):
    """SQL would mean something else by it, so it can't be a second opinion."""


@dataclass(frozen=True, slots=True)
class Table:
    """A DuckDB relation whose columns are the fields of a schema, its key named ``_key``."""

    connection: "DuckDBPyConnection"
    name: str
    asked: Asked

    def count(self, conditions: Sequence[Json]) -> list[int]:
        """How many records satisfy each of these. Raises: NotSaid."""
        tests = [predicate(condition, self.asked) for condition in conditions]
        counts: list[int] = []
        for first in range(0, len(tests), AT_ONCE):
            wanted = ", ".join(
                f"count(*) FILTER (WHERE {test})" for test in tests[first : first + AT_ONCE]
            )
            (row,) = self.connection.execute(f"SELECT {wanted} FROM {self.name}").fetchall()
            counts.extend(row)
        return counts


def table_of(rows: Sequence[Row], asked: Asked) -> Table:
    """The records as a table; only the last one made can be asked."""
    return _registered(columns_of(rows, asked), asked)


def columns_of(rows: Sequence[Row], asked: Asked) -> dict[str, pa.Array]:
    """The fields of the records, the key's named ``_key``."""
    return {
        name: pa.array([_plain(row[name]) for row in rows], _arrow(kind))
        for name, kind in _types(asked).items()
    }


def table_of_columns(dataset: Dataset) -> Table:
    """A data set as a table; only the last one made can be asked."""
    columns = {
        name: pa.array(
            [_plain(value) for value in dataset.columns[name].values], _arrow(kind)
        ).take(pa.array(dataset.columns[name].codes))
        for name, kind in _types(dataset.asked).items()
    }
    return _registered(columns, dataset.asked)


def _registered(columns: Mapping[str, Any], asked: Asked) -> Table:
    connection = _connection()
    connection.register("records", pa.table(columns))
    return Table(connection, "records", asked)


def connect(file: Path | str = ":memory:", *, read_only: bool = False) -> "DuckDBPyConnection":
    """A DuckDB database."""
    # Not imported above: hypothesis keeps test functions, and with them their modules' globals,
    # until Python ends; DuckDB held so long complains, after pytest's last line.
    import duckdb  # noqa: PLC0415

    return duckdb.connect(file, read_only=read_only)


@cache
def _connection() -> "DuckDBPyConnection":
    """Opening a database costs more than a thousand questions, so small tables share one."""
    return connect()


def forget() -> None:
    """Close the shared database: one left open is complained about when Python ends."""
    if _connection.cache_info().currsize:
        _connection().close()
        _connection.cache_clear()


def is_said(condition: Json, asked: Asked) -> bool:
    """Whether SQL says this condition the same way."""
    try:
        predicate(condition, asked)
    except NotSaid:
        return False
    return True


def predicate(node: Json, asked: Asked) -> str:
    """A condition as an SQL expression that is true or false, never null. Raises: NotSaid."""
    if node.get("muted"):
        return "true"
    for group, word, empty in (("all", " AND ", "true"), ("any", " OR ", "false")):
        if group in node:
            parts = [predicate(each, asked) for each in node[group] if not each.get("muted")]
            return f"({word.join(parts)})" if parts else empty
    if "not" in node:
        return "true" if node["not"].get("muted") else f"(NOT {predicate(node['not'], asked)})"
    return _leaf(node, asked)


def _leaf(leaf: Json, asked: Asked) -> str:
    op, column = leaf["op"], _column(leaf["field"], asked)
    if op in ("is_set", "is_not_set"):
        return f"({column} IS {'NOT ' if op == 'is_set' else ''}NULL)"
    twin = POSITIVE_TWIN.get(op, op)
    holds = f"coalesce({_positive(twin, column, leaf, asked)}, false)"
    if twin == op:
        return holds
    present = f" AND {column} IS NOT NULL" if leaf.get("nulls") == "exclude" else ""
    if present and "value_field" in leaf:
        present += f" AND {_column(leaf['value_field'], asked)} IS NOT NULL"
    return f"(NOT {holds}{present})"


def _column(name: str, asked: Asked) -> str:
    return f'"{KEY if name == asked.schema["key"] else name}"'


def _positive(op: str, column: str, leaf: Json, asked: Asked) -> str:
    if "value_field" in leaf:
        return _between_fields(SQL_OPERATORS[op], leaf, asked)
    if op == "sample":
        raise NotSaid("SQL draws its own samples")
    given = leaf.get("value")
    if asked.type_of(leaf["field"]) == "set":
        return _on_set(op, column, given)
    if op in ("is_empty", "is_not_empty"):
        return f"({column} {'=' if op == 'is_empty' else '<>'} '')"
    if op in TEXT_FUNCTIONS:
        return _on_text(op, column, leaf)
    if op == "in":
        either = [_compared("=", column, each, leaf, asked) for each in given]
        return f"({' OR '.join(either)})" if either else "false"
    if op == "between":
        low = _compared(">=", column, given[0], leaf, asked)
        return f"({low} AND {_compared('<=', column, given[1], leaf, asked)})"
    if op in TIME_OPERATORS:
        return _on_time(op, column, leaf, asked)
    return _compared(SQL_OPERATORS[op], column, given, leaf, asked)


def _on_set(op: str, column: str, given: Json) -> str:
    if op in ("is_empty", "is_not_empty"):
        return f"(len({column}) {'=' if op == 'is_empty' else '>'} 0)"
    if op.startswith("size_"):
        sign = SQL_OPERATORS[op.removeprefix("size_")]
        return f"(len({column})::{WIDE} {sign} {wide(Decimal(given))})"
    members = ", ".join(sorted({_quoted(nfc(each)) for each in given}))
    if op == "is_exactly":
        return f"(list_sort({column}) = list_sort([{members}]::VARCHAR[]))"
    return f"list_{op}({column}, [{members}]::VARCHAR[])"


def _on_time(op: str, column: str, leaf: Json, asked: Asked) -> str:
    zone, given = leaf.get("tz") or asked.zone, leaf["value"]
    if op in stretches.OPERATORS:
        start, start_in, end, end_in = stretches.stretch(
            {**leaf, "op": op}, asked.now, zone, asked.zone
        )
        column = _instants(column, leaf, asked)
        parts = [] if start is None else [f"{column} >{'=' * start_in} {_timestamp(start)}"]
        parts += [] if end is None else [f"{column} <{'=' * end_in} {_timestamp(end)}"]
        return f"({' AND '.join(parts)})"
    if zone != "UTC":
        raise NotSaid("the clock of another zone")
    match op:
        case "weekday_in":
            return f"(list_contains({given}::BIGINT[], isodow({column})))"
        case "hour_between":
            start, end = given
            joined = "AND" if start <= end else "OR"
            return f"(hour({column}) >= {start} {joined} hour({column}) < {end})"
        case "anniversary" if "month" in given:
            return f"(month({column}) = {given['month']})"
        case _:
            raise NotSaid("SQL has no anniversaries")


def _on_text(op: str, column: str, leaf: Json) -> str:
    if op == "matches":
        options = "c" if leaf.get("case_sensitive", True) else "i"
        return f"regexp_matches({column}, {_quoted(nfc(leaf['value']))}, '{options}')"
    if not leaf.get("case_sensitive", True):
        raise NotSaid("SQL folds case its own way")
    given = [leaf["value"]] if isinstance(leaf["value"], str) else leaf["value"]
    either = [f"{TEXT_FUNCTIONS[op]}({column}, {_quoted(nfc(each))})" for each in given]
    return f"({' OR '.join(either)})" if either else "false"


def _between_fields(sign: str, leaf: Json, asked: Asked) -> str:
    names = (leaf["field"], leaf["value_field"])
    ours, theirs = (_column(name, asked) for name in names)
    kinds = {asked.type_of(name) for name in names}
    if "float" in kinds and len(kinds) > 1:
        raise NotSaid("SQL rounds a decimal to compare it with a double")
    if kinds & {"keyword", "text"} and not leaf.get("case_sensitive", True):
        raise NotSaid("SQL folds case its own way")
    if kinds & {"int", "decimal"}:
        return f"({ours}::{WIDE} {sign} {theirs}::{WIDE})"
    if kinds == {"date", "timestamp"}:
        ours, theirs = (_instants(_column(name, asked), leaf, asked, name) for name in names)
    return f"({ours} {sign} {theirs})"


def _compared(sign: str, column: str, given: Json, leaf: Json, asked: Asked) -> str:
    match asked.type_of(leaf["field"]):
        case "keyword" | "text":
            if not leaf.get("case_sensitive", True):
                raise NotSaid("SQL folds case its own way")
            return f"({column} {sign} {_quoted(nfc(given))})"
        case "int" | "decimal" as kind:
            value = Decimal(given)
            if kind == "int" and value == int(value) and INT64[0] <= value <= INT64[1]:
                return f"({column} {sign} {int(value)})"
            return f"({column}::{WIDE} {sign} {wide(value)})"
        case "float":
            return f"({column} {sign} '{float(given)!r}'::DOUBLE)"
        case "date" | "timestamp":
            at = wall.literal(given, leaf.get("tz") or asked.zone, asked.zone)
            return f"({_instants(column, leaf, asked)} {sign} {_timestamp(at)})"
        case _:
            return f"({column} {sign} {str(given).lower()})"


def _instants(column: str, leaf: Json, asked: Asked, name: str | None = None) -> str:
    """The column as instants in UTC."""
    if asked.type_of(name or leaf["field"]) == "timestamp":
        return column
    if (leaf.get("tz") or asked.zone) != "UTC":
        raise NotSaid("the midnights of another zone")
    return f"{column}::TIMESTAMP"


def wide(value: Decimal) -> str:
    """A literal as a wide decimal; one beyond all values stays beyond them."""
    clamped = max(-WIDE_MAX, min(WIDE_MAX, value))
    if clamped != clamped.quantize(WIDE_STEP, context=PLENTY):
        raise NotSaid("more digits than SQL's widest decimal")
    return f"'{clamped:f}'::{WIDE}"


def _timestamp(at: datetime) -> str:
    return f"TIMESTAMP '{at.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}'"


def _quoted(text: str) -> str:
    if "\0" in text:
        raise NotSaid("a statement ends at its first NUL")
    return "'" + text.replace("'", "''") + "'"


def _types(asked: Asked) -> dict[str, Mapping[str, Any]]:
    """Each column's field, the key first."""
    fields = {f["name"]: f for f in asked.schema["fields"] if f["name"] != asked.schema["key"]}
    return {KEY: {"type": asked.type_of(KEY)}, **fields}


def _plain(value: Any) -> Any:
    """A value as Arrow takes it; text in its composed form, like an import leaves it."""
    if isinstance(value, frozenset):
        return sorted(nfc(member) for member in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return nfc(value) if isinstance(value, str) else value


def _arrow(field: Mapping[str, Any]) -> pa.DataType:
    match field["type"]:
        case "decimal":
            return pa.decimal128(18, field.get("scale", 0))
        case "set":
            return pa.list_(pa.string())
        case kind:
            return {
                "bool": pa.bool_(),
                "int": pa.int64(),
                "float": pa.float64(),
                "date": pa.date32(),
                "timestamp": pa.timestamp("us"),
            }.get(kind, pa.string())
