"""Conditions compared and explained, over HTTP."""

from typing import Any

import pytest

from gateway.access import Role
from tests.gateway.front import CALIFORNIA, Front, code_of, paths_of

ALL: dict[str, Any] = {"all": []}
NONE: dict[str, Any] = {"any": []}
SEEN = {"field": "seen", "op": "is_set"}
RICH = {"field": "spent", "op": "gt", "value": 10}
FIGURES = {"path", "text", "method", "estimate", "actual", "ms", "cached", "children"}


async def test_conditions_are_compared_each_with_each(people: Front) -> None:
    """Sizes, records in both, their share; and who is in exactly which of them."""
    overlap = await _overlap(people, [CALIFORNIA, SEEN, RICH])

    assert [2, 2, 1] == overlap["sizes"]
    assert [[2, 1, 1], [1, 2, 0], [1, 0, 1]] == overlap["intersections"]
    assert [[1, 1 / 3, 0.5], [1 / 3, 1, 0], [0.5, 0, 1]] == overlap["jaccard"]
    assert {"001": 0, "010": 1, "011": 0, "100": 0, "101": 1, "110": 1, "111": 0} == (
        overlap["regions"]
    )
    assert isinstance(overlap["as_of"], int)


async def test_conditions_without_records_have_nothing_in_common(people: Front) -> None:
    """Not even with themselves."""
    overlap = await _overlap(people, [NONE, ALL])

    assert [[0, 0], [0, 3]] == overlap["intersections"]
    assert [[0, 0], [0, 1]] == overlap["jaccard"]
    assert {"01": 3, "10": 0, "11": 0} == overlap["regions"]


async def test_many_conditions_have_a_matrix_and_no_regions(people: Front) -> None:
    """Up to a hundred."""
    five = await _overlap(people, [CALIFORNIA, SEEN, RICH, ALL, NONE])
    hundred = await _overlap(people, [CALIFORNIA, SEEN] * 50)

    assert {"sizes", "intersections", "jaccard", "as_of"} == set(five)
    assert [2, 2, 1, 3, 0] == five["sizes"]
    assert [2, 1] * 50 == hundred["intersections"][0]


@pytest.mark.parametrize(
    ("conditions", "problems"),
    [
        ([], [("bad_shape", "/conditions")]),
        ([ALL] * 101, [("bad_shape", "/conditions")]),
        (ALL, [("bad_shape", "/conditions")]),
        (
            [ALL, {"all": [{"field": "nope", "op": "is", "value": 1}]}, 7],
            [("unknown_field", "/conditions/1/all/0"), ("bad_shape", "/conditions/2")],
        ),
        (
            [{"all": [CALIFORNIA] * 1_900}] * 6,
            [("too_many_nodes", "/conditions")],
        ),
    ],
    ids=["none", "too many", "no list", "wrong ones", "too large ones"],
)
async def test_an_overlap_of_the_wrong_shape_is_refused(
    people: Front, conditions: object, problems: list[tuple[str, str]]
) -> None:
    """Every fault has its place in the body."""
    answer = await people.post("/datasets/people/overlap", {"conditions": conditions})

    assert [422, problems] == [answer.status_code, paths_of(answer)]


async def test_an_overlap_is_of_one_moment(people: Front) -> None:
    """For all conditions, and with any hints."""
    window = {"field": "seen", "op": "in_last", "value": {"amount": 1, "unit": "day"}}
    body = {
        "conditions": [window, CALIFORNIA],
        "now": "2025-01-01T12:00:00Z",
        "hints": {"cache": False, "method": "scan"},
    }

    answer = (await people.post("/datasets/people/overlap", body)).json()

    assert [[1, 1], [1, 2]] == answer["intersections"]


