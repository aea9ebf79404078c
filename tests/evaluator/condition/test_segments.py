"""Conditions on segments: by reference, with every way it can go wrong."""

from dataclasses import replace
from typing import Any

import pytest

from evaluator.condition.compile import compile_condition
from evaluator.condition.describe import describe
from evaluator.condition.language import read
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.surroundings import Proposed, Surroundings
from indexer.model.errors import BadCondition, Problem
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import FieldType, Link
from indexer.plan.nodes import EVERYTHING, NOTHING, Plan
from tests.evaluator.condition.asking import LIMITS, NOW, leaf, plan_of, same, schema, some
from tests.support.definitions import Written, around, listed, refer, rule

Json = Any

CA = leaf("state", "is", "CA")
RECENT = leaf("timestamp", "in_last", {"amount": 7, "unit": "day"})
BOTH = {"all": [CA, {"not": RECENT}]}


@pytest.mark.parametrize(
    "condition",
    [CA, RECENT, BOTH, {"all": []}, {"not": {"muted": True}}],
)
def test_a_reference_means_what_its_definition_does(condition: Json) -> None:
    """At the same moment, alone and inside of others."""
    known = around(rule("a", condition))
    for wrapped in (lambda one: one, lambda one: {"not": {"any": [one, CA]}}):
        expected = plan_of(wrapped(condition))

        assert expected == plan_with(known, wrapped(refer("a")))


def test_segments_of_segments_are_followed() -> None:
    """However often one is used."""
    known = around(rule("a", CA), rule("b", {"all": [refer("a"), {"not": refer("a")}]}))

    assert plan_of({"all": [CA, {"not": CA}]}) == plan_with(known, refer("b"))


def test_a_pinned_version_stays_what_it_was() -> None:
    """Without a version the last one counts."""
    known = around(rule("a", CA), rule("a", RECENT, version=2))

    assert plan_of(CA) == plan_with(known, refer("a", version=1))
    assert plan_of(RECENT) == plan_with(known, refer("a"))


@pytest.mark.parametrize(
    ("key_type", "keys", "plan"),
    [
        (FieldType.KEYWORD, ("1", "2"), some("_key", "1", "2")),
        (FieldType.KEYWORD, (3, "1"), same("_key", "1")),
        (FieldType.INT, (3, "1"), same("_key", 3)),
        (FieldType.INT, (), NOTHING),
        (None, (3, "1"), NOTHING),
    ],
)
def test_a_list_is_the_records_of_its_keys(
    key_type: FieldType | None, keys: tuple[int | str, ...], plan: Plan
) -> None:
    """Keys that no record can have find nothing."""
    over = schema(key_type=key_type)
    checked = read(refer("a"), over, LIMITS, around(listed("a", *keys)))

    assert plan == compile_condition(checked, over, NOW).plan


def test_nodes_inside_of_a_segment_have_no_path() -> None:
    """Only the reference is counted; its windows are its own."""
    known = around(rule("a", BOTH))
    checked = read({"all": [CA, refer("a")]}, schema(), LIMITS, known)

    compiled = compile_condition(checked, schema(), NOW)

    assert {"", "/all/0", "/all/1"} == set(compiled.nodes)
    assert {} == compiled.resolved


def test_a_reference_is_said_with_the_segments_name() -> None:
    """And with its version where one is pinned."""
    known = around(rule("a", CA, name="VIPs"))
    condition = {"any": [refer("a"), {"not": refer("a", version=1)}]}

    said = describe(read(condition, schema(), LIMITS, known).condition, schema(), known)

    assert "is in segment 'VIPs' or not (is in version 1 of segment 'VIPs')" == said


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (refer("zz"), "unknown_segment"),
        (refer("a", version=9), "unknown_segment"),
        (refer("a", version=0), "unknown_segment"),
        (refer("a", version=10**30), "unknown_segment"),
        (refer("other"), "wrong_dataset"),
        (refer("a", version=True), "wrong_type"),
        (refer("a", version=None), "wrong_type"),
        ({"segment": 7}, "wrong_type"),
        ({"segment": None}, "wrong_type"),
        (refer("a", value=1), "bad_shape"),
        ({"segment": "a", "all": []}, "bad_shape"),
        (refer("broken"), "unknown_field"),
        (refer("shapeless"), "bad_shape"),
        (refer("uses"), "unknown_segment"),
    ],
)
def test_a_wrong_reference_is_told_at_its_place(condition: Json, code: str) -> None:
    """With the code of what is the matter, also inside of the definition."""
    known = around(
        rule("a", CA), rule("other", {"all": []}, dataset="people"), rule("shapeless", {}),
        rule("broken", {"all": [leaf("gone", "is", 1)]}), rule("uses", refer("zz")),
    )  # fmt: skip
    named = {**condition, "id": "n7"}

    assert [(code, "/all/1", "n7")] == [
        (each.code, each.path, each.id) for each in problems({"all": [CA, named]}, known)
    ]


