"""Every mode of an import, with empty cells kept or cleared: counts and records, exactly."""

from typing import Any

import pytest

from tests.gateway.front import Front

BEFORE = b"id,state,spent\n1,CA,1.50\n2,NY,2.00\n3,TX,3.00\n"
FILE = b"id,state,spent\n1,CA,\n2,WA,5.25\nx,NO,1\n8,OR,\n9,ID,9.00\n9,UT,9.50\n"
"""One row as it is, one that changes, one that is wrong, one new one, one new one twice."""

KEPT = {1: ("CA", "1.50"), 2: ("NY", "2.00"), 3: ("TX", "3.00")}
NEW = {8: ("OR", None), 9: ("UT", "9.50")}
CHANGED = {1: ("CA", "1.50"), 2: ("WA", "5.25")}
CLEARED = {1: ("CA", None), 2: ("WA", "5.25")}
MODES: list[tuple[str, str, tuple[int, int, int, int], dict[int, tuple[Any, ...]]]] = [
    ("upsert", "ignore", (2, 1, 1, 0), KEPT | CHANGED | NEW),
    ("upsert", "clear", (2, 2, 0, 0), KEPT | CLEARED | NEW),
    ("insert", "ignore", (2, 0, 2, 0), KEPT | NEW),
    ("insert", "clear", (2, 0, 2, 0), KEPT | NEW),
    ("update", "ignore", (0, 1, 3, 0), KEPT | CHANGED),
    ("update", "clear", (0, 2, 2, 0), KEPT | CLEARED),
    ("replace", "ignore", (2, 2, 0, 1), CLEARED | NEW),
    ("replace", "clear", (2, 2, 0, 1), CLEARED | NEW),
    ("delete", "ignore", (0, 0, 2, 2), {3: KEPT[3]}),
    ("delete", "clear", (0, 0, 2, 2), {3: KEPT[3]}),
]  # fmt: skip
COUNTS = ("created", "updated", "unchanged", "deleted")
IDS = [f"{mode}, {empty}" for mode, empty, _, _ in MODES]


@pytest.mark.parametrize(("mode", "on_empty", "counts", "after"), MODES, ids=IDS)
async def test_a_mode_does_what_it_says(
    front: Front,
    mode: str,
    on_empty: str,
    counts: tuple[int, ...],
    after: dict[int, tuple[Any, ...]],
) -> None:
    """The dry run tells the same before, and changes nothing."""
    await front.load("people", BEFORE, key="id")

    told = await front.load("people", FILE, mode=mode, on_empty=on_empty, dry_run=True)
    between = await _records(front)
    done = await front.load("people", FILE, mode=mode, on_empty=on_empty)

    assert KEPT == between
    assert [counts, counts] == [tuple(each[name] for name in COUNTS) for each in (told, done)]
    assert [(6, 1, 1)] * 2 == [
        (each["rows"], each["rejected"], each["repeated"]) for each in (told, done)
    ]
    assert after == await _records(front)


@pytest.mark.parametrize("mode", ["upsert", "insert", "replace"])
async def test_a_dataset_can_be_made_in_every_mode_that_creates(front: Front, mode: str) -> None:
    """As if it had been there, empty."""
    done = await front.load("people", BEFORE, key="id", mode=mode)

    assert (3, 0, 0, 0) == tuple(done[name] for name in COUNTS)
    assert KEPT == await _records(front)


@pytest.mark.parametrize("mode", ["upsert", "insert", "update", "replace", "delete"])
async def test_rejects_stop_every_mode(front: Front, mode: str) -> None:
    """At the number that was said, with everything as it was; one less goes through."""
    await front.load("people", BEFORE, key="id")
    file = b"id,state,more\n1,ZZ,a\nx,NO,a\ny,NO,a\n"

    stopped = await front.load("people", file, mode=mode, stop_at_rejects=2)
    kept, fields = await _records(front), await _fields(front)
    through = await front.load("people", file, mode=mode, stop_at_rejects=3)

    assert ["failed", 2, "succeeded", 2] == [
        stopped["state"], stopped["rejected"], through["state"], through["rejected"]
    ]  # fmt: skip
    assert [KEPT, ["id", "state", "spent"]] == [kept, fields]


async def test_deleting_needs_keys_only(front: Front) -> None:
    """Whatever else a row holds, it doesn't matter."""
    await front.load("people", BEFORE, key="id")

    done = await front.load("people", b"id,spent,why\n1,lots,a\n2,more,b\n", mode="delete")

    assert [2, 0, []] == [done["deleted"], done["rejected"], done["schema_changes"]]
    assert {3: KEPT[3]} == await _records(front)


async def _fields(front: Front) -> list[str]:
    return [field["name"] for field in (await front.get("/datasets/people")).json()["fields"]]


async def _records(front: Front) -> dict[int, tuple[Any, ...]]:
    answer = await front.post(
        "/datasets/people/members", {"condition": {"all": []}, "fields": ["state", "spent"]}
    )
    return {
        item["key"]: (item["values"]["state"], item["values"]["spent"])
        for item in answer.json()["items"]
    }
