"""Who satisfies a condition, over HTTP: ordered pages, samples, breakdowns."""

import base64
from typing import Any

import pytest

from tests.gateway.front import CALIFORNIA, Front, code_of, paths_of

ALL: dict[str, Any] = {"all": []}
LISTINGS: dict[str, dict[str, Any]] = {
    "members": {}, "sample": {"size": 5}, "breakdown": {"field": "id"},
}  # fmt: skip
"""What each takes beside a condition."""


async def test_members_come_in_the_order_asked_for(people: Front) -> None:
    """Whoever has no value comes last, both ways; the cursor goes on in the same order."""
    up = {"condition": ALL, "fields": ["spent"], "order_by": [{"field": "spent"}]}
    down = {**up, "order_by": [{"field": "spent", "desc": True}]}

    ascending = await _pages(people, {**up, "limit": 1})
    descending = await _pages(people, {**down, "limit": 2})

    assert [2, 1, 3] == ascending
    assert [1, 2, 3] == descending


async def test_ties_are_ordered_by_what_follows(people: Front) -> None:
    """By the second field, then by key; the key may be named too."""
    by_state = {"field": "state"}
    keys = {"field": "id", "desc": True}

    one = await _pages(people, {"condition": ALL, "limit": 1, "order_by": [by_state]})
    two = await _pages(people, {"condition": ALL, "limit": 1, "order_by": [by_state, keys]})

    assert [[1, 3, 2], [3, 1, 2]] == [one, two]


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ([{"field": "nope"}], ("unknown_field", "/order_by/0/field")),
        (
            [{"field": "state"}, {"field": "tags"}],
            ("operator_not_for_type", "/order_by/1/field"),
        ),
        ([{"field": "state", "desc": 1}], ("bad_shape", "/order_by/0/desc")),
        ([{"desc": True}], ("bad_shape", "/order_by/0/field")),
        ([{"field": "state"}] * 9, ("bad_shape", "/order_by")),
        ("state", ("bad_shape", "/order_by")),
    ],
    ids=["unknown", "a set", "a wrong flag", "no field", "too many", "no list"],
)
async def test_an_order_that_is_none_is_refused(
    people: Front, order: object, problem: tuple[str, str]
) -> None:
    """With the place of the fault."""
    body = {"condition": ALL, "order_by": order}

    answer = await people.post("/datasets/people/members", body)

    assert [422, [problem]] == [answer.status_code, paths_of(answer)]


async def test_a_cursor_of_another_order_is_refused(people: Front) -> None:
    """Whether it is by another field, the other way round or by key alone."""
    orders: list[list[dict[str, Any]]] = [
        [], [{"field": "spent"}], [{"field": "id"}], [{"field": "spent", "desc": True}],
    ]  # fmt: skip
    asked = [{"condition": ALL, "limit": 1, "order_by": order} for order in orders]

    first = [(await people.post("/datasets/people/members", body)).json() for body in asked]
    turned = [
        await people.post("/datasets/people/members", {**body, "cursor": page["next_cursor"]})
        for body, page in zip(asked, [*first[1:], first[0]], strict=True)
    ]

    assert [(422, [("bad_value", "/cursor")])] * 4 == [
        (answer.status_code, paths_of(answer)) for answer in turned
    ]


async def test_a_cursor_that_was_altered_is_refused(people: Front) -> None:
    """In any of its bytes, cut off, made longer, or made up."""
    body = {"condition": ALL, "limit": 1, "order_by": [{"field": "spent"}]}
    cursor = (await people.post("/datasets/people/members", body)).json()["next_cursor"]
    data = base64.urlsafe_b64decode(cursor)
    altered = [data[:place] + b"\x00" + data[place + 1 :] for place in range(len(data))]
    texts = [
        base64.urlsafe_b64encode(each).decode()
        for each in (*altered, data[:-1], data + b"\x00", b"", b"{}")
        if each != data
    ]

    answers = [
        await people.post("/datasets/people/members", {**body, "cursor": text})
        for text in (*texts, cursor[:-1], "?", "é")
    ]

    assert {(422, ("bad_value", "/cursor"))} == {
        (answer.status_code, *paths_of(answer)) for answer in answers
    }


