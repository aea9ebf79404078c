"""Whatever arrives is a condition or a list of problems, never an accident."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.condition.language import compile_condition, describe, read
from evaluator.condition.leaf import KEYS
from evaluator.condition.operators import OPERATORS
from evaluator.condition.windows import Unit
from indexer.model.errors import BadBody, BadCondition
from indexer.model.schema import FieldType
from tests.evaluator.condition.asking import LIMITS, NOW, decoded, leaf, schema

CODES = {
    "bad_shape", "too_deep", "too_many_nodes", "too_many_values", "unknown_field",
    "unknown_segment", "unknown_operator", "operator_not_for_type", "wrong_type", "bad_value",
    "bad_zone", "bad_pattern",
}  # fmt: skip

operators = st.sampled_from([*(each.key for each in OPERATORS), "equals"])
fields = st.sampled_from([*(kind.value for kind in FieldType), "state", "_key", "id", "nope", ""])
literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=6),
    st.dates().map(str),
    st.datetimes().map(lambda when: when.isoformat()),
    st.sampled_from(["1e999999999", "-1e-999999999", "2025-02-31", "0000-00-00"]),
    st.just(5_000).map(lambda digits: "9" * digits),
)
windows = st.fixed_dictionaries(
    {"amount": st.one_of(st.integers(-1, 100_001), literals)},
    optional={"unit": st.one_of(st.sampled_from([unit.value for unit in Unit]), literals)},
)
shares = st.fixed_dictionaries(
    {"from": st.one_of(st.integers(-1, 101), literals), "to": st.one_of(st.just(50), literals)},
    optional={"salt": st.one_of(st.text(max_size=3), literals)},
)
numbers = st.one_of(st.integers(-1, 25), st.just(100_001), literals)
timed = st.one_of(
    st.fixed_dictionaries(
        {"from": numbers, "to": numbers}, optional={"unit": st.one_of(st.just("day"), literals)}
    ),
    st.fixed_dictionaries(
        {"period": st.one_of(st.sampled_from(["day", "week", "hour"]), literals)},
        optional={"offset": numbers, "to_date": st.one_of(st.booleans(), literals)},
    ),
    st.fixed_dictionaries({}, optional={"in_next": numbers, "month": numbers}),
    st.lists(numbers, max_size=3),
)
patterns = st.text("a()[]{}*+?|\\\\^$.1,pLQE-:", max_size=12)
values = st.one_of(literals, st.lists(literals, max_size=3), windows, timed, shares, patterns)
leaves = st.fixed_dictionaries(
    {"field": fields, "op": operators},
    optional={
        "value": values,
        "nulls": st.one_of(st.just("exclude"), literals),
        "calendar": st.one_of(st.booleans(), literals),
        "tz": st.one_of(st.sampled_from(["Europe/Berlin", "Pacific/Apia"]), literals),
        "case_sensitive": literals,
        "value_field": st.one_of(fields, literals),
        "id": st.text(max_size=3),
        "muted": st.booleans(),
    },
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda children: {"all": children}),
        st.lists(inner, max_size=4).map(lambda children: {"any": children}),
        inner.map(lambda child: {"not": child}),
    ),
    max_leaves=8,
)
anything = st.recursive(
    literals,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(sorted(KEYS)), st.text(max_size=3)), inner),
    ),
    max_leaves=12,
)
key_types = st.sampled_from([FieldType.INT, FieldType.KEYWORD, None])


def answer(data: Any, key_type: FieldType | None = FieldType.INT) -> list[str]:
    """The codes of the problems; a condition without any is compiled and described, too."""
    over = schema(key_type=key_type, time_zone="America/New_York")
    try:
        checked = read(data, over, LIMITS)
    except BadCondition as bad:
        return [problem.code for problem in bad.problems] or ["no reason"]
    assert compile_condition(checked, over, NOW).plan is not None
    assert describe(checked.condition, over)
    return []


@settings(max_examples=500, deadline=None)
@given(data=conditions, key_type=key_types)
def test_a_tree_of_odd_leaves_is_answered(data: Any, key_type: FieldType | None) -> None:
    """With known codes only."""
    assert set(answer(data, key_type)) <= CODES


@settings(max_examples=300, deadline=None)
@given(data=anything)
def test_any_decoded_json_is_answered(data: Any) -> None:
    """With known codes only."""
    assert set(answer(data)) <= CODES


@settings(max_examples=300, deadline=None)
@given(data=st.data(), tree=conditions)
def test_mutated_text_is_answered(data: st.DataObject, tree: Any) -> None:
    """A byte is lost, repeated or changed on the way."""
    text = json.dumps(tree, default=str)
    place = data.draw(st.integers(0, len(text) - 1))
    middle = data.draw(st.sampled_from(["", "0", '"', "[", "}", "e9", "\\ud800", "\0", ",", "-"]))
    width = data.draw(st.integers(0, 3))

    try:
        arrived = decoded(text[:place] + middle + text[place + width :])
    except BadBody:
        return

    assert set(answer(arrived)) <= CODES


@pytest.mark.parametrize(
    "bomb, codes",
    [
        ("a million nodes", ["too_many_nodes"]),
        ("three million values", ["too_many_values"]),
        ("a million nulls", ["wrong_type"]),
        ("an int of 301 digits", []),
        ("an int of 65 bits", []),
        ("true for 1", ["wrong_type"]),
        ("the last billion days", ["bad_value"]),
        ("a text of ten million characters", []),
        ("a field of ten million characters", ["unknown_field"]),
        ("an operator of ten million characters", ["unknown_operator"]),
        ("a key of a million characters", ["bad_shape"]),
        ("a hundred thousand keys", ["bad_shape"]),
        ("a second of a million digits", []),
        ("a decimal of a million digits", []),
        ("a zone of two million characters", ["bad_zone"]),
        ("a pattern of ten million characters", ["bad_pattern"]),
        ("a pattern nested a thousand deep", []),
        ("a pattern that unfolds", ["bad_pattern"]),
        ("two thousand patterns", ["bad_pattern"] * 1_944),
        ("a million texts to find", []),
        ("a million dicts to find", ["wrong_type"]),
        ("a million decimals", []),
        ("a million strange decimals", []),
        ("a million instants", []),
        ("a million folded texts", []),
        ("a share of a million digits", []),
        ("a salt of ten million characters", ["bad_value"]),
        ("a size of a million digits", []),
    ],
)
def test_a_bomb_is_answered_in_few_words(bomb: str, codes: list[str]) -> None:
    """One problem, or a condition that means what it says."""
    assert codes == answer(BOMBS[bomb]())


BOMBS: dict[str, Callable[[], Any]] = {
    "a million nodes": lambda: {"all": [leaf("int", "is", 1)] * 1_000_000},
    "three million values": lambda: leaf("int", "in", [1] * 3_000_000),
    "a million nulls": lambda: leaf("int", "in", [None] * 1_000_000),
    "an int of 301 digits": lambda: leaf("int", "is", 10**300),
    "an int of 65 bits": lambda: leaf("int", "is", 2**64),
    "true for 1": lambda: leaf("int", "is", True),
    "the last billion days": lambda: leaf("date", "in_last", {"amount": 10**9, "unit": "day"}),
    "a text of ten million characters": lambda: leaf("keyword", "is", "x" * 10_000_000),
    "a field of ten million characters": lambda: leaf("x" * 10_000_000, "is", 1),
    "an operator of ten million characters": lambda: leaf("int", "x" * 10_000_000, 1),
    "a key of a million characters": lambda: {"x" * 1_000_000: 1},
    "a hundred thousand keys": lambda: leaf("int", "is", 1, **{str(n): n for n in range(100_000)}),
    "a second of a million digits": lambda: leaf("date", "is", f"2025-05-31T00:00:00.{MANY}"),
    "a decimal of a million digits": lambda: leaf("decimal", "is", f"0.{MANY}"),
    "a pattern of ten million characters": lambda: leaf("text", "matches", "a" * 10_000_000),
    "a pattern nested a thousand deep": lambda: leaf("text", "matches", "(" * 500 + ")" * 500),
    "a pattern that unfolds": lambda: leaf("text", "matches", r"(\pL|\pN|\pP){300}"),
    "two thousand patterns": lambda: {
        "any": [leaf("text", "matches", f"{place:04}[a-z]{{60}}") for place in range(1_999)]
    },
    "a million texts to find": lambda: leaf("text", "contains", list(map(str, range(1_000_000)))),
    "a million dicts to find": lambda: leaf("text", "contains", [{}] * 1_000_000),
    "a million decimals": lambda: leaf("decimal", "in", [f"{n}.25" for n in range(1_000_000)]),
    "a million strange decimals": lambda: leaf("decimal", "in", [f"{n}e9" for n in range(50_000)]),
    "a million instants": lambda: leaf(
        "timestamp", "in", [f"2025-05-31T14:30:00.{n:06}" for n in range(1_000_000)]
    ),
    "a million folded texts": lambda: leaf(
        "text", "in", [f"\u00c5{n}" for n in range(1_000_000)], case_sensitive=False
    ),
    "a share of a million digits": lambda: leaf(
        "_key", "sample", {"from": f"0.{MANY}", "to": Decimal(f"1.{MANY}")}
    ),
    "a salt of ten million characters": lambda: leaf(
        "_key", "sample", {"from": 0, "to": 1, "salt": "x" * 10_000_000}
    ),
    "a size of a million digits": lambda: leaf("set", "size_lt", f"0.{MANY}"),
    "a zone of two million characters": lambda: leaf("date", "is", "2025-05-31", tz="A/" + MANY),
}
MANY = "9" * 1_000_000
