"""The shape of a condition: which keys go together, how deep, how many."""

from decimal import Decimal
from typing import Any

import pytest

from evaluator.condition.language import ConditionLimits
from tests.evaluator.condition.asking import compiled, found, leaf, messages

SMALL = ConditionLimits(depth_max=3, nodes_max=5, values_max=4, id_chars_max=6)
STATE = leaf("state", "is", "CA")
WINDOW = {"amount": 30, "unit": "day"}
AGO = {"from": 90, "to": 30, "unit": "day"}
SHARE = {"from": 0, "to": 10, "salt": ""}
SHAPE, TYPE, VALUE = "bad_shape", "wrong_type", "bad_value"


@pytest.mark.parametrize(
    "condition",
    [
        STATE,
        {"all": []},
        {"any": []},
        {"not": STATE},
        {"all": [{"any": [STATE, {"not": {"all": []}}]}, STATE]},
        {**STATE, "id": "n7", "note": "why", "muted": False},
        {"all": [], "id": "n7", "note": "why"},
        leaf("state", "is_not", "CA", nulls="exclude"),
        leaf("state", "in", ["CA"], case_sensitive=True),
        leaf("timestamp", "in_last", WINDOW, calendar=True, tz="Europe/Berlin"),
        leaf("timestamp", "in_last", WINDOW, calendar=False),
        leaf("date", "gt", "2025-05-31", tz="Europe/Berlin"),
        leaf("state", "is", "CA", case_sensitive=False),
        leaf("state", "is_not", value_field="text", case_sensitive=False, nulls="exclude"),
        leaf("state", "contains", "CA", case_sensitive=False),
        leaf("text", "not_ends_with", ["a", "b"], nulls="exclude"),
        leaf("text", "matches", "^a|b$", case_sensitive=False),
        leaf("decimal", "lte", value_field="float"),
        leaf("date", "gt", value_field="timestamp", tz="Europe/Berlin"),
        leaf("set", "size_gte", 2),
        leaf("set", "is_exactly", []),
        leaf("set", "is_not_empty"),
        leaf("date", "on", "2025-05-31", tz="Europe/Berlin"),
        leaf("timestamp", "not_on", "2025-05-31T12:00:00Z", nulls="exclude"),
        leaf("timestamp", "in_next", WINDOW, calendar=True),
        leaf("timestamp", "not_in_next", WINDOW, nulls="exclude"),
        leaf("date", "between_ago", AGO, calendar=True),
        leaf("date", "between_ago", {"from": 0, "to": 0, "unit": "minute"}),
        leaf("date", "in_period", {"period": "quarter", "offset": -1}),
        leaf("date", "not_in_period", {"period": "day", "to_date": True}, nulls="exclude"),
        leaf("date", "in_period", {"period": "year", "offset": -1, "to_date": False}),
        leaf("date", "anniversary", {"in_next": 0}),
        leaf("timestamp", "anniversary", {"month": Decimal("5.0")}, tz="Asia/Tokyo"),
        leaf("date", "weekday_in", []),
        leaf("timestamp", "hour_between", [24, 0], tz="Asia/Tokyo"),
        leaf("_key", "sample", SHARE),
        leaf("id", "sample", {"from": "0.5", "to": Decimal("99.9")}),
        leaf("_key", "contains", "a"),
    ],
)
def test_what_the_page_names_is_accepted(condition: Any) -> None:
    """Groups, leaves and the options where they make sense."""
    assert [] == found(condition)