async def test_a_page_goes_on_where_records_changed(people: Front) -> None:
    """The cursor is a place: who moved behind it is not shown again."""
    body = {"condition": ALL, "limit": 1, "order_by": [{"field": "spent"}]}
    first = (await people.post("/datasets/people/members", body)).json()
    gone = [{"op": "delete", "key": 2}]
    await people.post("/datasets/people/changes", {"changes": gone})

    second = await people.post("/datasets/people/members", {**body, "cursor": first["next_cursor"]})

    assert [2, 1] == [page["items"][0]["key"] for page in (first, second.json())]


async def test_a_sample_is_stable(people: Front) -> None:
    """For a seed of either kind; a smaller one is the beginning of a larger."""
    body = {"condition": ALL, "size": 3, "fields": ["spent"]}

    whole = (await people.post("/datasets/people/sample", body)).json()
    again = (await people.post("/datasets/people/sample", body)).json()
    seeded = [
        (await people.post("/datasets/people/sample", {**body, "seed": seed, "size": 2})).json()
        for seed in (7, "7", 8, "")
    ]

    assert {"items", "next_cursor", "as_of"} == set(whole)
    assert (whole, None) == (again, whole["next_cursor"])
    assert {1: "12.50", 2: "3.10", 3: None} == {
        one["key"]: one["values"]["spent"] for one in whole["items"]
    }
    assert seeded[0] == seeded[1]
    assert whole["items"][:2] == seeded[3]["items"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"size": 0}, ("bad_shape", "/size")),
        ({"size": -1}, ("bad_shape", "/size")),
        ({"size": 10_001}, ("bad_shape", "/size")),
        ({}, ("bad_shape", "/size")),
        ({"size": 1, "seed": 1.5}, ("bad_shape", "/seed")),
        ({"size": 1, "seed": True}, ("bad_shape", "/seed")),
        ({"size": 1, "seed": "x" * 1_001}, ("bad_shape", "/seed")),
        ({"size": 1, "limit": 1}, ("bad_shape", "/limit")),
    ],
)
async def test_a_sample_of_the_wrong_shape_is_refused(
    people: Front, given: dict[str, Any], problem: tuple[str, str]
) -> None:
    """Its bounds are said."""
    answer = await people.post("/datasets/people/sample", {"condition": ALL, **given})

    assert [422, [problem]] == [answer.status_code, paths_of(answer)]


async def test_a_breakdown_tells_every_value(people: Front) -> None:
    """Most frequent first, none apart, the rest together."""
    states = await _breakdown(people, field="state")
    fewer = await _breakdown(people, field="state", limit=1)
    californian = await _breakdown(people, condition=CALIFORNIA, field="spent")
    tags = await _breakdown(people, field="tags")
    keys = await _breakdown(people, field="id", limit=2)

    ca, ny = {"value": "CA", "count": 2}, {"value": "NY", "count": 1}
    assert {"items", "null", "other", "as_of", "exact"} == set(states)
    assert [[ca, ny], 0, 0, True] == [states[name] for name in ("items", "null", "other", "exact")]
    assert [[ca], 0, 1] == [fewer[name] for name in ("items", "null", "other")]
    assert [[{"value": "12.50", "count": 1}], 1] == [californian["items"], californian["null"]]
    assert [[{"value": tag, "count": 1} for tag in "ab"], 1] == [tags["items"], tags["null"]]
    assert [[1, 2], 1] == [[item["value"] for item in keys["items"]], keys["other"]]


async def test_values_of_a_breakdown_have_the_form_of_their_field(people: Front) -> None:
    """Days are ISO 8601, instants RFC 3339, flags are flags."""
    told = [
        [item["value"] for item in (await _breakdown(people, field=field))["items"]]
        for field in ("born", "seen", "vip", "score")
    ]

    assert [
        ["1990-02-03"], ["2025-01-01T00:00:00.25Z", "2025-05-30T08:00:00Z"], [True], [1.5],
    ] == told  # fmt: skip


