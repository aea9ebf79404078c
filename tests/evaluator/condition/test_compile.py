"""Groups, negation, null, sets, keys and muted nodes as plans."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evaluator.condition.checked import Checked
from evaluator.condition.compile import compile_condition
from evaluator.condition.tree import Unread
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType
from indexer.plan.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    CalendarPart,
    Compare,
    Exactly,
    Leaf,
    Lookup,
    Minus,
    Or,
    Pattern,
    Plan,
    Sampled,
    Size,
    TextMatch,
    complement,
)
from tests.evaluator.condition.asking import (
    NOW,
    compiled,
    holds,
    leaf,
    plan_of,
    same,
    schema,
    some,
    valued,
)

A, B = leaf("state", "is", "a"), leaf("state", "is", "b")
PLAN_A, PLAN_B = same("state", "a"), same("state", "b")
MUTED = {"muted": True, **A}
X, Y = same("set", "x"), same("set", "y")
DATE, FLOAT, INT, SET, TEXT, TIMESTAMP = map(
    FieldName, ("date", "float", "int", "set", "text", "timestamp")
)
WINDOW = {"amount": 30, "unit": "day"}


@pytest.mark.parametrize(
    "condition, plan",
    [
        ({"all": []}, EVERYTHING),
        ({"any": []}, NOTHING),
        ({"all": [A, B]}, And((PLAN_A, PLAN_B))),
        ({"any": [A, B]}, Or((PLAN_A, PLAN_B))),
        ({"not": A}, complement(PLAN_A)),
        ({"not": {"all": []}}, complement(EVERYTHING)),
        ({"all": [MUTED, B]}, And((PLAN_B,))),
        ({"any": [MUTED, B]}, Or((PLAN_B,))),
        ({"all": [MUTED]}, EVERYTHING),
        ({"any": [MUTED]}, NOTHING),
        ({"not": MUTED}, EVERYTHING),
        ({"any": [{"not": MUTED}]}, Or((EVERYTHING,))),
        (MUTED, EVERYTHING),
    ],
)
def test_groups_become_plans_of_their_children(condition: Any, plan: Plan) -> None:
    """The empty group is neutral; what is muted is not there."""
    assert plan == plan_of(condition)


@pytest.mark.parametrize(
    "condition, plan",
    [
        (leaf("set", "has_any", ["y", "x", "x"]), some("set", "x", "y")),
        (leaf("set", "has_any", ["x"]), X),
        (leaf("set", "has_any", []), NOTHING),
        (leaf("set", "has_all", ["y", "x", "x"]), And((X, Y))),
        (leaf("set", "has_all", []), valued("set")),
        (leaf("set", "has_none", ["x"]), complement(X)),
        (leaf("set", "has_none", []), complement(NOTHING)),
        (leaf("set", "has_none", ["x"], nulls="exclude"), Minus(valued("set"), X)),
        (leaf("set", "has_any", ["A\u030a"]), same("set", "\u00c5")),
        (leaf("state", "is_set"), valued("state")),
        (leaf("state", "is_not_set"), complement(valued("state"))),
        (leaf("state", "is_not", "a", nulls="exclude"), Minus(valued("state"), PLAN_A)),
        (leaf("state", "not_in", [], nulls="exclude"), Minus(valued("state"), NOTHING)),
    ],
)
def test_leaves_become_lookups(condition: Any, plan: Plan) -> None:
    """Sets by member; null by its own lookup."""
    assert plan == plan_of(condition)


@pytest.mark.parametrize("name", ["_key", "id"])
def test_both_names_of_the_key_mean_the_key(name: str) -> None:
    """It is never null, so nothing needs to be looked up to know it is set."""
    over = schema(key_type=FieldType.INT)

    assert same("_key", 7) == plan_of(leaf(name, "is", 7), over)
    assert EVERYTHING == plan_of(leaf(name, "is_set"), over)
    assert complement(EVERYTHING) == plan_of(leaf(name, "is_not_set"), over)
    assert EVERYTHING == plan_of(leaf(name, "gt", -(2**70)), over)


@pytest.mark.parametrize(
    "positive, negative, value",
    [
        ("is", "is_not", "a"),
        ("in", "not_in", ["a", "b"]),
        ("between", "not_between", ["a", "b"]),
        ("has_any", "has_none", ["a"]),
        ("in_last", "not_in_last", WINDOW),
        ("in_next", "not_in_next", WINDOW),
        ("on", "not_on", "2025-06-14"),
        ("in_period", "not_in_period", {"period": "year", "offset": 0}),
    ],
)
def test_a_negative_operator_includes_null_unless_told_otherwise(
    positive: str, negative: str, value: Any
) -> None:
    """It is the exact complement of its twin; without nulls, within the records with a value."""
    timed = dict.fromkeys(("in_last", "in_next", "on", "in_period"), "timestamp")
    field = {"has_any": "set", **timed}.get(positive, "keyword")
    values: dict[str, list[Any]] = {
        "set": [("a",), ("c",), ()],
        "timestamp": [0, 1_749_900_000_000_000],
    }
    null = {"other": 1}

    assert not holds(plan_of(leaf(field, positive, value)), null)
    assert holds(plan_of(leaf(field, negative, value)), null)
    assert not holds(plan_of(leaf(field, negative, value, nulls="exclude")), null)
    for each in values.get(field, ["a", "c"]):
        record = {field: each}
        held = holds(plan_of(leaf(field, positive, value)), record)
        assert held != holds(plan_of(leaf(field, negative, value)), record)
        assert held != holds(plan_of(leaf(field, negative, value, nulls="exclude")), record)


@pytest.mark.parametrize(
    "condition, lookup",
    [
        (leaf("text", "contains", ["b", "A\u030a", "b"]),
         TextMatch(TEXT, "contains", ("b", "\u00c5"))),
        (leaf("text", "is", "Stra\u00dfe", case_sensitive=False),
         TextMatch(TEXT, "equals", ("strasse",), fold=True)),
        (leaf("text", "in", ["B", "b"], case_sensitive=False),
         TextMatch(TEXT, "equals", ("b",), fold=True)),
        (leaf("text", "matches", "A\u030a"), Pattern(TEXT, "\u00c5")),
        (leaf("text", "matches", r"\S", case_sensitive=False), Pattern(TEXT, r"\S", fold=True)),
        (leaf("set", "size_lt", "2.5"), Size(SET, 0, 2)),
        (leaf("set", "size_gt", 2), Size(SET, 3, None)),
        (leaf("set", "is_empty"), Size(SET, 0, 0)),
        (leaf("set", "is_exactly", ["b", "a"]), Exactly(SET, ("a", "b"))),
        (leaf("int", "gt", value_field="float"), Compare(FLOAT, "<", INT)),
        (leaf("float", "lt", value_field="int"), Compare(FLOAT, "<", INT)),
        (leaf("int", "is", value_field="float"), Compare(FLOAT, "=", INT)),
        (leaf("timestamp", "gte", value_field="date", tz="Europe/Berlin"),
         Compare(DATE, "<=", TIMESTAMP, zone="Europe/Berlin")),
        (leaf("date", "lt", value_field="date", tz="Europe/Berlin"), Compare(DATE, "<", DATE)),
        (leaf("_key", "sample", {"from": 0, "to": 50}), Sampled(0, 2**63 - 1, "")),
        (leaf("_key", "sample", {"from": "1e-999999", "to": Decimal("99.9"), "salt": "a"}),
         Sampled(1, 2**64 * 999 // 1000, "a")),
    ],
)  # fmt: skip
def test_questions_about_insides_have_one_form(condition: Any, lookup: Lookup) -> None:
    """Composed, folded, sorted, turned one way round."""
    assert Leaf(lookup) == plan_of(condition)


@pytest.mark.parametrize(
    "condition, plan",
    [
        (leaf("text", "contains", []), NOTHING),
        (leaf("text", "contains", ["a", ""]), valued("text")),
        (leaf("text", "matches", ""), valued("text")),
        (leaf("_key", "starts_with", ""), EVERYTHING),
        (leaf("set", "size_gte", -1), valued("set")),
        (leaf("set", "size_lt", 0), NOTHING),
        (leaf("set", "size_is", 10**30), NOTHING),
        (leaf("set", "size_is", "1.5"), NOTHING),
        (leaf("set", "size_lte", 10**30), valued("set")),
        (leaf("_key", "sample", {"from": 0, "to": 100}), EVERYTHING),
        (leaf("_key", "sample", {"from": 5, "to": 5}), NOTHING),
        (leaf("_key", "sample", {"from": 9, "to": 5}), NOTHING),
        (leaf("int", "is_not", value_field="float", nulls="exclude"),
         Minus(And((valued("int"), valued("float"))), Leaf(Compare(FLOAT, "=", INT)))),
    ],
)  # fmt: skip
def test_questions_with_an_obvious_answer_ask_nothing_else(condition: Any, plan: Plan) -> None:
    """Nothing, everything, or every value."""
    assert plan == plan_of(condition)


def test_every_node_that_counts_has_a_plan_of_its_own() -> None:
    """By JSON Pointer, the root's is empty; muted nodes and all below them are left out."""
    condition = {"all": [A, {"any": [B, {"not": A}, MUTED]}, {"not": MUTED}, {**MUTED, "all": [A]}]}

    nodes = compiled(condition).nodes

    paths = ["/all/0", "/all/1/any/0", "/all/1/any/1/not", "/all/1/any/1", "/all/1", "/all/2", ""]
    assert paths == list(nodes)
    assert nodes[""] == plan_of(condition)
    assert PLAN_A == nodes["/all/1/any/1/not"]
    assert complement(PLAN_A) == nodes["/all/1/any/1"]
    assert EVERYTHING == nodes["/all/2"]
    assert {} == compiled(MUTED).nodes