@pytest.mark.parametrize(
    "condition, code",
    [
        (None, SHAPE),
        ([], SHAPE),
        ("all", SHAPE),
        (7, SHAPE),
        ({}, SHAPE),
        ({"id": "n1"}, SHAPE),
        ({"alll": []}, SHAPE),
        (dict[Any, Any]({1: 2} | STATE), SHAPE),
        ({"all": [], "any": []}, SHAPE),
        ({**STATE, "all": []}, SHAPE),
        ({"all": {}}, SHAPE),
        ({"any": None}, SHAPE),
        ({"all": [], "op": "is"}, SHAPE),
        ({"not": STATE, "of": 1}, SHAPE),
        ({"all": [], "id": 7}, TYPE),
        ({"all": [], "id": None}, TYPE),
        ({"all": [], "note": ["x"]}, TYPE),
        ({"all": [], "muted": "true"}, TYPE),
        ({"all": [], "muted": 1}, TYPE),
        ({"field": "state"}, SHAPE),
        ({"op": "is", "value": "CA"}, SHAPE),
        ({"field": ["state"], "op": "is", "value": "CA"}, SHAPE),
        ({"field": "state", "op": None, "value": "CA"}, SHAPE),
        ({"field": "state", "op": ["is"], "value": "CA"}, SHAPE),
        (leaf("state", "equals", "CA"), "unknown_operator"),
        (leaf("date", "on_the", "2025-05-31"), "unknown_operator"),
        (leaf("state", "is"), SHAPE),
        (leaf("state", "is_set", "CA"), SHAPE),
        (leaf("state", "is_set", None), SHAPE),
        (leaf("state", "is", "CA", values=[]), SHAPE),
        (leaf("state", "in", "CA"), TYPE),
        (leaf("state", "in", None), TYPE),
        (leaf("state", "in", {"0": "CA"}), TYPE),
        (leaf("int", "between", 5), TYPE),
        (leaf("int", "between", [5]), SHAPE),
        (leaf("int", "between", [5, 6, 7]), SHAPE),
        (leaf("date", "in_last", 30), TYPE),
        (leaf("date", "in_last", {}), SHAPE),
        (leaf("date", "in_last", {"amount": 30}), SHAPE),
        (leaf("date", "in_last", {**WINDOW, "zone": "UTC"}), SHAPE),
        (leaf("date", "in_last", {**WINDOW, "amount": 0}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": -1}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": 1.5}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": 100_001}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": 10**400}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": float("nan")}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "amount": True}), TYPE),
        (leaf("date", "in_last", {**WINDOW, "amount": "30"}), TYPE),
        (leaf("date", "in_last", {**WINDOW, "unit": "days"}), VALUE),
        (leaf("date", "in_last", {**WINDOW, "unit": None}), TYPE),
        (leaf("state", "is", "CA", nulls="exclude"), SHAPE),
        (leaf("state", "is_not_set", nulls="exclude"), SHAPE),
        (leaf("state", "is_not", "CA", nulls="include"), VALUE),
        (leaf("state", "is_not", "CA", nulls=True), TYPE),
        (leaf("date", "is", "2025-05-31", calendar=True), SHAPE),
        (leaf("date", "in_last", WINDOW, calendar="yes"), TYPE),
        (leaf("date", "in_last", WINDOW, tz=None), TYPE),
        (leaf("date", "in_last", WINDOW, tz=1), TYPE),
        (leaf("state", "is", "CA", case_sensitive=0), TYPE),
        (leaf("state", "gt", "CA", case_sensitive=True), SHAPE),
        (leaf("int", "is", 1, value_field="decimal"), SHAPE),
        (leaf("int", "is", value_field=7), SHAPE),
        (leaf("int", "in", value_field="decimal"), SHAPE),
        (leaf("int", "between", value_field="decimal"), SHAPE),
        (leaf("state", "is_set", value_field="keyword"), SHAPE),
        (leaf("state", "gt", value_field="keyword", case_sensitive=False), SHAPE),
        (leaf("int", "is", 1, case_sensitive=False), SHAPE),
        (leaf("date", "is", value_field="timestamp", case_sensitive=False), SHAPE),
        (leaf("int", "is", value_field="decimal", tz="UTC"), SHAPE),
        (leaf("set", "has_any", ["a"], case_sensitive=False), SHAPE),
        (leaf("state", "contains", {"a": 1}), TYPE),
        (leaf("state", "contains", None), TYPE),
        (leaf("state", "contains", ["a", 1]), TYPE),
        (leaf("state", "matches", ["a"]), TYPE),
        (leaf("date", "on", None), TYPE),
        (leaf("date", "on", ["2025-05-31"]), TYPE),
        (leaf("date", "on", "2025-02-30"), VALUE),
        (leaf("timestamp", "before", "2025-02-30T12:00"), VALUE),
        (leaf("timestamp", "before", "yesterday"), TYPE),
        (leaf("date", "on", "2025-05-31", calendar=True), SHAPE),
        (leaf("date", "between_ago", [90, 30]), TYPE),
        (leaf("date", "between_ago", {"from": 90, "unit": "day"}), SHAPE),
        (leaf("date", "between_ago", {**AGO, "amount": 1}), SHAPE),
        (leaf("date", "between_ago", {**AGO, "to": 91}), VALUE),
        (leaf("date", "between_ago", {**AGO, "to": -1}), VALUE),
        (leaf("date", "between_ago", {**AGO, "from": 100_001}), VALUE),
        (leaf("date", "between_ago", {**AGO, "to": "30"}), TYPE),
        (leaf("date", "between_ago", {**AGO, "from": None}), TYPE),
        (leaf("date", "between_ago", {**AGO, "unit": "days"}), VALUE),
        (leaf("date", "in_period", "month"), TYPE),
        (leaf("date", "in_period", {"offset": 0}), SHAPE),
        (leaf("date", "in_period", {"period": "month", "zone": "UTC"}), SHAPE),
        (leaf("date", "in_period", {"period": 1}), TYPE),
        (leaf("date", "in_period", {"period": "hour"}), VALUE),
        (leaf("date", "in_period", {"period": "month", "offset": "1"}), TYPE),
        (leaf("date", "in_period", {"period": "month", "offset": 0.5}), VALUE),
        (leaf("date", "in_period", {"period": "month", "offset": -100_001}), VALUE),
        (leaf("date", "in_period", {"period": "month", "to_date": 1}), TYPE),
        (leaf("date", "in_period", {"period": "month", "offset": -1, "to_date": True}), VALUE),
        (leaf("date", "in_period", {"period": "month"}, calendar=True), SHAPE),
        (leaf("date", "anniversary", 7), TYPE),
        (leaf("date", "anniversary", {}), SHAPE),
        (leaf("date", "anniversary", {"in_next": 7, "month": 5}), SHAPE),
        (leaf("date", "anniversary", {"in_next": -1}), VALUE),
        (leaf("date", "anniversary", {"in_next": 100_001}), VALUE),
        (leaf("date", "anniversary", {"month": 13}), VALUE),
        (leaf("date", "anniversary", {"month": "May"}), TYPE),
        (leaf("date", "weekday_in", 1), TYPE),
        (leaf("date", "weekday_in", ["1"]), TYPE),
        (leaf("date", "weekday_in", [1, None]), TYPE),
        (leaf("date", "weekday_in", [1, True]), TYPE),
        (leaf("date", "weekday_in", [0]), VALUE),
        (leaf("date", "weekday_in", [8]), VALUE),
        (leaf("date", "weekday_in", [1.5]), VALUE),
        (leaf("timestamp", "hour_between", {"from": 9, "to": 17}), TYPE),
        (leaf("timestamp", "hour_between", [9]), SHAPE),
        (leaf("timestamp", "hour_between", [9, 17, 18]), SHAPE),
        (leaf("timestamp", "hour_between", [9, 25]), VALUE),
        (leaf("timestamp", "hour_between", [-1, 9]), VALUE),
        (leaf("timestamp", "hour_between", ["9", 17]), TYPE),
        (leaf("timestamp", "hour_between", [9, 17], nulls="exclude"), SHAPE),
        (leaf("_key", "sample", 10), TYPE),
        (leaf("_key", "sample", [0, 10]), TYPE),
        (leaf("_key", "sample", {"from": 0}), SHAPE),
        (leaf("_key", "sample", {**SHARE, "seed": 1}), SHAPE),
        (leaf("_key", "sample", {**SHARE, "from": None}), TYPE),
        (leaf("_key", "sample", {**SHARE, "to": True}), TYPE),
        (leaf("_key", "sample", {**SHARE, "salt": 1}), TYPE),
        (leaf("_key", "sample", {**SHARE, "from": -1}), VALUE),
        (leaf("_key", "sample", {**SHARE, "to": Decimal("100.0000001")}), VALUE),
        (leaf("_key", "sample", {**SHARE, "to": 10**400}), VALUE),
        (leaf("_key", "sample", {**SHARE, "salt": "x" * 1_025}), VALUE),
        (leaf("_key", "sample", {**SHARE, "salt": "\ud800"}), VALUE),
        ({"segment": "sg_1"}, "unknown_segment"),
        ({"related": 7}, SHAPE),
    ],
)
def test_any_other_shape_is_one_problem_of_its_code(condition: Any, code: str) -> None:
    """Nothing is guessed, nothing unknown is passed over in silence."""
    assert [(code, "")] == found(condition)


