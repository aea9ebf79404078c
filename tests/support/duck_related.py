"""Conditions on related records as DuckDB SQL: joins, counts and functions as SQL reads them.

Averages and medians, which are doubles there, sequences, and ties in time raise NotSaid.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.support import duck
from tests.support.duck import PLENTY, SQL_OPERATORS, WIDE, NotSaid
from tests.support.oracle import KEY, Json
from tests.support.oracle_related import Datasets

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUM = "DECIMAL(38,2)"
"""Holds every sum of a few ints or decimals of two digits."""
SUM_MAX, SUM_STEP = Decimal(10) ** 35, Decimal("0.01")


def counts(
    connection: "DuckDBPyConnection", datasets: Datasets, base: str, conditions: Sequence[Json]
) -> list[int]:
    """How many records of the base satisfy each of these. Raises: NotSaid."""
    tests = [predicate(each, datasets, base, 0) for each in conditions]
    if not tests:
        return []
    for name, rows in datasets.rows.items():
        columns = duck.columns_of(rows, datasets.asked(name))
        connection.register(name, pa.table(columns))
    asked = (f"SELECT count(*) FROM {base} AS r0 WHERE {test}" for test in tests)
    return [int(count) for (count,) in (connection.execute(each).fetchall()[0] for each in asked)]


def is_said(condition: Json, datasets: Datasets, base: str) -> bool:
    """Whether SQL says this condition the same way."""
    try:
        predicate(condition, datasets, base, 0)
    except NotSaid:
        return False
    return True


def predicate(node: Json, datasets: Datasets, base: str, depth: int) -> str:
    """A condition over the base, whose table is named ``r{depth}``. Raises: NotSaid."""
    if node.get("muted"):
        return "true"
    for group, word, empty in (("all", " AND ", "true"), ("any", " OR ", "false")):
        if group in node:
            heard = [each for each in node[group] if not each.get("muted")]
            parts = [predicate(each, datasets, base, depth) for each in heard]
            return f"({word.join(parts)})" if parts else empty
    if "not" in node:
        inner = predicate(node["not"], datasets, base, depth)
        return inner if node["not"].get("muted") else f"(NOT {inner})"
    if "related" in node:
        return _related(node, datasets, base, depth)
    return duck.predicate(node, datasets.asked(base))


def _related(node: Json, datasets: Datasets, base: str, depth: int) -> str:
    leads, link = datasets.link(node, datasets.schemas[base])
    name, ours, theirs = node["related"], f"r{depth}", f"r{depth + 1}"
    pointing, target = (ours, theirs) if leads else (theirs, ours)
    joined = f'{pointing}."{link["field"]}" = {target}."{KEY}"'
    if "where" in node:
        joined += f" AND {predicate(node['where'], datasets, name, depth + 1)}"
    source = f"FROM {name} AS {theirs} WHERE {joined}"
    if "sequence" in node:
        raise NotSaid("SQL has no sequences")
    if "count" in node:
        return _number(f"(SELECT count(*) {source})", node["count"])
    if "aggregate" in node:
        return _function(node, source, datasets, name)
    return f"EXISTS (SELECT 1 {source})"


def _function(node: Json, source: str, datasets: Datasets, name: str) -> str:
    fn, field = node["aggregate"]["fn"], node["aggregate"]["field"]
    asked = datasets.asked(name)
    kind = asked.type_of(field)
    match fn:
        case "count_distinct":
            return _number(f'(SELECT count(DISTINCT "{field}") {source})', node)
        case "sum" if kind != "float":
            return _number(f'(SELECT coalesce(sum("{field}"), 0) {source})', node, SUM)
        case "min" | "max":
            leaf = {"field": field, "op": node["op"], "value": node["value"]}
            nulls = {"nulls": "exclude"} if node["op"] == "is_not" else {}
            test = duck.predicate({**leaf, **nulls}, asked)
            end = f'SELECT {fn}("{field}") AS "{field}" {source}'
            return f"EXISTS (SELECT 1 FROM ({end}) WHERE {test})"
        case _:
            raise NotSaid(f"{fn} is another one in SQL")


def _number(scalar: str, said: Json, kind: str = WIDE) -> str:
    op, value = said["op"], said["value"]
    if op == "between":
        low, high = (_literal(each, kind) for each in value)
        return f"({scalar}::{kind} BETWEEN {low} AND {high})"
    sign = "<>" if op == "is_not" else SQL_OPERATORS[op]
    return f"({scalar}::{kind} {sign} {_literal(value, kind)})"


def _literal(value: Json, kind: str) -> str:
    if kind == WIDE:
        return duck.wide(Decimal(value))
    number = max(-SUM_MAX, min(SUM_MAX, Decimal(value)))
    if number != number.quantize(SUM_STEP, context=PLENTY):
        raise NotSaid("more digits than a sum has")
    return f"'{number:f}'::{kind}"
