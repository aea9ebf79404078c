"""Debezium's entries in a real Redis, followed as a person would: over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.sources.debezium.redis_link import ACKNOWLEDGED_AT_A_TIME
from tests.gateway.front import PEOPLE, Front, opened, settings_for
from tests.support.debezium import SCHEMA_CHANGE, TOMBSTONE, envelope, extended, key_of
from tests.support.patience import eventually
from tests.support.redis_server import RedisServer, redis_server

COLUMNS = (
    {"type": "int32", "optional": False, "field": "id"},
    {"type": "string", "optional": True, "field": "state"},
    {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "field": "spent",
     "parameters": {"scale": "2"}},
    {"type": "int32", "name": "io.debezium.time.Date", "field": "born"},
    {"type": "int64", "name": "io.debezium.time.MicroTimestamp", "field": "seen"},
)  # fmt: skip


async def test_a_stream_becomes_records(front: Front, redis: RedisServer) -> None:
    """Snapshot, changes, removals with their tombstones, in whichever form they come."""
    stream = "one.public.people"
    ada = {"id": 1, "state": "CA", "spent": "BNI=", "born": 20_240, "seen": 1_748_768_400_000_000}
    redis.add(stream, [
        (key_of(id=1), envelope("r", ada, columns=COLUMNS)),
        (key_of(id=2), envelope("r", {**ada, "id": 2}, columns=COLUMNS)),
        (key_of(id=3), envelope("c", {**ada, "id": 3}, lsn=20, columns=COLUMNS)),
        (TOMBSTONE, SCHEMA_CHANGE),
        (key_of(id=2), envelope("d", before={"id": 2}, lsn=21)),
        (key_of(id=2), TOMBSTONE),
    ])  # fmt: skip
    with redis.client() as client:
        changed = envelope("u", {**ada, "state": "__debezium_unavailable_value", "born": None},
                           {"id": 1}, lsn=22, columns=COLUMNS)  # fmt: skip
        client.xadd(stream, extended(key_of(id=1), changed))

    await _follow(front, redis, "one", stream)
    source = await _caught_up(front, redis, "one", stream)

    assert [1, 3] == await _keys(front)
    ours = (await front.get("/datasets/people/records/1")).json()["values"]
    assert ["CA", "12.34", None, "2025-06-01T07:00:00Z"] == [
        ours[name] for name in ("state", "spent", "born", "seen")
    ]
    assert ["streaming", None, 5, 5, []] == [
        source[name] for name in ("state", "error", "events", "applied", "errors")
    ]


async def test_what_can_not_be_read_is_told_and_passed(front: Front, redis: RedisServer) -> None:
    """Each with its entry and its reason, none with its value; the rest goes on."""
    stream = "two.public.people"
    secret = "very-secret-value"
    with redis.client() as client:
        client.xadd(stream, {"a": secret, "b": secret})
        client.xadd(stream, {b"\xff\x00": b"\x80\xff"})
    redis.add(stream, [
        (key_of(id=1), f'{{"op": "c", "after": "{secret}'),
        (key_of(id=1), envelope("c", {"id": 1, "vip": secret})),
        (key_of(id=secret), envelope("c", {"id": secret})),
        (key_of(id=2), envelope("c", {"id": 2, "vip": 1, "shoe": 44})),
    ])  # fmt: skip

    await _follow(front, redis, "two", stream)
    source = await _caught_up(front, redis, "two", stream)

    assert [2] == await _keys(front)
    assert [5, 1, ["shoe"]] == [source[name] for name in ("rejected", "applied", "ignored_fields")]
    codes = ["unreadable", "unreadable", "unreadable", "wrong_type", "wrong_type"]
    assert codes == sorted(error["code"] for error in source["errors"])
    assert all(error["place"] and stream == error["table"] for error in source["errors"])
    assert secret not in json.dumps(source)


async def test_late_entries_change_nothing(front: Front, redis: RedisServer) -> None:
    """The sink sends again what Redis had no room for, after what came later."""
    stream = "three.public.people"
    redis.add(stream, [
        (key_of(id=1), envelope("u", {"id": 1, "state": "NY"}, lsn=30)),
        (key_of(id=1), envelope("c", {"id": 1, "state": "CA"}, lsn=10)),
        (key_of(id=2), envelope("d", before={"id": 2}, lsn=31)),
        (key_of(id=2), envelope("c", {"id": 2, "state": "CA"}, lsn=11)),
    ])  # fmt: skip

    await _follow(front, redis, "three", stream)
    source = await _caught_up(front, redis, "three", stream)

    assert [1] == await _keys(front)
    assert "NY" == (await front.get("/datasets/people/records/1")).json()["values"]["state"]
    assert 2 == source["late"]


async def test_a_late_entry_is_known_after_a_pause(front: Front, redis: RedisServer) -> None:
    """What was applied shortly before is read again, for its order alone."""
    stream = "pause.public.people"
    redis.add(stream, [(key_of(id=1), envelope("u", {"id": 1, "state": "NY"}, lsn=30))])
    await _follow(front, redis, "pause", stream)
    await _caught_up(front, redis, "pause", stream)

    paused = (await front.post("/sources/pause/pause")).json()
    redis.add(stream, [(key_of(id=1), envelope("c", {"id": 1, "state": "CA"}, lsn=10))])
    resumed = await front.post("/sources/pause/resume")
    source = await _caught_up(front, redis, "pause", stream)

    assert ["paused", 200] == [paused["state"], resumed.status_code]
    assert [2, 1, 1] == [source[name] for name in ("events", "applied", "late")]
    assert "NY" == (await front.get("/datasets/people/records/1")).json()["values"]["state"]


async def test_one_stream_may_hold_several_tables(front: Front, redis: RedisServer) -> None:
    """And what nobody asked for is counted."""
    stream = "all"
    for name in ("people", "orders"):
        await front.post("/datasets", {**PEOPLE, "name": name})
    redis.add(stream, [
        (key_of(id=1), envelope("c", {"id": 1, "state": "CA"})),
        (key_of(id=7), envelope("c", {"id": 7, "state": "NY"}, table="orders")),
        (key_of(id=9), envelope("c", {"id": 9}, table="logs")),
    ])  # fmt: skip

    answer = await front.post("/sources", {
        "name": "several", "kind": "debezium", "settings": {"url": redis.url, "stream": stream},
        "tables": {"public.people": "people", "orders": "orders"},
    })  # fmt: skip
    source = await _caught_up(front, redis, "several", stream)

    assert 201 == answer.status_code
    assert [[1], [7]] == [await _keys(front), await _keys(front, "orders")]
    assert [2, 1] == [source["applied"], source["ignored"]]


async def test_datasets_and_fields_are_made_from_schemas(front: Front, redis: RedisServer) -> None:
    """From nothing but what the stream tells, where that is wanted."""
    stream = "made.public.people"
    ada = {"id": 1, "state": "CA", "spent": "BNI=", "born": 1, "seen": None}
    redis.add(stream, [(key_of(id=1), envelope("c", ada, columns=COLUMNS))])

    body = {"name": "made", "kind": "debezium", "dataset": "made", "add_fields": True,
            "settings": {"url": redis.url, "stream": stream}}  # fmt: skip
    answer = await front.post("/sources", body)
    await _caught_up(front, redis, "made", stream)
    made = (await front.get("/datasets/made")).json()

    assert 201 == answer.status_code
    types = {each["name"]: each["type"] for each in made["fields"]}
    assert {"id": "int", "state": "keyword", "spent": "decimal", "born": "date"} == {
        name: types[name] for name in ada if name != "seen"
    }
    assert "timestamp" == types["seen"]
    assert 1 == made["records"]


async def test_everything_applied_is_acknowledged(front: Front, redis: RedisServer) -> None:
    """Who watches the group sees nothing pending; removing the source removes the group."""
    stream = "acknowledged"
    many = [(key_of(id=n), envelope("c", {"id": n}, lsn=n))
            for n in range(1, 2 * ACKNOWLEDGED_AT_A_TIME + 50)]  # fmt: skip
    redis.add(stream, many)
    await _follow(front, redis, "acknowledged", stream)
    await _caught_up(front, redis, "acknowledged", stream)

    with redis.client() as client:
        groups: Any = await eventually(_asking(client, stream), lambda told: not told[0]["pending"])
        removed = await front.client.request("DELETE", "/api/v1/sources/acknowledged")
        left = client.xinfo_groups(stream)

    assert [1, len(many)] == [len(groups), groups[0]["entries-read"]]
    assert [204, []] == [removed.status_code, left]
    assert len(many) == (await front.get("/datasets/people")).json()["records"]


async def test_what_a_former_process_left_pending_is_cleared(
    front: Front, redis: RedisServer
) -> None:
    """What it had applied is acknowledged, what it had not is applied: each entry once."""
    stream = "pending"
    redis.add(stream, [(key_of(id=n), envelope("c", {"id": n}, lsn=n)) for n in (1, 2, 3)])
    await _follow(front, redis, "pending", stream)
    await _caught_up(front, redis, "pending", stream)
    await front.post("/sources/pending/pause")

    redis.add(stream, [(key_of(id=n), envelope("c", {"id": n}, lsn=n)) for n in (4, 5)])
    with redis.client() as client:
        group = client.xinfo_groups(stream)[0]["name"]
        client.xgroup_setid(stream, group, "0")
        client.xreadgroup(group, "somebody", {stream: ">"})
        await front.post("/sources/pending/resume")
        source = await _caught_up(front, redis, "pending", stream)
        told: Any = await eventually(_asking(client, stream), lambda told: not told[0]["pending"])

    assert [1, 2, 3, 4, 5] == await _keys(front)
    assert [5, 5, 0] == [source["events"], source["applied"], told[0]["pending"]]


async def test_entries_removed_before_they_were_read_stop_the_source(
    front: Front, redis: RedisServer
) -> None:
    """A person must know; what was read before it was removed is no loss."""
    stream = "trimmed"
    redis.add(stream, [(key_of(id=n), envelope("c", {"id": n}, lsn=n)) for n in range(1, 6)])
    await _follow(front, redis, "trimmed", stream)
    await _caught_up(front, redis, "trimmed", stream)

    await front.post("/sources/trimmed/pause")
    with redis.client() as client:
        client.xtrim(stream, maxlen=0, approximate=False)
        await front.post("/sources/trimmed/resume")
        fine = await _state(front, "trimmed", "streaming")
        await front.post("/sources/trimmed/pause")
        redis.add(stream, [(key_of(id=n), envelope("c", {"id": n}, lsn=n)) for n in range(6, 9)])
        client.xtrim(stream, maxlen=1, approximate=False)
    await front.post("/sources/trimmed/resume")
    failed = await _state(front, "trimmed", "failed")

    assert fine["error"] is None
    assert failed["error"].startswith("2 entries of the stream trimmed were removed")
    assert "stopped" == failed["errors"][0]["code"]


async def test_a_source_comes_back_when_redis_does(tmp_path: Path) -> None:
    """Meanwhile it says what is wrong and when it tries again; no password is ever shown."""
    settings = settings_for(tmp_path / "data", source_retry_s=0.01, source_retry_max_s=0.05)
    with redis_server(tmp_path / "redis", "--requirepass", "s3cret") as redis:
        async with opened(settings) as front:
            redis.add("s", [(key_of(id=1), envelope("c", {"id": 1}))])
            url = redis.url.replace("redis://", "redis://:s3cret@")
            created = await _follow(front, redis, "back", "s", url=url)
            await _caught_up(front, redis, "back", "s")

            redis.kill()
            down = await eventually(_showing(front, "back"), lambda told: told["error"] is not None)
            kept = await front.client.request("DELETE", "/api/v1/sources/back")
            redis.start()
            redis.add("s", [(key_of(id=2), envelope("c", {"id": 2}, lsn=2))])
            up = await _caught_up(front, redis, "back", "s")

            wrong = redis.url.replace("redis://", "redis://:wr0ng@")
            refused = await _follow(front, redis, "wrong", "s", url=wrong)
            failed = await _state(front, "wrong", "failed")

            assert [1, 2] == await _keys(front)
    assert ["connecting", "streaming", None] == [down["state"], up["state"], up["error"]]
    assert [503, "source_unavailable"] == [kept.status_code, kept.json()["error"]["code"]]
    assert "refuses the login" in failed["error"]
    shown = json.dumps([created, down, up, refused, failed, kept.json()])
    assert "s3cret" not in shown
    assert "wr0ng" not in shown


async def test_something_else_of_the_streams_name_is_told(front: Front, redis: RedisServer) -> None:
    """It can't work, so it is not tried again."""
    with redis.client() as client:
        client.set("text", "x")

    await _follow(front, redis, "odd", "text")

    assert "something else" in (await _state(front, "odd", "failed"))["error"]


