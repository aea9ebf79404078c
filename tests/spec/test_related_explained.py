"""Why a record is in or out by its related records: how many match, what a function gives."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from evaluator.api import Explanation
from evaluator.values import to_json
from indexer.model.ids import DatasetName
from tests.support.building import evaluator_over, index_of
from tests.support.oracle import KEY, Asked, Row
from tests.support.strategies import NOW, World

Json = Any

CUSTOMERS: Json = {
    "name": "customers",
    "key": "id",
    "fields": [{"name": "id", "type": "keyword"}, {"name": "account", "type": "int"}],
    "links": [{"name": "account", "field": "account", "to": "accounts"}],
}
PURCHASES: Json = {
    "name": "purchases",
    "key": "id",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "buyer", "type": "keyword"},
        {"name": "amount", "type": "decimal", "scale": 2},
        {"name": "score", "type": "float"},
        {"name": "kind", "type": "keyword"},
        {"name": "at", "type": "timestamp"},
    ],
    "links": [{"name": "buyer", "field": "buyer", "to": "customers"}],
}
ACCOUNTS: Json = {"name": "accounts", "key": "id", "fields": [{"name": "id", "type": "int"}]}


def purchase(key: int, buyer: str, amount: str | None, day: int | None, kind: str) -> Row:
    """A purchase; its score is half its key."""
    return {
        KEY: key,
        "buyer": buyer,
        "amount": None if amount is None else Decimal(amount),
        "score": key / 2,
        "kind": kind,
        "at": None if day is None else datetime(2025, 1, day, tzinfo=UTC),
    }


WORLDS = (
    World(Asked(ACCOUNTS, NOW), ({KEY: 7},)),
    World(Asked(CUSTOMERS, NOW), ({KEY: "anne", "account": 7}, {KEY: "bob", "account": None})),
    World(
        Asked(PURCHASES, NOW),
        (
            purchase(1, "anne", "1.50", 1, "b"),
            purchase(2, "anne", "2.25", 3, "a"),
            purchase(3, "anne", "9.00", 3, "c"),
            purchase(4, "anne", None, None, "b"),
            purchase(5, "nobody", "7.00", 2, "z"),
        ),
    ),
)


def of(fn: str, field: str, **keys: Json) -> Json:
    """A condition on a function of purchases that no bound keeps from being asked."""
    value = "x" if field == "kind" and fn != "count_distinct" else 1
    function = {"fn": fn, "field": field, **keys}
    return {"related": "purchases", "aggregate": function, "op": "is", "value": value}


@pytest.mark.parametrize(
    "condition, of_anne, of_bob",
    [
        ({"related": "accounts"}, 7, None),
        ({"related": "purchases"}, 4, 0),
        ({"related": "purchases", "count": {"op": "is_not", "value": 4}}, 4, 0),
        (
            {"related": "purchases", "where": {"field": "kind", "op": "is", "value": "b"}},
            2,
            0,
        ),
        (of("sum", "amount"), "12.75", "0.00"),
        (of("avg", "amount"), 4.25, None),
        (of("median", "amount"), 2.25, None),
        (of("min", "kind"), "a", None),
        (of("max", "amount"), "9.00", None),
        (of("count_distinct", "kind"), 3, 0),
        (of("first", "kind", order_by="at"), "b", None),
        (of("last", "kind", order_by="at"), "c", None),
        (of("last", "_key", order_by="at"), 3, None),
        (of("sum", "score"), 5.0, 0.0),
        (of("avg", "score"), 1.25, None),
        (of("median", "score"), 1.25, None),
    ],
)
def test_an_explanation_says_what_related_records_come_to(
    condition: Json, of_anne: Json, of_bob: Json
) -> None:
    """For the record that is asked about, whether the condition holds or not."""
    assert [of_anne, of_bob] == [told(explained(condition, key)) for key in ("anne", "bob")]


def test_a_sequence_is_told_without_a_value() -> None:
    """Whether there is one says ``holds``."""
    chain = {"related": "purchases", "sequence": [{}, {}], "order_by": "at"}

    assert [(True, None), (False, None)] == [
        (found.holds, found.value) for found in (explained(chain, key) for key in ("anne", "bob"))
    ]


def told(node: Explanation) -> Json:
    """The value as JSON."""
    assert node.value is not None
    return to_json(node.value.field, node.value.value)


def explained(condition: Json, key: str) -> Explanation:
    """Why the customer is in or out."""

    async def run() -> Explanation:
        index = await index_of(*WORLDS)
        try:
            evaluator = evaluator_over(index, NOW)
            answer = await evaluator.explain(DatasetName("customers"), condition, key=key)
            return answer.root
        finally:
            await index.close()

    # With a factory, the runner leaves the event loop of the other tests alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(run())