def test_every_problem_is_found_outermost_first() -> None:
    """By depth, then in the order written, also the tenth after the second."""
    bad = leaf("stat", "is", "CA")
    children = [
        {"any": [{"all": 1}, leaf("int", "is", "x")]},
        STATE,
        leaf("nope", "was", 1),
        *[STATE] * 7,
        bad,
        {"not": 7},
    ]

    problems = found({"all": children, "id": 7, "op": "is"})

    assert [
        (TYPE, ""),
        (SHAPE, ""),
        ("unknown_operator", "/all/2"),
        ("unknown_field", "/all/2"),
        ("unknown_field", "/all/10"),
        (SHAPE, "/all/0/any/0"),
        (TYPE, "/all/0/any/1"),
        (SHAPE, "/all/11/not"),
    ] == problems


@pytest.mark.parametrize(
    "hidden",
    [
        {"muted": True},
        {"muted": True, "field": "nope", "op": 7, "x": []},
        {"muted": True, "all": [{"all": [{"all": [{"all": []}]}]}] * 20, "id": [], "note": 1},
        {"muted": True, "segment": "sg_1"},
    ],
)
def test_what_is_muted_is_not_checked(hidden: Any) -> None:
    """Half-built conditions may be kept until later, whatever they hold."""
    assert [] == found({"all": [hidden, STATE]}, limits=SMALL)


