"""Segments over HTTP: made, found, changed, referred to, removed."""

import asyncio
from typing import Any

import pytest

from gateway.access import Role
from tests.gateway.front import CALIFORNIA, HOME, Front, code_of, opened, paths_of, settings_for
from tests.gateway.segmenting import NEW_YORK, count, make, patch

Json = Any


async def test_a_segment_has_its_size_and_all_that_was_said(people: Front) -> None:
    """The document is the same when it is read again."""
    made = await make(people, tags=["west", "west", "a"], description="sunny", owner="Ada")

    expected = {
        "version": 1, "name": "Golden state", "dataset": "people", "kind": "rule", "size": 2,
        "status": "active", "tags": ["west", "a"], "description": "sunny", "owner": "Ada",
        "live": True, "condition": CALIFORNIA, "fields": ["state"], "uses": [], "used_by": [],
        "created_at": "2025-06-01T12:00:00Z", "modified_at": "2025-06-01T12:00:00Z",
    }  # fmt: skip
    assert expected == {name: made[name] for name in expected}
    assert made == (await people.get(f"/segments/{made['id']}")).json()


async def test_numbers_keep_the_text_they_were_written_with(people: Front) -> None:
    """To the last nought and beyond a double."""
    text = '{"field":"spent","op":"gt","value":12.50000000000000000001}'
    body = f'{{"name":"a","dataset":"people","condition":{text}}}'

    made = await people.client.post("/api/v1/segments", content=body)
    shown = await people.get(f"/segments/{made.json()['id']}")

    assert text in shown.text


async def test_a_condition_refers_to_a_segment(people: Front) -> None:
    """Counted, explained and said in English; only the reference is a node."""
    made = await make(people, name="VIPs")
    condition = {"any": [{"segment": made["id"]}, NEW_YORK]}
    body = {"condition": condition, "per_node": True}

    counted = (await people.post("/datasets/people/count", body)).json()
    said = (await people.post("/datasets/people/describe", {"condition": condition})).json()
    asked = {"condition": condition, "key": 2}
    why = (await people.post("/datasets/people/explain", asked)).json()

    assert {"": 3, "/any/0": 2, "/any/1": 1} == counted["per_node"]
    assert "is in segment 'VIPs' or State is NY" == said["text"]
    assert [("is in segment 'VIPs'", False, 2), ("State is NY", True, 1)] == [
        (each["text"], each["holds"], each["actual"]) for each in why["children"]
    ]


async def test_a_reference_follows_its_segment(people: Front) -> None:
    """The pinned version stays; the other one is what it is now."""
    made = await make(people)
    pinned, current = {"segment": made["id"], "version": 1}, {"segment": made["id"]}

    changed = (await patch(people, made, condition=NEW_YORK)).json()

    assert [2, 1] == [changed["version"], changed["size"]]
    assert [2, 1] == [await count(people, pinned), await count(people, current)]


async def test_an_edit_of_words_makes_no_version(people: Front) -> None:
    """Nor does the same condition again, but a value of another type does."""
    flag = {"field": "vip", "op": "in", "value": [True]}
    made = await make(people, flag)

    renamed = (await patch(people, made, name="Other", tags=["t"], condition=flag)).json()
    retyped = await patch(people, made, condition={**flag, "value": [1]})

    assert [1, "Other", ["t"]] == [renamed[name] for name in ("version", "name", "tags")]
    assert [422, [("wrong_type", "/condition")]] == [retyped.status_code, paths_of(retyped)]


async def test_of_two_edits_at_once_one_wins(people: Front) -> None:
    """The other one is told the current version."""
    made = await make(people)

    answers = await asyncio.gather(*(
        patch(people, made, condition={"field": "state", "op": "is", "value": text})
        for text in ("NY", "TX")
    ))  # fmt: skip

    assert [200, 409] == sorted(each.status_code for each in answers)
    (refused,) = (each for each in answers if each.status_code == 409)
    assert "stale_version" == code_of(refused)
    assert "current version is 2" in refused.json()["error"]["message"]


async def test_a_segment_that_would_include_itself_is_refused(people: Front) -> None:
    """The circle's path is named, at its place."""
    one = await make(people, name="A")
    other = await make(people, {"not": {"segment": one["id"]}}, name="B")

    answer = await patch(people, one, condition={"all": [{"segment": other["id"]}]})

    (problem,) = answer.json()["error"]["problems"]
    assert ["circular_segment", "/condition/all/0", "A → B → A"] == [
        problem[name] for name in ("code", "path", "message")
    ]


async def test_two_edits_at_once_close_no_circle(people: Front) -> None:
    """What was checked is still so when it is kept."""
    one, other = await make(people, name="A"), await make(people, name="B")

    answers = await asyncio.gather(
        patch(people, one, condition={"segment": other["id"]}),
        patch(people, other, condition={"segment": one["id"]}),
    )

    assert [200, 422] == sorted(each.status_code for each in answers)


