"""Whether a service answers as if every acknowledged change, and no other, had been applied."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.data.changes import Left
from benchmarks.data.customers import NOW
from benchmarks.ours import SCHEMA
from benchmarks.serving import API, Caller
from evaluator.values import rfc3339

SAMPLE = 200
"""Records that are read back whole."""
AGES = (30, 49)
PLAN = "pro"
CONDITION = {
    "all": [
        {"field": "plan", "op": "is", "value": PLAN},
        {"field": "age", "op": "between", "value": list(AGES)},
        {"field": "consent", "op": "is", "value": True},
    ]
}
COUNTED = ("plan", "age", "consent")
NAMES = tuple(field.name for field in SCHEMA.fields)

Answers = dict[str, Any]


def answers_of(caller: Caller, keys: list[int]) -> Answers:
    """The total, all plans, one nested count, and the records of the keys."""
    everybody = msgspec.json.encode({"condition": {"all": []}, "now": NOW.isoformat()})
    nested = msgspec.json.encode({"condition": CONDITION, "now": NOW.isoformat()})
    plans = msgspec.json.encode({"condition": {"all": []}, "field": "plan", "limit": 100})
    spread = caller.post(f"{API}/breakdown", plans)
    return {
        "total": caller.post(f"{API}/count", everybody)["count"],
        "nested": caller.post(f"{API}/count", nested)["count"],
        "plans": {item["value"]: item["count"] for item in spread["items"]},
        "no_plan": spread["null"],
        "records": {str(key): _values(caller.get(f"{API}/records/{key}")) for key in keys},
    }


def expected_of(file: Path, left: Mapping[int, Left], keys: list[int]) -> Answers:
    """The same, from the file and what is left of the touched records, without the engine."""
    table = pq.read_table(file, columns=["id", *COUNTED])
    touched = pa.array([key for key in left if key <= table.num_rows], pa.int64())
    now = [record for record in _after(left, table.take(_places(touched))) if record is not None]
    rest = table.filter(pa.array(_untouched(table.num_rows, touched)))
    plans = Counter(_counts(rest["plan"]))
    plans.update(record["plan"] for record in now if record.get("plan") is not None)
    wanted = {key: left[key] for key in keys}
    whole = pq.read_table(file, columns=list(NAMES), filters=[("id", "in", keys)])
    return {
        "total": rest.num_rows + len(now),
        "nested": _nested(rest) + sum(map(_is_nested, now)),
        "plans": dict(plans),
        "no_plan": sum(record.get("plan") is None for record in now),
        "records": dict(zip(map(str, keys), _whole(wanted, whole), strict=True)),
    }


def sample_of(left: Mapping[int, Left], seed: int) -> list[int]:
    """Some of the touched keys."""
    keys = sorted(left)
    return random.Random(seed).sample(keys, min(SAMPLE, len(keys)))


def _places(keys: pa.Array) -> pa.Array:
    return pc.subtract(keys, 1)


def _untouched(rows: int, touched: pa.Array) -> npt.NDArray[np.bool_]:
    untouched = np.ones(rows, bool)
    untouched[_places(touched).to_numpy()] = False
    return untouched


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.cast(pa.string()).combine_chunks())
    return {item["values"]: item["counts"] for item in counted.to_pylist()}


def _nested(table: pa.Table) -> int:
    age, plan = table["age"], table["plan"].cast(pa.string())
    ages = pc.and_(pc.greater_equal(age, AGES[0]), pc.less_equal(age, AGES[1]))
    held = pc.and_(pc.and_(pc.equal(plan, PLAN), ages), table["consent"])
    return int(pc.sum(held).as_py() or 0)


def _after(left: Mapping[int, Left], table: pa.Table) -> Iterator[dict[str, Any] | None]:
    """Each record now, of those that were in the table before; None where it is gone."""
    before = {record["id"]: record for record in table.to_pylist()}
    for key, each in left.items():
        if each.gone:
            yield None
        else:
            yield {**({} if each.anew else before.get(key, {})), **each.values}


def _whole(left: Mapping[int, Left], table: pa.Table) -> Iterator[dict[str, Any] | None]:
    """Likewise, with every field, as the service shows it."""
    for key, record in zip(left, _after(left, table), strict=True):
        told = record and {name: _told(record.get(name)) for name in NAMES}
        yield told and {**told, "id": key}


def _told(value: Any) -> Any:
    match value:
        case datetime():
            return rfc3339(value.replace(tzinfo=UTC))
        case Decimal():
            return str(value)
        case list():
            return sorted(set(value))
        case _:
            return value


def _values(answer: Any) -> Any:
    return None if answer is None else answer["values"]


def _is_nested(record: Mapping[str, Any]) -> bool:
    age = record.get("age")
    return (
        record.get("plan") == PLAN
        and age is not None
        and AGES[0] <= age <= AGES[1]
        and record.get("consent") is True
    )
