"""Segments and related records in one condition: each is of the dataset it stands over."""

from typing import Any

from evaluator.condition.language import Surroundings, compile_condition, describe, read
from indexer.model.errors import BadCondition
from indexer.model.ids import DatasetName
from indexer.plan.nodes import Leaf, Plan
from indexer.plan.related import Related, Tally
from tests.evaluator.condition.asking import LIMITS, NOW, leaf, same, some
from tests.evaluator.condition.linked import AROUND, CUSTOMERS, program, purchases
from tests.support.definitions import Written, listed, refer, rule

Json = Any

PAID = rule("paid", leaf("paid", "is", True), dataset="purchases", name="Paid")
SOME = listed("some", 3, 4, dataset="purchases")
BUYERS = rule("buyers", purchases(where=refer("paid")), name="Buyers")
MEANT = Surroundings(AROUND.schemas, Written((PAID, SOME, BUYERS)))


def test_a_segment_of_the_related_dataset_may_be_asked_for() -> None:
    """A rule of its fields, or a list of its keys."""
    assert related(same("paid", True)) == plan_of(purchases(where=refer("paid")))
    assert related(some("_key", 3, 4)) == plan_of(purchases(where=refer("some")))


def test_a_segment_may_be_on_related_records() -> None:
    """And a condition on related records on that, in turn."""
    assert related(same("paid", True)) == plan_of(refer("buyers"))


def test_a_segment_of_another_dataset_is_told_at_its_place() -> None:
    """The base's own is no segment of purchases."""
    try:
        read(purchases(where={"all": [refer("buyers")]}), CUSTOMERS, LIMITS, MEANT)
    except BadCondition as bad:
        found = [(each.code, each.path) for each in bad.problems]

    assert [("wrong_dataset", "/where/all/0")] == found


def test_both_read_as_english() -> None:
    """By the segment's name, and with somebody who is in it."""
    checked = read(purchases(where=refer("paid")), CUSTOMERS, LIMITS, MEANT)

    assert "has purchases where it is in segment 'Paid'" == describe(
        checked.condition, CUSTOMERS, MEANT
    )


def related(where: Plan) -> Plan:
    """At least one purchase of these."""
    name = DatasetName("purchases")
    return Leaf(Related(name, "customer_id", program(where), Tally(1)))


def plan_of(condition: Json) -> Plan:
    """The plan of a valid condition."""
    checked = read(condition, CUSTOMERS, LIMITS, MEANT)
    return compile_condition(checked, CUSTOMERS, NOW, MEANT).plan