def test_what_is_wrong_inside_is_told_with_the_name() -> None:
    """So that a person knows which segment to mend."""
    known = around(rule("broken", leaf("gone", "is", 1), name="Gold"), rule("b", refer("broken")))

    (found,) = problems(refer("b"), known)

    inner = "segment 'Gold' can't be evaluated: customers has no field 'gone'"
    assert f"segment 'B' can't be evaluated: {inner}" == found.message


def test_a_circle_names_its_path() -> None:
    """Wherever one comes into it, and once for each reference that leads there."""
    known = around(rule("a", {"not": refer("b")}), rule("b", {"all": [refer("a")]}))

    found = problems({"any": [refer("a"), CA, refer("b")]}, known)

    # What leads from b into the circle was found on the way from a.
    assert [("circular_segment", "A → B → A")] * 2 == [(one.code, one.message) for one in found]


def test_a_definition_that_is_proposed_closes_a_circle_too() -> None:
    """It is held against what is kept as if it were kept already."""
    kept = Written([rule("a", CA), rule("b", refer("a"))])
    proposed = rule("a", {"not": refer("b")}, version=2)
    meant = Surroundings(definitions=Proposed(kept, proposed), inside=(proposed,))

    found = problems(proposed.condition, meant)

    assert [("circular_segment", "/not", "A → B → A")] == [
        (one.code, one.path, one.message) for one in found
    ]


def test_a_former_version_of_itself_is_no_circle() -> None:
    """It does not change any more."""
    proposed = rule("a", {"not": refer("a", version=1)}, version=2)
    kept = Written([rule("a", CA)])
    meant = Surroundings(definitions=Proposed(kept, proposed), inside=(proposed,))

    assert [] == problems(proposed.condition, meant)


def test_what_a_muted_reference_names_does_not_matter() -> None:
    """It isn't looked at."""
    assert EVERYTHING == plan_with(around(), {"not": {"segment": "gone", "muted": True}})


def test_a_segment_that_is_used_in_each_level_is_read_once() -> None:
    """Sixteen doublings are too many nodes and not too much work."""
    twice = (rule(f"s{n}", {"any": [refer(f"s{n - 1}")] * 2}) for n in range(1, 16))
    doubled = [rule("s0", CA), *twice]

    (found,) = problems(refer("s15"), around(*doubled))

    assert "too_many_nodes" == found.code


@pytest.mark.parametrize(("links", "codes"), [(16, []), (17, ["too_deep"])])
def test_a_chain_of_segments_has_a_bound(links: int, codes: list[str]) -> None:
    """One that is named."""
    chain = [rule("s0", CA), *(rule(f"s{n}", refer(f"s{n - 1}")) for n in range(1, links))]

    found = problems(refer(f"s{links - 1}"), around(*chain))

    assert codes == [each.code for each in found]


@pytest.mark.parametrize(("depth", "codes"), [(6, []), (5, ["too_deep"])])
def test_nesting_counts_through_segments(depth: int, codes: list[str]) -> None:
    """Two nodes above a reference, and a definition that is three deep, are six."""
    known = around(rule("a", {"not": {"not": CA}}))
    limits = ConditionLimits(expanded_depth_max=depth)

    found = problems({"not": {"all": [refer("a")]}}, known, limits)

    assert codes == [each.code for each in found]


@pytest.mark.parametrize(("nodes", "codes"), [(6, []), (5, ["too_many_nodes"])])
def test_nodes_count_through_segments(nodes: int, codes: list[str]) -> None:
    """Each time a definition is referred to."""
    known = around(rule("a", BOTH), rule("b", {"any": [refer("a")]}))
    limits = ConditionLimits(expanded_nodes_max=nodes)

    assert codes == [each.code for each in problems(refer("b"), known, limits)]


def plan_with(known: Surroundings, condition: Json) -> Plan:
    """The plan of a valid condition among these segments."""
    return compile_condition(read(condition, schema(), LIMITS, known), schema(), NOW, known).plan


def problems(
    condition: Json, known: Surroundings, limits: ConditionLimits = LIMITS
) -> list[Problem]:
    """What is wrong with a condition."""
    try:
        read(condition, schema(), limits, known)
    except BadCondition as bad:
        return list(bad.problems)
    return []


@pytest.mark.parametrize(("hops", "codes"), [(1, ["too_deep"]), (2, [])])
def test_hops_count_through_segments(hops: int, codes: list[str]) -> None:
    """One around the reference, and one in its definition."""
    other = DatasetName("orders")
    buyers = Link("buyer", FieldName("keyword"), DatasetName("customers"), None)
    known = replace(
        around(rule("a", {"related": "customers"}, dataset="orders")),
        schemas={
            DatasetName("customers"): schema(),
            other: replace(schema(), name=other, links=(buyers,)),
        },
    )
    limits = ConditionLimits(hops_max=hops)

    found = problems({"related": "orders", "where": refer("a")}, known, limits)

    assert codes == [each.code for each in found]