async def test_numbers_and_times_come_in_bins(people: Front) -> None:
    """From the least value to the greatest, in the form of the field."""
    spent = await _breakdown(people, field="spent", bins=2)
    seen = await _breakdown(people, field="seen", bins=1)
    born = await _breakdown(people, field="born", bins=3)
    nobody = await _breakdown(people, field="score", bins=3, condition={"any": []})

    assert [
        {"from": "3.10", "to": "7.80", "count": 1},
        {"from": "7.80", "to": "12.50", "count": 1},
    ] == spent["items"]
    assert [1, 0] == [spent["null"], spent["other"]]
    ends = {"from": "2025-01-01T00:00:00.25Z", "to": "2025-05-30T08:00:00Z", "count": 2}
    assert [ends] == seen["items"]
    assert [{"from": "1990-02-03", "to": "1990-02-03", "count": 1}] == born["items"]
    assert [[], 0] == [nobody["items"], nobody["null"]]


@pytest.mark.parametrize(
    ("given", "status", "problem"),
    [
        ({"field": "nope"}, 404, ("unknown_field", "/field")),
        ({"field": "state", "bins": 2}, 422, ("operator_not_for_type", "/bins")),
        ({"field": "tags", "bins": 2}, 422, ("operator_not_for_type", "/bins")),
        ({"field": "vip", "bins": 2}, 422, ("operator_not_for_type", "/bins")),
        ({"field": "spent", "bins": 0}, 422, ("bad_shape", "/bins")),
        ({"field": "spent", "bins": 1_001}, 422, ("bad_shape", "/bins")),
        ({"field": "spent", "limit": 0}, 422, ("bad_shape", "/limit")),
        ({"field": 7}, 422, ("bad_shape", "/field")),
        ({}, 422, ("bad_shape", "/field")),
    ],
)
async def test_a_breakdown_of_the_wrong_shape_is_refused(
    people: Front, given: dict[str, Any], status: int, problem: tuple[str, str]
) -> None:
    """With the place of the fault."""
    answer = await people.post("/datasets/people/breakdown", {"condition": ALL, **given})

    assert [status, [problem]] == [answer.status_code, paths_of(answer)]


@pytest.mark.parametrize("verb", LISTINGS)
async def test_every_listing_takes_now_and_hints(people: Front, verb: str) -> None:
    """And answers for that moment."""
    window = {"field": "seen", "op": "in_last", "value": {"amount": 1, "unit": "day"}}
    given = LISTINGS[verb]
    hints = {"cache": False, "method": "index", "timeout_ms": 60_000}
    body = {"condition": window, "now": "2025-01-01T12:00:00Z", "hints": hints, **given}

    answer = (await people.post(f"/datasets/people/{verb}", body)).json()

    (item,) = answer["items"]
    assert 3 == item.get("key", item.get("value"))
    assert isinstance(answer["as_of"], int)


@pytest.mark.parametrize("verb", LISTINGS)
async def test_every_listing_tells_what_is_wrong(people: Front, verb: str) -> None:
    """Unknown datasets, wrong conditions, wrong moments."""
    given = LISTINGS[verb]
    wrong = {"all": [{"field": "nope", "op": "is", "value": 1}]}

    nowhere = await people.post(f"/datasets/nowhere/{verb}", {"condition": ALL, **given})
    invalid = await people.post(f"/datasets/people/{verb}", {"condition": wrong, **given})
    never = await people.post(
        f"/datasets/people/{verb}", {"condition": ALL, "now": "soon", **given}
    )

    assert [404, "unknown_dataset"] == [nowhere.status_code, code_of(nowhere)]
    assert [422, [("unknown_field", "/all/0")]] == [invalid.status_code, paths_of(invalid)]
    assert [422, [("bad_value", "/now")]] == [never.status_code, paths_of(never)]


async def _pages(people: Front, body: dict[str, Any]) -> list[int]:
    """The keys of every page until the last."""
    keys: list[int] = []
    cursor = None
    while True:
        answer = await people.post("/datasets/people/members", {**body, "cursor": cursor})
        page = answer.json()
        keys += [item["key"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return keys


async def _breakdown(
    people: Front, *, condition: dict[str, Any] = ALL, **given: Any
) -> dict[str, Any]:
    answer = await people.post("/datasets/people/breakdown", {"condition": condition, **given})
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found
