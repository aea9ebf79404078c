"""Questions over HTTP: count, members, describe, values, operators."""

import json

import pytest

from evaluator.condition.operators import OPERATORS
from tests.gateway.front import API, CALIFORNIA, Front, code_of, paths_of


async def test_a_count_has_all_of_its_facts(people: Front) -> None:
    """The count itself, the total, when and how fast."""
    answer = (await people.post("/datasets/people/count", {"condition": CALIFORNIA})).json()

    assert {"count", "total", "as_of", "now", "elapsed_ms"} == set(answer)
    assert [2, 3, "2025-06-01T12:00:00Z"] == [answer[name] for name in ("count", "total", "now")]


async def test_every_node_can_be_counted(people: Front) -> None:
    """Pointers into the condition; windows are resolved."""
    recent = {"field": "seen", "op": "in_last", "value": {"amount": 7, "unit": "day"}}
    condition = {"any": [{"all": [CALIFORNIA]}, {"not": recent}]}
    body = {"condition": condition, "per_node": True, "now": "2025-06-01T12:00:00Z"}

    answer = (await people.post("/datasets/people/count", body)).json()

    expected = {"": 2, "/any/0": 2, "/any/0/all/0": 2, "/any/1": 2, "/any/1/not": 1}
    assert expected == answer["per_node"]
    assert ["/any/1/not"] == list(answer["resolved"])


async def test_members_come_in_pages_by_key(people: Front) -> None:
    """The cursor leads on, null ends."""
    body = {"condition": {"all": []}, "limit": 2, "fields": ["spent", "id"]}

    first = (await people.post("/datasets/people/members", body)).json()
    more = {**body, "cursor": first["next_cursor"]}
    second = (await people.post("/datasets/people/members", more)).json()

    expected = {"key": 1, "values": {"spent": "12.50", "id": 1}}
    assert expected == first["items"][0]
    assert [[1, 2], [3]] == [[one["key"] for one in page["items"]] for page in (first, second)]
    assert second["next_cursor"] is None


async def test_members_show_all_fields_unless_told(people: Front) -> None:
    """Instants are RFC 3339 with a fraction only where there is one."""
    answer = (await people.post("/datasets/people/members", {"condition": {"all": []}})).json()

    seen = [one["values"]["seen"] for one in answer["items"]]
    assert [None, "2025-05-30T08:00:00Z", "2025-01-01T00:00:00.25Z"] == seen
    assert [1, "state", 1.5] == [
        answer["items"][0]["values"]["id"], list(answer["items"][0]["values"])[1],
        answer["items"][1]["values"]["score"],
    ]  # fmt: skip


async def test_members_of_unknown_fields_are_refused(people: Front) -> None:
    """The field is what is not found."""
    body = {"condition": {"all": []}, "fields": ["nope"]}

    answer = await people.post("/datasets/people/members", body)

    assert [404, "unknown_field"] == [answer.status_code, code_of(answer)]


async def test_a_cursor_of_somebody_else_is_refused(people: Front) -> None:
    """It is opaque, and checked."""
    body = {"condition": {"all": []}, "cursor": "bm90IG91cnM"}

    answer = await people.post("/datasets/people/members", body)

    assert [422, [("bad_value", "/cursor")]] == [answer.status_code, paths_of(answer)]


async def test_a_condition_is_said_in_english(people: Front) -> None:
    """By its labels and values."""
    answer = await people.post("/datasets/people/describe", {"condition": CALIFORNIA})

    assert {"text"} == set(answer.json())
    assert "CA" in answer.json()["text"]


async def test_values_come_with_their_counts(people: Front) -> None:
    """Most frequent first, null apart, among the condition's members only."""
    path = "/datasets/people/fields/state/values"

    everybody = (await people.get(path)).json()
    narrowed = (await people.get(path, params={"condition": json.dumps(
        {"field": "state", "op": "is_not", "value": "CA"}), "prefix": "n"})).json()  # fmt: skip

    items = [{"value": "CA", "count": 2}, {"value": "NY", "count": 1}]
    assert [items, 0] == [everybody["items"], everybody["null"]]
    assert [{"value": "NY", "count": 1}] == narrowed["items"]