@pytest.mark.parametrize("start", ["pause", "resume"])
async def test_a_source_stands_as_it_was_after_a_restart(
    tmp_path: Path, redis: RedisServer, start: str
) -> None:
    """One that was paused stays so; one that was not goes on by itself."""
    stream = f"restart.{start}"
    redis.add(stream, [(key_of(id=1), envelope("c", {"id": 1}))])
    async with opened(settings_for(tmp_path)) as first:
        await _follow(first, redis, "again", stream)
        await _caught_up(first, redis, "again", stream)
        await first.post(f"/sources/again/{start}")

    redis.add(stream, [(key_of(id=2), envelope("c", {"id": 2}, lsn=2))])
    async with opened(settings_for(tmp_path)) as second:
        if start == "resume":
            await _caught_up(second, redis, "again", stream)
        shown = (await second.get("/sources/again")).json()
        keys = await _keys(second)

    expected = [[1], "paused"] if start == "pause" else [[1, 2], "streaming"]
    assert expected == [keys, shown["state"]]


async def _follow(
    front: Front, redis: RedisServer, name: str, stream: str, url: str | None = None
) -> Any:
    """A source that fills ``people`` from one stream."""
    await front.post("/datasets", PEOPLE)
    answer = await front.post("/sources", {
        "name": name, "kind": "debezium", "dataset": "people",
        "settings": {"url": url or redis.url, "stream": stream},
    })  # fmt: skip
    assert 201 == answer.status_code, answer.text
    return answer.json()


async def _caught_up(front: Front, redis: RedisServer, name: str, stream: str) -> Any:
    """The source once it has applied the newest entry there is now."""
    last = redis.last_id(stream)
    return await eventually(
        _showing(front, name),
        lambda told: last in (told["position"] or "") and told["state"] == "streaming",
    )


async def _state(front: Front, name: str, state: str) -> Any:
    return await eventually(_showing(front, name), lambda told: bool(told["state"] == state))


def _showing(front: Front, name: str) -> Callable[[], Any]:
    async def show() -> Any:
        answer = await front.get(f"/sources/{name}")
        assert 200 == answer.status_code, answer.text
        return answer.json()

    return show


def _asking(client: Any, stream: str) -> Callable[[], Any]:
    async def ask() -> Any:
        return client.xinfo_groups(stream)

    return ask


async def _keys(front: Front, dataset: str = "people") -> list[int]:
    answer = await front.post(f"/datasets/{dataset}/members", {"condition": {"all": []}})
    assert 200 == answer.status_code, answer.text
    return [item["key"] for item in answer.json()["items"]]
