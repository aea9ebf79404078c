"""Changes and records over HTTP."""

import asyncio
import json

from tests.gateway.front import API, Front, code_of, paths_of


async def test_a_record_reads_back_as_it_was_written(people: Front) -> None:
    """Decimals are strings, sets sorted lists, absent values null."""
    shown = (await people.get("/datasets/people/records/1")).json()

    expected = {
        "id": 1, "state": "CA", "spent": "12.50", "born": "1990-02-03", "seen": None,
        "tags": ["a", "b"], "vip": True, "score": None,
    }  # fmt: skip
    assert {"key": 1, "values": expected} == shown


async def test_a_change_sets_what_it_names(people: Front) -> None:
    """Null clears, what isn't named stays."""
    change = {"op": "upsert", "key": 1, "values": {"state": None, "spent": 7}}

    answer = await people.post("/datasets/people/changes", {"changes": [change]})

    values = (await people.get("/datasets/people/records/1")).json()["values"]
    assert [1, 0, []] == [answer.json()[name] for name in ("applied", "unchanged", "rejected")]
    assert [None, "7.00", "1990-02-03"] == [values[name] for name in ("state", "spent", "born")]


async def test_a_change_is_in_every_later_answer(people: Front) -> None:
    """The count's ``as_of`` is at least the change's sequence."""
    changes = [{"op": "delete", "key": 2}, {"op": "upsert", "key": 9, "values": {}}]
    done = (await people.post("/datasets/people/changes", {"changes": changes})).json()

    count = (await people.post("/datasets/people/count", {"condition": {"all": []}})).json()

    assert 3 == count["count"]
    assert count["as_of"] >= done["sequence"]


async def test_a_bad_change_is_left_out_alone(people: Front) -> None:
    """The good ones around it are applied; each bad one says why without its value."""
    changes = [
        {"op": "upsert", "key": 4, "values": {"state": "TX"}},
        {"op": "upsert", "key": 5, "values": {"vip": 1}},
        {"op": "upsert", "key": "four", "values": {}},
        {"op": "upsert", "key": 6, "values": {"spent": "1.234"}},
        {"op": "upsert", "key": 7, "values": {"nobody": 1}},
        {"op": "upsert", "key": 8, "values": {"id": 9}},
        {"op": "delete", "key": 1},
    ]

    answer = (await people.post("/datasets/people/changes", {"changes": changes})).json()

    expected = [(1, "wrong_type"), (2, "wrong_type"), (3, "bad_value"), (4, "unknown_field"),
                (5, "bad_value")]  # fmt: skip
    assert expected == [(one["index"], one["code"]) for one in answer["rejected"]]
    assert 2 == answer["applied"]
    assert "four" not in str(answer)


async def test_nothing_good_changes_nothing(people: Front) -> None:
    """The sequence stands still."""
    before = (await people.get("/datasets/people")).json()["sequence"]

    answer = await people.post(
        "/datasets/people/changes", {"changes": [{"op": "upsert", "key": 1, "values": {"x": 1}}]}
    )

    assert [before, 0] == [answer.json()["sequence"], answer.json()["applied"]]


async def test_a_repeat_gets_the_same_answer(people: Front) -> None:
    """An idempotency key makes a batch happen once, also when both arrive together."""
    body = {"changes": [{"op": "delete", "key": 1}], "idempotency_key": "abc"}

    answers = await asyncio.gather(
        *(people.post("/datasets/people/changes", body) for _ in range(3))
    )

    assert [1, 1, 1] == [answer.json()["applied"] for answer in answers]
    assert 1 == len({answer.json()["sequence"] for answer in answers})


async def test_a_key_of_another_batch_is_refused(people: Front) -> None:
    """The same changes may be written with other spaces, other changes need another key."""
    body = {"changes": [{"op": "delete", "key": 1}], "idempotency_key": "abc"}
    other = {"changes": [{"op": "delete", "key": 2}], "idempotency_key": "abc"}
    address = f"{API}/datasets/people/changes"

    answers = [
        await people.client.post(address, content=json.dumps(body, indent=2)),
        await people.client.post(address, content=json.dumps(body)),
        await people.client.post(address, content=json.dumps(other)),
    ]

    assert [200, 200, 409] == [answer.status_code for answer in answers]
    assert answers[0].json() == answers[1].json()
    assert "idempotency_conflict" == code_of(answers[2])