def test_depth_is_counted_from_the_root() -> None:
    """The root is 1 deep; a leaf counts as well as a group or a not."""
    deepest = {"all": [{"not": STATE}]}

    assert [] == found(deepest, limits=SMALL)
    assert [("too_deep", "/any/0/all/0/not")] == found({"any": [deepest]}, limits=SMALL)


def test_a_chain_of_500_groups_is_one_problem() -> None:
    """Nothing below the limit is looked at."""
    condition: Any = STATE
    for _ in range(500):
        condition = {"not": condition}

    assert [("too_deep", "/not" * 32)] == found(condition)


def test_nodes_are_counted_over_the_whole_tree() -> None:
    """Five are the root, a not, a group and its two leaves; with a sixth it is too many, once."""
    pair = {"not": {"any": [STATE, STATE]}}
    wide = [{"all": [STATE] * 9}, {"all": [STATE] * 9}]

    assert [] == found({"all": [pair]}, limits=ConditionLimits(nodes_max=5))
    assert [("too_many_nodes", "")] == found({"all": [pair, STATE]}, limits=SMALL)
    assert [("too_many_nodes", "")] == found({"any": wide}, limits=SMALL)


def test_two_thousand_nodes_fit_and_a_million_do_not() -> None:
    """The limit of the page, and a list far over it."""
    assert [] == found({"all": [STATE] * 1_999})
    assert [("too_many_nodes", "")] == found({"all": [STATE] * 2_000})
    assert [("too_many_nodes", "")] == found({"any": [1] * 1_000_000})


def test_a_list_has_a_bound() -> None:
    """Exactly as many as the limit are fine."""
    assert [] == found(leaf("int", "in", [1] * 4), limits=SMALL)
    assert [("too_many_values", "")] == found(leaf("int", "in", [1] * 5), limits=SMALL)


def test_an_id_comes_back_with_its_problem() -> None:
    """The builder marks the node; an id that is no id is not repeated."""
    assert [VALUE] == [code for code, _ in found({"all": [], "id": "1234567"}, limits=SMALL)]
    assert [] == found({"all": [], "id": "123456"}, limits=SMALL)


@pytest.mark.parametrize(
    "condition, part",
    [
        (leaf("state", "contans", "x"), "'contans' is not an operator"),
        (leaf("state", "betwen", [1, 2]), "did you mean 'between'?"),
        (leaf("date", "on_or_befor", "2025-05-31"), "did you mean 'on_or_before'?"),
        (leaf("state", "is", valu=1), "did you mean 'value'?"),
    ],
)
def test_a_message_says_what_to_write(condition: Any, part: str) -> None:
    """A near miss is named."""
    assert part in " ".join(messages(condition))


def test_nodes_keep_the_pointers_of_muted_siblings() -> None:
    """A muted child keeps its place in the list: pointers are into what was sent."""
    condition = {"all": [{"muted": True}, STATE, {"any": [{"muted": True}, STATE]}]}

    assert {"", "/all/1", "/all/2", "/all/2/any/1"} == set(compiled(condition).nodes)
