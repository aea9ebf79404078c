"""Conditions on related records: which are refused, what they ask the index, how they read."""

from typing import Any

import pytest

from evaluator.condition.limits import ConditionLimits
from indexer.model.ids import DatasetName, FieldName
from indexer.plan.nodes import EVERYTHING, NOTHING, Leaf, Minus, Plan, complement
from indexer.plan.related import (
    Fold,
    Followed,
    Linked,
    Related,
    SequenceStep,
    Tally,
    Within,
)
from tests.evaluator.condition import asking
from tests.evaluator.condition.asking import leaf, same, span
from tests.evaluator.condition.linked import (
    ACCOUNTS,
    AROUND,
    BERLIN,
    CUSTOMERS,
    PURCHASES,
    compiled,
    found,
    function,
    messages,
    plan_of,
    program,
    purchases,
)

Json = Any

PAID = leaf("paid", "is", True)
TWO = {"op": "gte", "value": 2}
WEEK = {"amount": 7, "unit": "day"}
SHAPE, TYPE, VALUE = "bad_shape", "wrong_type", "bad_value"
NOT_FOR = "operator_not_for_type"


@pytest.mark.parametrize(
    "condition, code, path",
    [
        ({"related": "purchase"}, "unknown_dataset", ""),
        (purchases(via="boss"), "no_link", ""),
        ({"related": "gifts"}, "ambiguous_link", ""),
        ({"related": "gifts", "via": "receiver"}, "no_link", ""),
        (purchases(where=leaf("stat", "is", "x")), "unknown_field", "/where"),
        (purchases(where={"all": [PAID, leaf("state", "is", 1)]}), "unknown_field", "/where/all/1"),
        (purchases(where=leaf("quantity", "is", "x")), TYPE, "/where"),
        (purchases(where=None), SHAPE, "/where"),
        (purchases(via=7), SHAPE, ""),
        (purchases(wher=PAID), SHAPE, ""),
        (purchases(op="gt", value=1), SHAPE, ""),
        (purchases(order_by="at"), SHAPE, ""),
        (purchases(count=TWO, sequence=[{}], order_by="at"), SHAPE, ""),
        (purchases(count=2), SHAPE, "/count"),
        (purchases(count={"op": "gte"}), SHAPE, "/count"),
        (purchases(count={**TWO, "fn": "sum"}), SHAPE, "/count"),
        (purchases(count={"op": "more", "value": 2}), "unknown_operator", "/count"),
        (purchases(count={"op": "in", "value": [2]}), NOT_FOR, "/count"),
        (purchases(count={"op": "gte", "value": "two"}), TYPE, "/count"),
        (purchases(count={"op": "gte", "value": None}), TYPE, "/count"),
        (purchases(count={"op": "gte", "value": True}), TYPE, "/count"),
        (purchases(count={"op": "between", "value": [1]}), SHAPE, "/count"),
        (purchases(count={"op": "between", "value": [1, "x"]}), TYPE, "/count"),
        (purchases(aggregate="sum", op="gt", value=1), SHAPE, "/aggregate"),
        (purchases(aggregate={"fn": "sum", "field": "amount"}), SHAPE, ""),
        (purchases(aggregate={"fn": "sum", "field": "amount"}, op="gt"), SHAPE, ""),
        (function("total", "amount", "gt", 1), VALUE, "/aggregate/fn"),
        (function("sum", "amounts", "gt", 1), "unknown_field", "/aggregate/field"),
        (purchases(aggregate={"fn": "sum"}, op="gt", value=1), SHAPE, "/aggregate"),
        (function("sum", "kind", "gt", 1), NOT_FOR, "/aggregate"),
        (function("sum", "amount", "gt", "x"), TYPE, ""),
        (function("sum", "amount", "gt", None), TYPE, ""),
        (function("sum", "amount", "in", [1]), NOT_FOR, ""),
        (function("sum", "amount", "gt", "0." + "1" * 1_001), VALUE, ""),
        (function("min", "paid", "is", True), NOT_FOR, "/aggregate"),
        (function("min", "remark", "is", "x"), NOT_FOR, "/aggregate"),
        (function("max", "kind", "gt", 1), TYPE, ""),
        (function("count_distinct", "tags", "is", 1), NOT_FOR, "/aggregate"),
        (function("last", "amount", "gt", 1), SHAPE, "/aggregate"),
        (function("last", "tags", "is", "x", order_by="at"), NOT_FOR, "/aggregate"),
        (function("last", "paid", "gt", True, order_by="at"), NOT_FOR, "/aggregate"),
        (function("last", "paid", "is", 1, order_by="at"), TYPE, ""),
        (function("last", "amount", "is", 1, order_by="kind"), NOT_FOR, "/aggregate/order_by"),
        (function("sum", "amount", "is", 1, order_by="at"), SHAPE, "/aggregate/order_by"),
        ({**function("last", "amount", "is", 1), "order_by": "a"}, "unknown_field", "/order_by"),
        (purchases(sequence=[{}]), SHAPE, ""),
        (purchases(sequence=[], order_by="at"), SHAPE, "/sequence"),
        (purchases(sequence=[{}] * 9, order_by="at"), "too_many_values", "/sequence"),
        (purchases(sequence=[{}, 7], order_by="at"), SHAPE, "/sequence/1"),
        (purchases(sequence=[{}, {"then": 1}], order_by="at"), SHAPE, "/sequence/1"),
        (purchases(sequence=[{}], order_by="kind"), NOT_FOR, "/order_by"),
        (purchases(sequence=[{}], order_by="when"), "unknown_field", "/order_by"),
        (purchases(sequence=[{}], order_by="at", where=PAID), SHAPE, ""),
        (purchases(sequence=[{"within": WEEK}], order_by="at"), SHAPE, "/sequence/0/within"),
        (
            purchases(sequence=[{}, {"within": {"amount": 0, "unit": "day"}}], order_by="at"),
            VALUE,
            "/sequence/1/within",
        ),
        (purchases(sequence=[{}, {"within": 7}], order_by="at"), TYPE, "/sequence/1/within"),
        (purchases(sequence=[{"absent": True}], order_by="at"), SHAPE, "/sequence/0/absent"),
        (purchases(sequence=[{}, {"absent": 1}], order_by="at"), TYPE, "/sequence/1/absent"),
        (
            purchases(sequence=[{}, {"absent": True}, {}], order_by="at"),
            SHAPE,
            "/sequence/1/absent",
        ),
        (
            purchases(sequence=[{}, {"where": leaf("nope", "is", 1)}], order_by="at"),
            "unknown_field",
            "/sequence/1/where",
        ),
        ({"related": "accounts", "count": TWO}, SHAPE, ""),
    ],
)
def test_what_cannot_be_asked_is_one_problem_with_its_place(
    condition: Json, code: str, path: str
) -> None:
    """Wherever it stands, below the condition's own place."""
    assert [(code, path)] == found(condition)
    assert [(code, f"/all/0{path}")] == found({"all": [condition]})