async def test_values_have_the_form_of_their_field(people: Front) -> None:
    """A decimal stays text."""
    answer = (await people.get("/datasets/people/fields/spent/values")).json()

    assert {"3.10", "12.50"} == {item["value"] for item in answer["items"]}
    assert 1 == answer["null"]


async def test_values_of_an_unknown_field_are_not_there(people: Front) -> None:
    """Nor is the field."""
    answer = await people.get("/datasets/people/fields/nope/values")

    assert [404, "unknown_field"] == [answer.status_code, code_of(answer)]


async def test_a_condition_that_cannot_be_evaluated_says_why(people: Front) -> None:
    """All problems, each with pointer and the node's id."""
    bad = {"field": "stat", "op": "is", "value": "CA", "id": "n7"}

    answer = await people.post("/datasets/people/count", {"condition": {"all": [bad, {"x": 1}]}})

    problems = answer.json()["error"]["problems"]
    assert [422, "bad_condition"] == [answer.status_code, code_of(answer)]
    assert ("unknown_field", "/all/0", "n7") in [
        (p["code"], p["path"], p.get("id")) for p in problems
    ]
    assert ("bad_shape", "/all/1") in paths_of(answer)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("bad_shape", "/condition")),
        ({"condition": {"all": []}, "now": "yesterday"}, ("bad_value", "/now")),
        ({"condition": {"all": []}, "now": "2025-06-01T12:00:00"}, ("bad_value", "/now")),
        ({"condition": {"all": []}, "per_node": 1}, ("bad_shape", "/per_node")),
        ({"condition": {"all": []}, "hints": {"speed": 9}}, ("bad_shape", "/hints/speed")),
        ({"condition": {"all": []}, "hints": {"method": "magic"}}, ("bad_shape", "/hints/method")),
        (
            {"condition": {"all": []}, "hints": {"timeout_ms": 0}},
            ("bad_shape", "/hints/timeout_ms"),
        ),
        ({"condition": {"all": []}, "nwo": 1}, ("bad_shape", "/nwo")),
        ([], ("bad_shape", "")),
    ],
)
async def test_a_question_of_the_wrong_shape_is_refused(
    people: Front, body: object, problem: tuple[str, str]
) -> None:
    """With the place of the fault."""
    answer = await people.post("/datasets/people/count", body)

    assert [422, [problem]] == [answer.status_code, paths_of(answer)]


async def test_hints_never_change_an_answer(people: Front) -> None:
    """Every known hint is taken."""
    hints = {"cache": False, "method": "scan", "timeout_ms": 60_000}

    answer = await people.post("/datasets/people/count", {"condition": CALIFORNIA, "hints": hints})

    assert 2 == answer.json()["count"]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"condition": NaN}', b"\xff\xfe", b'{"condition": {}} x', b'{"a": "\\ud800"}'],
)
async def test_an_unreadable_body_is_a_400(people: Front, text: bytes) -> None:
    """It is not JSON, whatever it is."""
    answer = await people.client.post(f"{API}/datasets/people/count", content=text)

    assert [400, "bad_json"] == [answer.status_code, code_of(answer)]


async def test_numbers_keep_their_text(people: Front) -> None:
    """A decimal literal is compared exactly, however it is spelled."""
    texts = ["12.50", "12.5000000000000000000001", "1.25e1", '"12.50"']
    bodies = [
        f'{{"condition": {{"field": "spent", "op": "is", "value": {text}}}}}' for text in texts
    ]

    answers = [
        await people.client.post(f"{API}/datasets/people/count", content=body) for body in bodies
    ]

    assert [1, 0, 1, 1] == [answer.json()["count"] for answer in answers]


async def test_menus_get_every_operator(front: Front) -> None:
    """In the table's order, with what a menu needs."""
    items = (await front.get("/operators")).json()["items"]

    assert [operator.key for operator in OPERATORS] == [item["key"] for item in items]
    told = {"key", "label", "help", "types", "value", "negative", "options", "of_key"}
    assert told == set(items[0])
    options = {each["key"]: each["options"] for each in items}
    assert ["case_sensitive", "nulls", "tz"] == options["not_in"]
    assert ["nulls", "tz", "calendar"] == options["not_in_last"]