@pytest.mark.parametrize(
    "condition, plan",
    [
        (leaf("date", "weekday_in", [7, 1, 7]),
         Leaf(CalendarPart(DATE, "weekday", (1, 7), "Europe/Berlin"))),
        (leaf("timestamp", "weekday_in", [1], tz="Asia/Tokyo"),
         Leaf(CalendarPart(TIMESTAMP, "weekday", (1,), "Asia/Tokyo"))),
        (leaf("date", "weekday_in", []), NOTHING),
        (leaf("date", "weekday_in", [*range(1, 8)]), valued("date")),
        (leaf("timestamp", "hour_between", [9, 11]),
         Leaf(CalendarPart(TIMESTAMP, "hour", (9, 10), "Europe/Berlin"))),
        (leaf("timestamp", "hour_between", [23, 1]),
         Leaf(CalendarPart(TIMESTAMP, "hour", (0, 23), "Europe/Berlin"))),
        (leaf("timestamp", "hour_between", [24, 1]),
         Leaf(CalendarPart(TIMESTAMP, "hour", (0,), "Europe/Berlin"))),
        (leaf("timestamp", "hour_between", [24, 0]), NOTHING),
        (leaf("timestamp", "hour_between", [7, 7]), NOTHING),
        (leaf("timestamp", "hour_between", [0, 24]), valued("timestamp")),
        (leaf("date", "anniversary", {"month": 5}),
         Leaf(CalendarPart(DATE, "month", (5,), "Europe/Berlin"))),
        (leaf("date", "anniversary", {"in_next": 1}),
         Leaf(CalendarPart(DATE, "day_of_year", (615, 616), "Europe/Berlin"))),
        (leaf("date", "anniversary", {"in_next": 0}, tz="Pacific/Kiritimati"),
         Leaf(CalendarPart(DATE, "day_of_year", (616,), "Pacific/Kiritimati"))),
        (leaf("date", "anniversary", {"in_next": 365}), valued("date")),
        (leaf("date", "anniversary", {"in_next": 100_000}), valued("date")),
    ],
)  # fmt: skip
def test_what_a_clock_shows_is_asked_with_its_zone(condition: Any, plan: Plan) -> None:
    """Sorted; nothing and everything are not asked for."""
    assert plan == plan_of(condition, schema(time_zone="Europe/Berlin"))