def test_every_problem_is_told_at_once() -> None:
    """Those of the measure beside those of the records, each with the fields it could be."""
    condition = purchases(where=leaf("amont", "is", 1), count={"op": "zz", "value": 1})

    problems = messages(condition)

    assert [
        "'zz' is not an operator",
        "purchases has no field 'amont'; did you mean 'amount'?",
    ] == sorted(problems)


def test_a_wrong_name_is_answered_with_the_right_one() -> None:
    """Datasets, links and functions."""
    said = [
        *messages({"related": "purchase"}),
        *messages({"related": "gifts", "via": "given"}),
        *messages({"related": "gifts"}),
        *messages(function("total", "amount", "gt", 1)),
    ]

    assert [
        "there is no dataset of this name; did you mean 'purchases'?",
        "no link of this name joins gifts with customers; did you mean 'giver'?",
        "several links join gifts with customers: say 'via' one of giver, taker",
        (
            "there is no such function: use one of sum, avg, min, max, count_distinct, median,"
            " first, last"
        ),
    ] == said


def test_three_hops_are_enough_and_four_too_many() -> None:
    """From a purchase to its customer, to the boss, to the account."""
    three: Json = {"related": "customers", "where": {"related": "customers", "via": "boss"}}
    three["where"]["where"] = {"related": "accounts", "where": leaf("plan", "is", "gold")}
    four = {"related": "purchases", "where": three}

    assert [] == found(three, PURCHASES)
    assert [("too_deep", "/where/where/where")] == found(four)


