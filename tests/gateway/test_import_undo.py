"""Rolling an import back: what it did is undone, what others did since stays."""

from pathlib import Path
from typing import Any

from gateway.imports.progress import State
from tests.gateway.front import Front, code_of, opened, settings_for, until

BEFORE = b"id,state,spent,tags\n1,CA,1.50,a|b\n2,NY,2.00,\n3,TX,,c\n"
TAGS = {"tags": "set"}
MIXED = b"id,state,spent,tags\n1,WA,1.50,b\n2,NY,9.75,x\n7,OR,7.00,\n"


async def test_an_upsert_is_undone(front: Front) -> None:
    """Created records go, changed fields are what they were; the import says so."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    before = await _records(front)
    done = await front.load("people", MIXED)
    changed = await _records(front)

    back = (await front.post(f"/imports/{done['id']}/rollback")).json()

    assert before != changed
    assert before == await _records(front)
    expected = {"created": 0, "updated": 2, "unchanged": 0, "deleted": 1}
    assert expected == back["rolled_back"]
    assert back == (await front.get(f"/imports/{done['id']}")).json()


async def test_every_mode_is_undone(front: Front) -> None:
    """One after the other, the last one first, back to where it began."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    states, imports = [await _records(front)], []
    for mode, on_empty in (("replace", "clear"), ("insert", "clear"), ("update", "clear"),
                           ("upsert", "clear"), ("delete", "ignore")):  # fmt: skip
        file = MIXED if mode in ("replace", "delete") else BEFORE
        done = await front.load("people", file, mode=mode, on_empty=on_empty)
        imports.append(done["id"])
        states.append(await _records(front))

    for import_id, state in zip(reversed(imports), reversed(states[:-1]), strict=True):
        assert 200 == (await front.post(f"/imports/{import_id}/rollback")).status_code
        assert state == await _records(front)


async def test_what_others_changed_since_stays(front: Front) -> None:
    """A field by field: theirs is kept, the import's is put back."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    done = await front.load("people", b"id,state,spent\n1,WA,5.00\n2,WA,5.00\n")
    await _change(front, {"op": "upsert", "key": 1, "values": {"state": "OR"}})
    await _change(front, {"op": "delete", "key": 2})

    back = (await front.post(f"/imports/{done['id']}/rollback")).json()

    records = await _records(front)
    assert [{"state": "OR", "spent": "1.50", "tags": ["a", "b"]}, None] == [
        records.get(1), records.get(2)
    ]  # fmt: skip
    assert {"created": 0, "updated": 1, "unchanged": 1, "deleted": 0} == back["rolled_back"]


async def test_a_removed_record_comes_back_unless_it_is_there(front: Front) -> None:
    """With all its fields; one that somebody has created anew is theirs."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    before = await _records(front)
    done = await front.load("people", b"id\n1\n2\n", mode="delete")
    await _change(front, {"op": "upsert", "key": 2, "values": {"state": "ZZ"}})

    await front.post(f"/imports/{done['id']}/rollback")

    records = await _records(front)
    assert before[1] == records[1]
    assert {"state": "ZZ", "spent": None, "tags": None} == records[2]


async def test_the_import_that_made_a_dataset_is_undone(front: Front) -> None:
    """The dataset stays, with its fields and without records; with made keys and texts too."""
    made = await front.load("log", b"what\nfirst\nsecond\n")
    words = await front.load("words", b"id,x\nab,1\ncd,2\n", key="id")

    for done in (made, words):
        assert 200 == (await front.post(f"/imports/{done['id']}/rollback")).status_code

    shown = [(await front.get(f"/datasets/{name}")).json() for name in ("log", "words")]
    assert [0, 0] == [dataset["records"] for dataset in shown]
    assert ["what"] == [field["name"] for field in shown[0]["fields"]]


async def test_a_rollback_survives_a_restart(tmp_path: Path) -> None:
    """What is to be put back is on disk, and so is that it was."""
    async with opened(settings_for(tmp_path)) as front:
        await front.load("people", BEFORE, key="id", types=TAGS)
        before = await _records(front)
        done = await front.load("people", MIXED, mode="replace")

    async with opened(settings_for(tmp_path)) as front:
        first = await front.post(f"/imports/{done['id']}/rollback")

    async with opened(settings_for(tmp_path)) as front:
        again = await front.post(f"/imports/{done['id']}/rollback")
        records = await _records(front)

    assert [200, 409] == [first.status_code, again.status_code]
    assert before == records


async def test_what_can_not_be_undone_says_why(front: Front) -> None:
    """409 and a sentence: a dry run, a failed one, a field that widened, one that is not kept."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    dry = await front.load("people", MIXED, dry_run=True)
    failed = await front.load("people", b"")
    widened = await front.load("people", b"id,spent\n1,7\n")
    await front.load("people", b"id,spent\n1,1.12345\n")
    lost = await front.load("people", MIXED)
    for kept in (front.services.settings.data / "imports" / "undo").glob("*/load.json"):
        if lost["id"] in kept.read_text():
            kept.unlink()

    answers = [
        await front.post(f"/imports/{done['id']}/rollback") for done in (dry, failed, widened, lost)
    ]

    assert [(409, "cannot_roll_back")] * 4 == [(one.status_code, code_of(one)) for one in answers]
    assert 404 == (await front.post("/imports/im_x/rollback")).status_code


async def test_an_import_that_is_being_written_can_be_cancelled(front: Front) -> None:
    """Also then the records are as they were."""
    await front.load("people", BEFORE, key="id", types=TAGS)
    before = await _records(front)
    many = b"id,state,more\n" + b"".join(b"%d,TX,1\n" % n for n in range(1, 200_000))
    accepted = (await front.hand_in("people", many)).json()["id"]
    jobs = front.services.imports._jobs
    await until(lambda: accepted in jobs and jobs[accepted].tally.is_read)

    await front.post(f"/imports/{accepted}/cancel")

    assert State.CANCELLED.value == (await front.ended(accepted))["state"]
    assert before == await _records(front)


async def _change(front: Front, change: dict[str, Any]) -> None:
    answer = await front.post("/datasets/people/changes", {"changes": [change]})
    assert [200, []] == [answer.status_code, answer.json()["rejected"]]


async def _records(front: Front) -> dict[int, dict[str, Any]]:
    asked = {"condition": {"all": []}, "fields": ["state", "spent", "tags"], "limit": 1000}
    answer = await front.post("/datasets/people/members", asked)
    return {item["key"]: item["values"] for item in answer.json()["items"]}
