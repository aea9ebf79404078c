"""Data sets of any size: columns of few distinct values, so that large ones are read as obviously.

A leaf of the condition language sees nothing of a record but the values it names. So the oracle is
asked once for each combination of values that occurs, and its answer stands for every record that
has them; groups are joined record by record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.support import oracle
from tests.support.oracle import KEY, Asked, Row, Value
from tests.support.strategies import FIELDS, NOW

Json = Any
Codes = npt.NDArray[np.int64]
Held = npt.NDArray[np.bool_]
Pools = Mapping[str, Sequence[Value]]

PALETTE_ROWS = 400
"""Rows that literals are taken from."""


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one field: record ``i`` has ``values[codes[i]]``."""

    values: Sequence[Value]
    codes: Codes


@dataclass(frozen=True, slots=True)
class Dataset:
    """Records by field, the key under ``_key``."""

    asked: Asked
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.columns[KEY].codes)

    @property
    def rows(self) -> list[Row]:
        """All records, one by one."""
        lists = [[each.values[code] for code in each.codes] for each in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*lists, strict=True)]

    @property
    def examples(self) -> list[Row]:
        """Rows in which every value of a short column occurs, and some of a long one."""
        if not len(self):
            return []
        picked = {
            name: [each.values[int(code)] for code in _spread(each)]
            for name, each in self.columns.items()
        }
        return [
            {name: values[place % len(values)] for name, values in picked.items()}
            for place in range(max(map(len, picked.values())))
        ]

    def picked(self, places: Codes) -> "Dataset":
        """The records at these places, in that order."""
        return Dataset(
            self.asked,
            {name: Column(each.values, each.codes[places]) for name, each in self.columns.items()},
        )

    def picked_row(self, place: int, names: Sequence[str]) -> Row:
        """Some values of one record."""
        columns = ((name, self.columns[name]) for name in names)
        return {name: column.values[int(column.codes[place])] for name, column in columns}

    def at(self, now: datetime) -> "Dataset":
        """The same records at another moment."""
        return replace(self, asked=replace(self.asked, now=now))


def drawn(
    schema: Json,
    pools: Pools,
    keys: Sequence[Value],
    *,
    seed: int,
    skew: float = 1.0,
    clustered: bool = False,
) -> Dataset:
    """A data set of these keys, each value taken from its field's pool.

    A ``skew`` above 1 prefers the front of a pool, so that its end is rare; ``clustered`` puts
    equal values next to each other.
    """
    random = np.random.default_rng(seed)
    size = len(keys)
    columns = {KEY: Column(keys, np.arange(size))}
    for name, values in pools.items():
        codes = (random.random(size) ** skew * len(values)).astype(np.int64)
        columns[name] = Column(values, np.sort(codes) if clustered else codes)
    return Dataset(Asked(schema, NOW), columns)


def schema_of(name: str, key_type: str | None, zone: str) -> Json:
    """The body that creates a data set with a field of each type; keys are made if none is told."""
    keyed = [{"name": "id", "type": key_type}] if key_type else []
    return {
        "name": name,
        "key": "id" if key_type else None,
        "fields": [*keyed, *FIELDS],
        "time_zone": zone,
    }


def readings(node: Json, dataset: Dataset) -> int:
    """How many rows ``holding`` looks at, at most."""
    children = node.get("all", node.get("any"))
    if children is not None:
        return sum(readings(child, dataset) for child in children)
    if "not" in node:
        return readings(node["not"], dataset)
    read = [dataset.columns[name] for name in _names(node, dataset)]
    return min(len(dataset), int(np.prod([len(column.values) for column in read])))


def holding(node: Json, dataset: Dataset) -> Held:
    """For each record, whether it satisfies the condition."""
    if node.get("muted"):
        return np.ones(len(dataset), np.bool_)
    for group, join in (("all", np.logical_and), ("any", np.logical_or)):
        if group in node:
            heard = [child for child in node[group] if not child.get("muted")]
            parts = [holding(child, dataset) for child in heard]
            start = np.full(len(dataset), group == "all")
            return np.asarray(join.reduce([start, *parts]), np.bool_)
    if "not" in node:
        inner = node["not"]
        return holding(inner, dataset) if inner.get("muted") else ~holding(inner, dataset)
    return _leaf(node, dataset)


def _leaf(leaf: Json, dataset: Dataset) -> Held:
    names = _names(leaf, dataset)
    first, *others = (dataset.columns[name] for name in names)
    combined = first.codes
    for other in others:
        combined = combined * len(other.values) + other.codes
    _, firsts, owners = np.unique(combined, return_index=True, return_inverse=True)
    answers = [
        oracle.leaf_holds(leaf, dataset.picked_row(place, names), dataset.asked)
        for place in firsts.tolist()
    ]
    return np.array(answers, np.bool_)[owners]


def _names(leaf: Json, dataset: Dataset) -> list[str]:
    """The columns that a leaf reads."""
    told = [leaf["field"], *([leaf["value_field"]] if "value_field" in leaf else [])]
    return list(dict.fromkeys(KEY if n == dataset.asked.schema["key"] else n for n in told))


def _spread(column: Column) -> Codes:
    return np.unique(column.codes)[:: max(1, len(column.values) // PALETTE_ROWS)]