@pytest.mark.parametrize(
    "now, days",
    [
        ("2025-02-27", (227, 228, 229)),
        ("2025-02-28", (228, 229, 301)),
        ("2024-02-27", (227, 228)),
        ("2024-02-28", (228, 229)),
        ("2024-02-29", (229, 301)),
        ("2025-12-31", (101, 1231)),
    ],
)
def test_an_anniversary_on_a_leap_day_falls_a_day_earlier_in_other_years(
    now: str, days: tuple[int, ...]
) -> None:
    """On 28 February; the window goes on over the end of the year."""
    plan = plan_of(
        leaf("date", "anniversary", {"in_next": 1}),
        now=datetime.fromisoformat(now).replace(tzinfo=UTC),
    )

    assert Leaf(CalendarPart(DATE, "day_of_year", days, "UTC")) == plan


def test_windows_are_resolved_by_path() -> None:
    """Only leaves that mean an interval have one, and a muted one has none."""
    recent = leaf("timestamp", "in_last", WINDOW)
    older = leaf("date", "not_in_last", WINDOW)

    resolved = compiled({"all": [recent, A, {"not": older}, {**recent, "muted": True}]}).resolved

    interval = "2025-05-16T12:00:00Z/2025-06-15T12:00:00Z"
    assert {"/all/0": interval, "/all/2/not": interval} == resolved