async def test_a_count_is_explained_node_by_node(people: Front) -> None:
    """In English, expected and counted; what is muted is left out."""
    condition = {"any": [{"not": CALIFORNIA}, RICH, {**SEEN, "muted": True}]}

    root = await _explain(people, condition=condition)

    assert FIGURES | {"as_of"} == set(root)
    assert ["", "/any/0", "/any/1"] == [root["path"], *(one["path"] for one in root["children"])]
    assert ["not (State is CA) or spent is greater than 10", 2] == [root["text"], root["actual"]]
    no, rich = root["children"]
    assert [("not (State is CA)", 1), ("spent is greater than 10", 1)] == [
        (one["text"], one["actual"]) for one in (no, rich)
    ]
    (california,) = no["children"]
    assert FIGURES == set(california)
    assert [2, 2, False, []] == [
        california[name] for name in ("estimate", "actual", "cached", "children")
    ]


async def test_a_record_is_explained(people: Front) -> None:
    """Why it is out, and what it has; sets are lists, nothing is null."""
    tagged = {"field": "tags", "op": "has_any", "value": ["a"]}
    key = {"field": "id", "op": "is", "value": 1}
    condition = {"all": [{"not": SEEN}, tagged, RICH, key]}

    root = await _explain(people, condition=condition, key=1)
    as_text = await _explain(people, condition=condition, key="1")
    other = await _explain(people, condition=condition, key=2)

    assert [True, False] == [root["holds"], "value" in root]
    assert [None, ["a", "b"], "12.50", 1] == [_leaf(one)["value"] for one in root["children"]]
    assert [True] * 4 == [one["holds"] for one in root["children"]]
    assert [False, True] == [as_text["children"][0]["children"][0]["holds"], as_text["holds"]]
    assert ["2025-05-30T08:00:00Z", None, "3.10", 2] == [
        _leaf(one)["value"] for one in other["children"]
    ]
    assert [False] * 4 == [one["holds"] for one in other["children"]]


async def test_a_condition_that_is_muted_explains_everybody(people: Front) -> None:
    """With nothing below."""
    root = await _explain(people, condition={**CALIFORNIA, "muted": True}, key=3)

    assert ["every record", 3, True, []] == [
        root[name] for name in ("text", "actual", "holds", "children")
    ]


@pytest.mark.parametrize("key", [99, "98", "nobody", 2**70])
async def test_a_record_that_is_not_there_is_not_explained(people: Front, key: object) -> None:
    """Whatever its key looks like."""
    answer = await people.post("/datasets/people/explain", {"condition": ALL, "key": key})

    assert [404, "unknown_record"] == [answer.status_code, code_of(answer)]


async def test_what_cannot_be_explained_says_why(people: Front) -> None:
    """Like every other question."""
    wrong = {"all": [{"field": "nope", "op": "is", "value": 1}]}

    nowhere = await people.post("/datasets/nowhere/explain", {"condition": ALL})
    invalid = await people.post("/datasets/people/explain", {"condition": wrong})
    shapeless = await people.post("/datasets/people/explain", {"condition": ALL, "key": 1.5})

    assert [404, "unknown_dataset"] == [nowhere.status_code, code_of(nowhere)]
    assert [422, [("unknown_field", "/all/0")]] == [invalid.status_code, paths_of(invalid)]
    assert [422, [("bad_shape", "/key")]] == [shapeless.status_code, paths_of(shapeless)]


async def test_only_who_may_see_records_may_ask_about_one(guarded: Front) -> None:
    """A viewer sees how a count comes about, and no value of a record."""
    viewer, analyst = guarded.token(Role.VIEWER), guarded.token(Role.ANALYST)
    path, body = "/datasets/people/explain", {"condition": ALL}

    plain = await guarded.post(path, body, headers=viewer)
    refused = await guarded.post(path, {**body, "key": 1}, headers=viewer)
    allowed = await guarded.post(path, {**body, "key": 1}, headers=analyst)

    assert [404, 403, 404] == [one.status_code for one in (plain, refused, allowed)]
    assert "not_allowed" == code_of(refused)


def _leaf(node: dict[str, Any]) -> dict[str, Any]:
    """The first leaf below a node."""
    return _leaf(node["children"][0]) if node["children"] else node


async def _overlap(people: Front, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    answer = await people.post("/datasets/people/overlap", {"conditions": conditions})
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _explain(people: Front, **given: Any) -> dict[str, Any]:
    answer = await people.post("/datasets/people/explain", given)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found