def test_conditions_on_related_records_count_as_nodes_and_depth() -> None:
    """A where is a level and its nodes are nodes."""
    nested = purchases(where={"all": [PAID, PAID]})
    chain = purchases(sequence=[{"where": PAID}, {"where": PAID}], order_by="at")

    def codes(condition: Json, limits: ConditionLimits) -> list[str]:
        return [code for code, _ in asking.found(condition, CUSTOMERS, limits, AROUND)]

    assert [] == codes(nested, ConditionLimits(depth_max=3, nodes_max=4))
    assert ["too_deep"] * 2 == codes(nested, ConditionLimits(depth_max=2))
    assert ["too_many_nodes"] == codes(nested, ConditionLimits(nodes_max=3))
    assert [] == codes(chain, ConditionLimits(nodes_max=3))
    assert ["too_many_nodes"] == codes(chain, ConditionLimits(nodes_max=2))
    bare = purchases(sequence=[{}, {}], order_by="at")
    assert ["too_many_nodes"] == codes(bare, ConditionLimits(nodes_max=2))


def related(measure: Tally | Fold, where: Plan = EVERYTHING) -> Plan:
    """The lookup over purchases."""
    return Leaf(Related(DatasetName("purchases"), "customer_id", program(where), measure))


@pytest.mark.parametrize(
    "op, value, expected",
    [
        ("gte", 2, related(Tally(2))),
        ("gte", "2", related(Tally(2))),
        ("gt", 2, related(Tally(3))),
        ("gt", 2.5, related(Tally(3))),
        ("gte", 2.5, related(Tally(3))),
        ("lt", 2, related(Tally(0, 1))),
        ("lt", 2.5, related(Tally(0, 2))),
        ("lte", 2.5, related(Tally(0, 2))),
        ("is", 0, related(Tally(0, 0))),
        ("is", 2.5, NOTHING),
        ("is", -1, NOTHING),
        ("is_not", 2, complement(related(Tally(2, 2)))),
        ("is_not", 2.5, complement(NOTHING)),
        ("between", [1, 3], related(Tally(1, 3))),
        ("between", [-5, 3.5], related(Tally(0, 3))),
        ("between", [3, 1], NOTHING),
        ("gte", 0, EVERYTHING),
        ("gt", -1, EVERYTHING),
        ("lt", 0, NOTHING),
        ("lte", 10**30, EVERYTHING),
        ("gte", 10**30, NOTHING),
    ],
)
def test_a_count_is_compared_as_mathematics_does(op: str, value: Json, expected: Plan) -> None:
    """Zero included; a number between two counts is no count."""
    assert expected == plan_of(purchases(count={"op": op, "value": value}))


def folded(fn: Any, name: str, low: Any = None, high: Any = None, *opened: str) -> Plan:
    """A function of a field of purchases between two bounds."""
    by = FieldName("at") if fn in ("first", "last") else None
    ends = "low" in opened, "high" in opened
    return related(Fold(fn, FieldName(name), low, high, *ends, order_by=by))


@pytest.mark.parametrize(
    "condition, expected",
    [
        (function("sum", "amount", "gt", 100), folded("sum", "amount", "1E+2", None, "low")),
        (function("sum", "amount", "lte", "30.550"), folded("sum", "amount", None, "30.55")),
        (function("avg", "quantity", "is", 2.5), folded("avg", "quantity", "2.5", "2.5")),
        (function("median", "quantity", "is", "-0.0"), folded("median", "quantity", "0", "0")),
        (
            function("sum", "quantity", "lt", 10**400),
            folded("sum", "quantity", None, "1E+60", "high"),
        ),
        (
            function("avg", "quantity", "gt", "-1e-999999999"),
            folded("avg", "quantity", "-1E-60", None, "low"),
        ),
        (function("sum", "amount", "between", ["1.5", 3]), folded("sum", "amount", "1.5", "3")),
        (function("sum", "amount", "between", [3, "1.5"]), NOTHING),
        (
            function("sum", "amount", "is_not", 3),
            complement(folded("sum", "amount", "3", "3")),
        ),
        (
            function("avg", "amount", "is_not", 3),
            Minus(folded("avg", "amount"), folded("avg", "amount", "3", "3")),
        ),
        (
            function("sum", "score", "is_not", 3),
            Minus(folded("sum", "score"), folded("sum", "score", 3.0, 3.0)),
        ),
        (function("sum", "score", "gt", 0.1), folded("sum", "score", 0.1, None, "low")),
        (function("min", "amount", "gte", "30.555"), folded("min", "amount", 3056)),
        (function("max", "amount", "is", "30.555"), NOTHING),
        (function("max", "kind", "gt", "a"), folded("max", "kind", "a", None, "low")),
        (function("max", "kind", "gte", ""), folded("max", "kind")),
        (
            function("max", "at", "gte", "2025-06-01"),
            folded("max", "at", 1_748_728_800_000_000),
        ),
        (function("min", "day", "is", "1970-01-03"), folded("min", "day", 2, 2)),
        (function("max", "_key", "gt", 7), folded("max", "_key", 8)),
        (function("count_distinct", "kind", "gt", 2), folded("count_distinct", "kind", 3)),
        (function("count_distinct", "kind", "lt", 2), folded("count_distinct", "kind", None, 1)),
        (function("count_distinct", "kind", "gte", 0), EVERYTHING),
        (
            function("count_distinct", "kind", "is_not", 1),
            complement(folded("count_distinct", "kind", 1, 1)),
        ),
        (
            function("last", "paid", "is", True, order_by="at"),
            folded("last", "paid", 1, 1),
        ),
        (
            {**function("first", "remark", "is", "a"), "order_by": "at"},
            folded("first", "remark", "a", "a"),
        ),
        (
            function("last", "kind", "is_not", "a", order_by="at"),
            Minus(folded("last", "kind"), folded("last", "kind", "a", "a")),
        ),
    ],
)
def test_a_function_is_asked_for_between_bounds(condition: Json, expected: Plan) -> None:
    """Exact texts for sums of whole units, stored forms for what a field can hold."""
    assert expected == plan_of(condition)