@pytest.mark.parametrize(
    "op, value, options, interval",
    [
        ("on", "2025-05-31", {}, "2025-05-30T22:00:00Z/2025-05-31T22:00:00Z"),
        ("not_on", "2025-05-31T12:00:00Z", {}, "2025-05-31T12:00:00Z/2025-05-31T12:00:00Z"),
        ("before", "2025-05-31", {}, "../2025-05-30T22:00:00Z"),
        ("on_or_before", "2025-05-31", {}, "../2025-05-31T22:00:00Z"),
        ("after", "2025-05-31", {}, "2025-05-31T22:00:00Z/.."),
        ("on_or_after", "2025-05-31", {"tz": "UTC"}, "2025-05-31T00:00:00Z/.."),
        ("in_next", WINDOW, {}, "2025-06-15T12:00:00Z/2025-07-15T12:00:00Z"),
        ("in_next", WINDOW, {"calendar": True}, "2025-06-15T12:00:00Z/2025-07-14T22:00:00Z"),
        ("more_than_ago", WINDOW, {}, "../2025-05-16T12:00:00Z"),
        ("more_than_ahead", WINDOW, {"calendar": True}, "2025-07-14T22:00:00Z/.."),
        ("between_ago", {"from": 2, "to": 1, "unit": "month"}, {"calendar": True},
         "2025-03-31T22:00:00Z/2025-05-31T22:00:00Z"),
        ("in_period", {"period": "quarter", "offset": -1}, {},
         "2024-12-31T23:00:00Z/2025-03-31T22:00:00Z"),
        ("in_period", {"period": "year", "to_date": True}, {},
         "2024-12-31T23:00:00Z/2025-06-15T12:00:00Z"),
        ("anniversary", {"in_next": 7}, {}, "2025-06-14T22:00:00Z/2025-06-22T22:00:00Z"),
        ("anniversary", {"month": 7}, {}, None),
        ("weekday_in", [1], {}, None),
        ("hour_between", [1, 2], {}, None),
        ("is", "2025-05-31", {}, None),
    ],
)  # fmt: skip
def test_every_leaf_that_means_one_interval_resolves_to_it(
    op: str, value: Any, options: Any, interval: str | None
) -> None:
    """In UTC; an end that is not there is two dots."""
    condition = leaf("timestamp", op, value, **options)

    resolved = compiled(condition, schema(time_zone="Europe/Berlin")).resolved

    assert interval == resolved.get("")


def test_only_a_checked_condition_compiles() -> None:
    """An unread node here is our mistake, not the caller's."""
    with pytest.raises(AssertionError):
        compile_condition(Checked(Unread("", None, None, None), (), {}), schema(), NOW)


def test_the_package_is_pure() -> None:
    """It reads no clock and draws no chance: those are arguments."""
    package = Path(__file__).parents[3] / "evaluator" / "condition"
    impure = re.compile(r"datetime\.now|time\.time|import random|import os|open\(")

    assert [] == [path.name for path in package.glob("*.py") if impure.search(path.read_text())]
