"""What is asked of segments over HTTP: lists, members, bitmaps, versions; and who else knows."""

from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap64

from tests.gateway.front import API, CALIFORNIA, Front, code_of, opened, paths_of, settings_for
from tests.gateway.segmenting import NEW_YORK, count, make, patch

Json = Any

ORDERS = {
    "name": "orders", "key": "id",
    "fields": [{"name": "id", "type": "int"}, {"name": "buyer", "type": "int"}],
    "links": [{"field": "buyer", "to": "people"}],
}  # fmt: skip


async def names(front: Front, **asked: Json) -> list[str]:
    """The names of the segments a list shows, in order."""
    answer = await front.get("/segments", params=asked)
    assert 200 == answer.status_code, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_segments_are_found_by_what_is_said_of_them(people: Front) -> None:
    """Text, tag, owner, dataset, field, status; sorted either way."""
    await make(people, name="West", tags=["coast"], owner="Ada", description="Sunny")
    await make(people, {"field": "spent", "op": "is_set"}, name="buyers")
    gone = await make(people, {"all": []}, name="Zero")
    await patch(people, gone, status="archived")

    found = [
        await names(people),
        await names(people, q="SUNNY"),
        await names(people, q="spen"),
        await names(people, tag="coast"),
        await names(people, owner="Ada"),
        await names(people, dataset="orders"),
        await names(people, field="state"),
        await names(people, status="archived"),
        await names(people, sort="-size"),
        await names(people, sort="-created_at", limit=1),
    ]

    assert [["buyers", "West", "Zero"], ["West"], ["buyers"], ["West"], ["West"], [], ["West"],
            ["Zero"]] == found[:8]  # fmt: skip
    assert "Zero" == found[8][0]
    assert 1 == len(found[9])
    assert 422 == (await people.get("/segments", params={"sort": "colour"})).status_code


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "size", "-size"])
async def test_pages_show_every_segment_once(people: Front, sort: str) -> None:
    """Whatever they are sorted by, equal names and sizes included."""
    for name in ("b", "a", "b", "B", "c"):
        await make(people, name=name)
    found: list[str] = []
    cursor: str | None = None

    while len(found) < 9:
        asked = {"sort": sort, "limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await people.get("/segments", params=asked)).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert [5, 5] == [len(found), len(set(found))]
    refused = await people.get("/segments", params={"sort": "modified_at", "cursor": "bm8="})
    assert [("bad_value", "/cursor")] == paths_of(refused)


async def test_a_segment_that_lost_its_ground_is_broken(people: Front) -> None:
    """It is listed, without a size, and says why; the others are counted."""
    below = await make(people, name="Below")
    above = await make(people, {"segment": below["id"], "version": 1}, name="Above")
    people.services.segments.kept.remove(below["id"])

    shown = (await people.get("/segments")).json()["items"]
    broken = await names(people, status="broken")
    size = await people.get(f"/segments/{above['id']}/size")

    assert [("broken", None)] == [(each["status"], each["size"]) for each in shown]
    assert "unknown_segment" == shown[0]["problems"][0]["code"]
    assert ["Above"] == broken
    assert 422 == size.status_code


async def test_members_come_as_keys_in_pages(people: Front) -> None:
    """In key order, with a cursor."""
    path = f"/segments/{(await make(people, {'all': []}))['id']}/members"

    first = (await people.get(path, params={"limit": 2})).json()
    rest = (await people.get(path, params={"cursor": first["next_cursor"]})).json()

    assert [[1, 2], [3], None] == [first["items"], rest["items"], rest["next_cursor"]]


async def test_a_bitmap_opens_in_other_libraries(people: Front) -> None:
    """The 64-bit portable Roaring format, with sequence and count beside it."""
    made, none = await make(people), await make(people, {"any": []})

    full, empty = [await people.get(f"/segments/{each['id']}/bitmap") for each in (made, none)]
    as_of = (await people.get(f"/segments/{made['id']}/size")).json()["as_of"]

    assert "application/octet-stream" == full.headers["content-type"]
    assert [2, 2, as_of] == [
        len(BitMap64.deserialize(full.content)), int(full.headers["x-cardinal-count"]),
        int(full.headers["x-cardinal-sequence"]),
    ]  # fmt: skip
    assert [bytes(8), "0"] == [empty.content, empty.headers["x-cardinal-count"]]


async def test_one_key_is_asked_about(people: Front) -> None:
    """A key of no record is no member, and neither is what can't be a key."""
    path = f"/segments/{(await make(people))['id']}/contains"

    told = [(await people.get(path, params={"key": key})).json() for key in ("1", "2", "9", "x")]

    assert [True, False, False, False] == [each["contains"] for each in told]
    assert [1, 2, 9, "x"] == [each["key"] for each in told]


async def test_segments_of_one_dataset_are_compared(people: Front) -> None:
    """With commas or one by one; those of two datasets can't be."""
    west, all_ = await make(people), await make(people, {"all": []})
    await people.post("/datasets", ORDERS)
    other = await make(people, {"all": []}, dataset="orders")

    told = await people.get("/segments/overlap", params={"ids": f"{west['id']},{all_['id']}"})
    mixed = await people.get("/segments/overlap", params={"ids": [west["id"], other["id"]]})
    nothing = await people.get("/segments/overlap", params={"ids": ""})

    document = told.json()
    assert [[2, 3], [[2, 2], [2, 3]], [west["id"], all_["id"]]] == [
        document[name] for name in ("sizes", "intersections", "ids")
    ]
    assert [("wrong_dataset", "/ids")] == paths_of(mixed)
    assert 422 == nothing.status_code


async def test_a_version_can_be_looked_at_and_come_back(people: Front) -> None:
    """As a new one; the sizes are those of when each was made."""
    made = await make(people)
    changed = (await patch(people, made, condition=NEW_YORK, note="moved")).json()
    path = f"/segments/{made['id']}/versions"

    stale = await people.post(f"{path}/1/restore", {"version": 1})
    restored = (await people.post(f"{path}/1/restore", {"version": changed["version"]})).json()
    listed = (await people.get(path)).json()["items"]
    unknown = await people.post(f"{path}/9/restore")

    assert [3, 2, CALIFORNIA] == [restored[name] for name in ("version", "size", "condition")]
    assert [(3, 2, "version 1 restored"), (2, 1, "moved"), (1, 2, "")] == [
        (each["version"], each["size"], each["note"]) for each in listed
    ]
    assert [409, 404, "unknown_version"] == [
        stale.status_code, unknown.status_code, code_of(unknown),
    ]  # fmt: skip


async def test_versions_are_compared_condition_by_condition(people: Front) -> None:
    """What came and went, each at its place and in English, with both sizes."""
    vip = {"field": "vip", "op": "is", "value": True}
    made = await make(people, {"all": [CALIFORNIA, {"any": [vip, NEW_YORK]}]})
    await patch(people, made, condition={"all": [{"any": [vip]}, CALIFORNIA]})

    diff = (await people.get(f"/segments/{made['id']}/versions/1/diff/2")).json()

    assert [1, 1] == [diff["from"]["size"], diff["to"]["size"]]
    assert [[], [("/all/1/any/1", NEW_YORK, "State is NY")]] == [
        diff["added"],
        [(each["path"], each["condition"], each["text"]) for each in diff["removed"]],
    ]


async def test_lists_are_compared_without_telling_keys(people: Front) -> None:
    """How many came and went."""
    made = await make(people, keys=[1, 2])
    await patch(people, made, keys=[2, 3, 4])

    diff = (await people.get(f"/segments/{made['id']}/versions/1/diff/2")).json()

    assert [2, 1] == [diff["keys_added"], diff["keys_removed"]]


async def test_a_copy_is_a_segment_of_its_own(people: Front) -> None:
    """A rule or a list; without a body it is called a copy."""
    rule, keys = await make(people, name="A"), await make(people, keys=[1, 3])

    copy = await people.post(f"/segments/{rule['id']}/duplicate", {"name": "B"})
    other = await people.client.post(f"{API}/segments/{keys['id']}/duplicate")

    assert [201, "B", 2, CALIFORNIA] == [
        copy.status_code, *(copy.json()[name] for name in ("name", "size", "condition")),
    ]  # fmt: skip
    assert ["Copy of Golden state", 2, 2] == [
        other.json()[name] for name in ("name", "size", "key_count")
    ]
    assert 4 == len({rule["id"], keys["id"], copy.json()["id"], other.json()["id"]})


async def test_a_record_says_which_segments_it_is_in(people: Front) -> None:
    """Where that is asked for; archived ones are left out."""
    inside, _ = await make(people), await make(people, NEW_YORK)
    await patch(people, await make(people), status="archived")

    told = (await people.get("/datasets/people/records/1?segments=true")).json()
    plain = (await people.get("/datasets/people/records/1")).json()

    assert [inside["id"]] == told["segments"]
    assert "segments" not in plain


async def test_segments_and_related_records_meet(people: Front) -> None:
    """A segment inside of ``where``, and one whose condition is on related records."""
    await people.post("/datasets", ORDERS)
    orders = [{"op": "upsert", "key": key, "values": {"buyer": buyer}}
              for key, buyer in enumerate((1, 1, 2), 1)]  # fmt: skip
    await people.post("/datasets/orders/changes", {"changes": orders})
    first = await make(people, dataset="orders", condition={"field": "id", "op": "is", "value": 1})
    buyers = await make(people, {"related": "orders", "where": {"segment": first["id"]}})
    wrong = {"related": "orders", "where": {"segment": buyers["id"]}}

    refused = await people.post("/datasets/people/count", {"condition": wrong})

    assert 1 == await count(people, {"all": [{"segment": buyers["id"]}, CALIFORNIA]})
    assert [("wrong_dataset", "/where")] == paths_of(refused)


async def test_an_import_tells_which_segments_it_touched(people: Front) -> None:
    """Those of the dataset, those on its records, and those that refer to them."""
    await people.post("/datasets", ORDERS)
    buyers = await make(people, {"related": "orders"})
    above = await make(people, {"not": {"segment": buyers["id"]}})
    await make(people)
    own = await make(people, {"all": []}, dataset="orders")

    done = await people.load("orders", b"id,buyer\n1,3\n")
    rehearsed = await people.load("orders", b"id,buyer\n1,3\n", dry_run=True)

    expected = sorted((buyers["id"], above["id"], own["id"]))
    assert [expected, expected] == [done["segments"], rehearsed["segments"]]


async def test_an_erased_key_is_in_no_list(tmp_path: Path) -> None:
    """In no version, nor in the file, and nobody can list it again."""
    async with opened(settings_for(tmp_path)) as front:
        fields = [{"name": "id", "type": "keyword"}]
        await front.post("/datasets", {"name": "people", "key": "id", "fields": fields})
        await front.post("/datasets/people/changes", {"changes": [
            {"op": "upsert", "key": key, "values": {}} for key in ("secretive", "other")
        ]})  # fmt: skip
        made = await make(front, keys=["other", "secretive"])
        await patch(front, made, keys=["secretive"])

        job = await front.client.delete(f"{API}/datasets/people/records/secretive?erase=true")
        await front.ended_erasure(job.json()["id"])
        versions = (await front.get(f"/segments/{made['id']}/versions")).json()["items"]
        again = await make(front, keys=["secretive", "other"])

        assert [0, 1] == [each["key_count"] for each in versions]
        assert 1 == again["key_count"]
        table = front.services.catalogue.segments
        kept = [table.packed(made["id"], number) for number in (1, 2)]
        assert 2 == len([each for each in kept if each is not None and b"secretive" not in each])