def test_conditions_on_records_become_programs_over_their_dataset() -> None:
    """With its own fields, its own zone and the same now."""
    day = leaf("at", "gte", "2025-06-01")
    midnight_in_berlin = span("at", 1_748_728_800_000_000, None)

    assert related(Tally(1), midnight_in_berlin) == plan_of(purchases(where=day))
    assert related(Tally(1)) == plan_of(purchases())
    assert related(Tally(1)) == plan_of(purchases(where={**PAID, "muted": True}))


def test_a_link_is_followed_from_the_many_to_the_one() -> None:
    """To the record it leads to, and on from there."""
    gold = {"related": "accounts", "where": leaf("plan", "is", "gold")}
    to_account = Leaf(Linked(DatasetName("accounts"), "account_id", program(same("plan", "gold"))))
    to_customer = Leaf(Linked(DatasetName("customers"), "customer_id", program(to_account)))

    assert to_account == plan_of(gold)
    assert to_customer == plan_of({"related": "customers", "where": gold}, PURCHASES)


def test_a_link_to_the_own_dataset_is_followed_unless_records_are_counted() -> None:
    """The boss of each; with a count, those who have it as their boss."""
    boss = {"related": "customers", "via": "boss"}
    name = DatasetName("customers")

    assert Leaf(Linked(name, "boss", program())) == plan_of(boss)
    assert Leaf(Related(name, "boss", program(), Tally(1))) == plan_of(
        {"related": "customers", "count": {"op": "gte", "value": 1}}
    )


def test_a_sequence_is_a_step_each() -> None:
    """Windows elapse, or step by calendar in the zone of the related dataset."""
    steps = [
        {"where": PAID},
        {"within": WEEK},
        {"where": PAID, "within": {"amount": 1, "unit": "quarter"}, "absent": True},
    ]
    paid = program(same("paid", True))
    days = Within(micros=7 * 86_400_000_000)

    def followed(order_by: str, days: Within) -> Plan:
        months = Within(months=3, zone=BERLIN)
        chain = (SequenceStep(paid), SequenceStep(program(), days), SequenceStep(paid, months))
        name = DatasetName("purchases")
        return Leaf(Followed(name, "customer_id", FieldName(order_by), chain, absent=True))

    assert followed("at", days) == plan_of(purchases(sequence=steps, order_by="at"))
    by_day = Within(micros=days.micros, zone=BERLIN)
    assert followed("day", by_day) == plan_of(purchases(sequence=steps, order_by="day"))


def test_nodes_of_another_dataset_are_not_counted() -> None:
    """Neither they nor their windows are in the answer, which is about the base."""
    recent = leaf("at", "in_last", WEEK)

    answer = compiled({"all": [purchases(where=recent), leaf("state", "is", "CA")]})

    assert ["", "/all/0", "/all/1"] == sorted(answer.nodes)
    assert {} == answer.resolved


def test_a_dataset_without_links_has_none_related() -> None:
    """Nothing is guessed from names."""
    assert [("no_link", "")] == found(purchases(), ACCOUNTS)
