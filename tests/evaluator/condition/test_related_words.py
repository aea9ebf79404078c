"""Conditions on related records, as people read them."""

from typing import Any

import pytest

from tests.evaluator.condition.asking import leaf
from tests.evaluator.condition.linked import english, function, purchases

Json = Any

PAID = leaf("paid", "is", True)
TWO = {"op": "gte", "value": 2}
WEEK = {"amount": 7, "unit": "day"}


@pytest.mark.parametrize(
    "condition, expected",
    [
        (purchases(), "has purchases"),
        (purchases(where=PAID), "has purchases where paid is true"),
        (purchases(where={"all": []}), "has purchases"),
        (
            purchases(where=leaf("amount", "gt", 50), count=TWO),
            "has at least 2 purchases where amount is greater than 50",
        ),
        (purchases(count={"op": "is", "value": 0}), "has no purchases"),
        (purchases(count={"op": "is", "value": 1}), "has exactly 1 purchases"),
        (purchases(count={"op": "lt", "value": 1_000}), "has fewer than 1,000 purchases"),
        (purchases(count={"op": "between", "value": [1, 3]}), "has between 1 and 3 purchases"),
        (
            function("sum", "amount", "gt", 100),
            "the sum of amount of purchases is greater than 100",
        ),
        (
            {**function("last", "kind", "is", "a", order_by="at"), "where": PAID},
            "the last kind of purchases by at (where paid is true) is a",
        ),
        (
            function("max", "at", "gte", "2025-06-01"),
            "the greatest at of purchases is at or after 2025-06-01 00:00",
        ),
        (
            {"related": "accounts", "where": leaf("plan", "in", ["a", "b"])},
            "is linked with accounts where plan is a or b",
        ),
        ({"related": "gifts", "via": "giver"}, "has gifts by giver"),
        (
            {"related": "customers", "where": purchases()},
            "is linked with customers where it has purchases",
        ),
        (
            {
                "all": [
                    purchases(where={"all": [PAID, leaf("kind", "is", "a")]}),
                    {"not": purchases()},
                ]
            },
            "has purchases where (paid is true and kind is a) and not (has purchases)",
        ),
        (
            purchases(
                sequence=[{"where": PAID}, {"within": WEEK}, {"where": PAID, "absent": True}],
                order_by="at",
            ),
            (
                "has purchases by at (first where paid is true, then any within 7 days,"
                " then none where paid is true)"
            ),
        ),
    ],
)
def test_a_condition_on_related_records_reads_as_english(condition: Json, expected: str) -> None:
    """With a bracket wherever it would not be clear what belongs to whom."""
    assert expected == english(condition)