async def test_a_segment_in_use_stays(people: Front) -> None:
    """Its users are listed, and may go first."""
    used = await make(people)
    user = await make(people, {"muted": True, "segment": used["id"]}, name="B")

    refused = await people.client.delete(f"/api/v1/segments/{used['id']}")
    shown = (await people.get(f"/segments/{used['id']}")).json()
    freed = [
        (await people.client.delete(f"/api/v1/segments/{each['id']}")).status_code
        for each in (user, used)
    ]

    (problem,) = refused.json()["error"]["problems"]
    assert [409, "segment_in_use", user["id"]] == [
        refused.status_code, code_of(refused), problem["id"],
    ]  # fmt: skip
    assert [{"id": user["id"], "name": "B"}] == shown["used_by"]
    assert [204, 204] == freed
    assert 404 == (await people.get(f"/segments/{used['id']}")).status_code


async def test_a_list_is_its_keys_that_are_there(people: Front) -> None:
    """Now and later; the keys themselves are nobody's to read."""
    made = await make(people, keys=[3, 99, 1, 3], kind="list")
    expected = {"kind": "list", "size": 2, "key_count": 3}

    members = (await people.get(f"/segments/{made['id']}/members")).json()
    changes = {"changes": [{"op": "upsert", "key": 99, "values": {}}]}
    await people.post("/datasets/people/changes", changes)

    assert expected == {name: made[name] for name in expected}
    assert [1, 3] == members["items"]
    assert 3 == (await people.get(f"/segments/{made['id']}/size")).json()["size"]


async def test_a_list_gets_other_keys_as_a_version(people: Front) -> None:
    """And no condition."""
    made = await make(people, keys=[1])

    changed = (await patch(people, made, keys=[1, 2])).json()
    refused = await patch(people, changed, condition=CALIFORNIA)

    assert [2, 2] == [changed["version"], changed["size"]]
    assert [("bad_shape", "/condition")] == paths_of(refused)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"condition": {"field": "gone", "op": "is_set"}}, ("unknown_field", "/condition")),
        ({"condition": {"all": [{"segment": "zz"}]}}, ("unknown_segment", "/condition/all/0")),
        ({"condition": "x"}, ("bad_shape", "/condition")),
        ({}, ("bad_shape", "/condition")),
        ({"condition": CALIFORNIA, "keys": [1]}, ("bad_shape", "/condition")),
        ({"condition": CALIFORNIA, "kind": "list"}, ("bad_shape", "/kind")),
        ({"keys": 7}, ("bad_shape", "/keys")),
        ({"keys": [1, "x", True]}, ("wrong_type", "/keys/1")),
        ({"keys": [2**63]}, ("bad_value", "/keys/0")),
        ({"condition": CALIFORNIA, "name": ""}, ("bad_shape", "/name")),
        ({"condition": CALIFORNIA, "tags": ["t"] * 51}, ("bad_shape", "/tags")),
        ({"condition": CALIFORNIA, "colour": "red"}, ("bad_shape", "/colour")),
    ],
)
async def test_what_can_not_be_a_segment_is_refused(
    people: Front, given: Json, problem: tuple[str, str]
) -> None:
    """With the place of what is wrong, and nothing is kept."""
    answer = await people.post("/segments", {"name": "a", "dataset": "people", **given})

    assert 422 == answer.status_code
    assert problem in paths_of(answer)
    assert [] == (await people.get("/segments")).json()["items"]


async def test_too_many_keys_are_refused(people: Front) -> None:
    """The bound is named."""
    answer = await people.post(
        "/segments", {"name": "a", "dataset": "people", "keys": [0] * 1_000_001}
    )

    assert [("too_many_values", "/keys")] == paths_of(answer)


async def test_unknown_segments_and_datasets_are_not_there(people: Front) -> None:
    """Whatever is asked of them."""
    paths = ("", "/size", "/members", "/bitmap", "/contains?key=1", "/versions")

    gone = [await people.get(f"/segments/sg_no{path}") for path in paths]
    nowhere = await people.post(
        "/segments", {"name": "a", "dataset": "no", "condition": CALIFORNIA}
    )

    assert {(404, "unknown_segment")} == {(each.status_code, code_of(each)) for each in gone}
    assert [404, "unknown_dataset"] == [nowhere.status_code, code_of(nowhere)]


async def test_segments_outlive_the_process(people: Front) -> None:
    """With all versions."""
    made = await make(people)
    await patch(people, made, condition=NEW_YORK)
    folder = people.services.settings.data
    await people.services.close()

    async with opened(settings_for(folder)) as again:
        shown = (await again.get(f"/segments/{made['id']}")).json()

        assert [2, 1] == [shown["version"], shown["size"]]
        assert 2 == await count(again, {"segment": made["id"], "version": 1})


async def test_an_analyst_makes_segments_and_a_viewer_sees_them(guarded: Front) -> None:
    """Sizes are for both, keys are not."""
    admin, viewer = guarded.token(Role.ADMIN), guarded.token(Role.VIEWER)
    analyst = {**guarded.token(Role.ANALYST), "Origin": HOME}
    await guarded.post("/datasets", {"name": "people", "key": "id", "fields": []}, headers=admin)
    body = {"name": "a", "dataset": "people", "condition": {"all": []}}

    made = await guarded.post("/segments", body, headers=analyst)
    path = f"/segments/{made.json()['id']}"
    seen = [
        (await guarded.get(path + below, headers=viewer)).status_code
        for below in ("", "/size", "/members", "/bitmap")
    ]

    assert [201, "somebody"] == [made.status_code, made.json()["owner"]]
    assert [200, 200, 403, 403] == seen
