"""Groups, negation, null, sets, keys and muted nodes as plans."""

import re
from pathlib import Path
from typing import Any

import pytest

from evaluator.condition.compile import compile_condition
from evaluator.condition.tree import Unread
from indexer.model.schema import FieldType
from indexer.plan.nodes import EVERYTHING, NOTHING, And, Minus, Or, Plan, complement
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
    ],
)
def test_a_negative_operator_includes_null_unless_told_otherwise(
    positive: str, negative: str, value: Any
) -> None:
    """It is the exact complement of its twin; without nulls, within the records with a value."""
    field = {"has_any": "set", "in_last": "timestamp"}.get(positive, "keyword")
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


def test_windows_are_resolved_by_path() -> None:
    """Only leaves with a window have an interval, and a muted one has none."""
    recent = leaf("timestamp", "in_last", WINDOW)
    older = leaf("date", "not_in_last", WINDOW)

    resolved = compiled({"all": [recent, A, {"not": older}, {**recent, "muted": True}]}).resolved

    interval = "2025-05-16T12:00:00Z/2025-06-15T12:00:00Z"
    assert {"/all/0": interval, "/all/2/not": interval} == resolved


def test_only_a_checked_condition_compiles() -> None:
    """An unread node here is our mistake, not the caller's."""
    with pytest.raises(AssertionError):
        compile_condition(Unread("", None, None, None), schema(), NOW)


def test_the_package_is_pure() -> None:
    """It reads no clock and draws no chance: those are arguments."""
    package = Path(__file__).parents[3] / "evaluator" / "condition"
    impure = re.compile(r"datetime\.now|time\.time|import random|import os|open\(")

    assert [] == [path.name for path in package.glob("*.py") if impure.search(path.read_text())]