async def test_a_large_body_is_read_beside_the_loop(people: Front) -> None:
    """With the same answer, and the same words where it can't be read."""
    changes = [{"op": "upsert", "key": key, "values": {"state": "x" * 1_000}} for key in range(600)]

    good = await people.post("/datasets/people/changes", {"changes": changes})
    bad = await people.post("/datasets/people/changes", {"changes": [*changes, 7]})

    assert [600, []] == [good.json()["applied"], good.json()["rejected"]]
    assert [("bad_shape", "/changes/600")] == paths_of(bad)


async def test_a_failed_batch_is_not_remembered(front: Front) -> None:
    """The same key works once the dataset is there."""
    body = {"changes": [{"op": "upsert", "key": 1, "values": {}}], "idempotency_key": "abc"}
    refused = await front.post("/datasets/people/changes", body)
    await front.fill()

    answer = await front.post("/datasets/people/changes", body)

    assert [404, 200] == [refused.status_code, answer.status_code]


async def test_the_first_key_decides_an_open_key_type(front: Front) -> None:
    """Where no type is declared, ints and texts don't mix."""
    await front.post("/datasets", {"name": "open", "key": "k", "fields": []})
    changes = [{"op": "upsert", "key": key} for key in ("a", 5, "b")]

    answer = (await front.post("/datasets/open/changes", {"changes": changes})).json()

    assert [2, [1]] == [answer["applied"], [one["index"] for one in answer["rejected"]]]


async def test_a_key_may_hold_anything(front: Front) -> None:
    """Slashes and spaces too; the address carries them escaped."""
    await front.post("/datasets", {"name": "odd", "key": "k", "fields": []})
    await front.post("/datasets/odd/changes", {"changes": [{"op": "upsert", "key": "a/b c?"}]})

    answer = await front.get("/datasets/odd/records/a%2Fb%20c%3F")

    assert "a/b c?" == answer.json()["key"]


async def test_a_key_with_a_nul_is_refused_alone(front: Front) -> None:
    """Keys are told apart up to it only; nobody has a record under one."""
    await front.post(
        "/datasets", {"name": "odd", "key": "k", "fields": [{"name": "k", "type": "keyword"}]}
    )
    changes = [{"op": "upsert", "key": key} for key in ("a\0b", "a", "a\0c", "a\0")]

    answer = (await front.post("/datasets/odd/changes", {"changes": changes})).json()
    shown = await front.get("/datasets/odd/records/a%00b")

    assert [1, [(0, "bad_value"), (2, "bad_value"), (3, "bad_value")]] == [
        answer["applied"],
        [(one["index"], one["code"]) for one in answer["rejected"]],
    ]
    assert 404 == shown.status_code


async def test_generated_keys_need_no_key(front: Front) -> None:
    """They count from 1 in the order of the changes."""
    fields = [{"name": "n", "type": "int"}]
    await front.post("/datasets", {"name": "log", "key": None, "fields": fields})
    changes = [{"op": "upsert", "values": {"n": n}} for n in (7, 8)]

    await front.post("/datasets/log/changes", {"changes": changes})

    shown = (await front.get("/datasets/log/records/2")).json()
    assert {"key": 2, "values": {"n": 8}} == shown


async def test_an_unknown_record_is_not_there(people: Front) -> None:
    """Also where the address can't be a key at all."""
    answers = [await people.get(f"/datasets/people/records/{key}") for key in ("99", "x", "1.0")]

    assert [404] * 3 == [answer.status_code for answer in answers]
    assert ["unknown_record"] * 3 == [code_of(answer) for answer in answers]


async def test_a_change_of_the_wrong_shape_refuses_the_batch(people: Front) -> None:
    """What can't be read as a change is the sender's mistake, and nothing is applied."""
    changes = [{"op": "zap"}, {"key": 1}, {"op": "delete"}, {"op": "upsert", "key": 1.5}, 7]

    answer = await people.post("/datasets/people/changes", {"changes": changes, "more": 1})

    expected = [
        "/changes/0",
        "/changes/1",
        "/changes/2/key",
        "/changes/3/key",
        "/changes/4",
        "/more",
    ]
    assert [("bad_shape", path) for path in expected] == paths_of(answer)
