"""Changes to customers as they arrive all day, and what is left of the records after them.

Mostly one to three fields of a random customer, some new customers, few that go. Several writers
share the keys among them, so that what is left doesn't hang on whose change came first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.data.customers import AGE_MAX, AGE_MIN, NOW_S
from benchmarks.data.names import PLANS, STATES
from evaluator.values import instant_text

Change = dict[str, Any]
Values = dict[str, Any]

DELETED, CREATED = 0.02, 0.1
"""Shares of the changes; the others are updates."""
FIELDS_MAX = 3
LOGIN_SPAN_S = 30 * 86_400
CENTS_END = 100_000
_FIELDS = ("state", "plan", "age", "lifetime_value", "last_login", "consent")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writer ``place`` of ``of``: its keys are those that leave this remainder."""

    seed: int
    rows: int
    place: int
    of: int

    def batches(self, count: int, size: int) -> Iterator[list[Change]]:
        """``count`` batches of ``size`` changes as JSON documents. Cost: some 5 µs a change."""
        chance = np.random.default_rng((self.seed, self.place))
        created = 0
        for _ in range(count):
            batch = []
            drawn = chance.random(size).tolist()
            records = chance.integers(0, self.rows // self.of, size).tolist()
            for kind, record, values in zip(drawn, records, _values(chance, size), strict=True):
                if kind < DELETED:
                    batch.append({"op": "delete", "key": self._key(record)})
                elif kind < DELETED + CREATED:
                    key = self._key(self.rows // self.of + created)
                    created += 1
                    batch.append({"op": "upsert", "key": key, "values": values})
                else:
                    batch.append({"op": "upsert", "key": self._key(record), "values": values})
            yield batch

    def _key(self, record: int) -> int:
        return 1 + record * self.of + self.place


@dataclass(slots=True)
class Left:
    """What is left of one record: the values it was given, over its old ones unless ``anew``."""

    gone: bool = False
    anew: bool = False
    values: Values = field(default_factory=dict)


def left_by(batches: Iterable[list[Change]]) -> dict[int, Left]:
    """What is left of every record that was touched, by its key."""
    records: dict[int, Left] = {}
    for batch in batches:
        for change in batch:
            left = records.setdefault(change["key"], Left())
            if change["op"] == "delete":
                left.gone, left.anew, left.values = True, True, {}
            else:
                left.gone = False
                left.values.update(change["values"])
    return records


def _values(chance: np.random.Generator, size: int) -> Iterator[Values]:
    texts = {
        "state": [STATES[code] for code in chance.integers(0, len(STATES), size).tolist()],
        "plan": [PLANS[code] for code in chance.integers(0, len(PLANS), size).tolist()],
        "age": chance.integers(AGE_MIN, AGE_MAX + 1, size).tolist(),
        "lifetime_value": [
            f"{cents / 100:.2f}" for cents in chance.integers(0, CENTS_END, size).tolist()
        ],
        "last_login": [
            instant_text((NOW_S - ago) * 1_000_000)
            for ago in chance.integers(0, LOGIN_SPAN_S, size).tolist()
        ],
        "consent": (chance.random(size) < 0.5).tolist(),
    }
    first = chance.integers(0, len(_FIELDS), size).tolist()
    number = chance.integers(1, FIELDS_MAX + 1, size).tolist()
    for place in range(size):
        names = (_FIELDS[(first[place] + turn) % len(_FIELDS)] for turn in range(number[place]))
        yield {name: texts[name][place] for name in names}
