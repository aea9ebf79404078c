"""Imports over HTTP: files in, progress, rejects, cancelling, restarts."""

import asyncio
import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.imports.progress import Progress, State
from gateway.imports.wishes import Upload, Wishes
from indexer.model.ids import DatasetName, FieldName
from tests.gateway.front import API, NOW, Front, code_of, opened, paths_of, settings_for, until

PARTS = {"content-type": "multipart/form-data; boundary=x"}
CSV = b"id,state,spent,seen\n1,CA,1.50,2025-01-02\n2,,3.25,\n3,NY,,2025-02-03\n"


async def test_a_dataset_is_made_from_its_file(front: Front) -> None:
    """Types are inferred, the key is the wish's, every row is counted."""
    done = await front.load("people", CSV, key="id")

    shown = (await front.get("/datasets/people")).json()
    expected = {"state": "succeeded", "rows": 3, "created": 3, "rejected": 0, "eta_s": None,
                "bytes": len(CSV), "total_bytes": len(CSV)}  # fmt: skip
    assert expected == {name: done[name] for name in expected}
    types = {"id": "int", "state": "keyword", "spent": "decimal", "seen": "date"}
    assert types == {field["name"]: field["type"] for field in shown["fields"]}
    assert ["id", 3] == [shown["key"], shown["records"]]


async def test_keys_are_made_where_none_is_named(front: Front) -> None:
    """From 1, in file order."""
    await front.load("log", b"what\nfirst\nsecond\n")

    shown = (await front.get("/datasets/log/records/2")).json()
    assert {"key": 2, "values": {"what": "second"}} == shown


async def test_parquet_and_gzip_are_read(front: Front) -> None:
    """By what is in them."""
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", None]}), out)

    parquet = await front.load("a", out.getvalue(), name="a.parquet", key="id")
    packed = await front.load("b", gzip.compress(CSV), name="b.csv.gz", key="id")

    assert [2, 3] == [parquet["created"], packed["created"]]


async def test_a_second_file_updates(front: Front) -> None:
    """Known keys are updated, new ones created, new columns become fields."""
    await front.load("people", CSV, key="id")

    done = await front.load("people", b"id,state,city\n1,TX,Dallas\n4,CA,\n2,,\n")

    record = (await front.get("/datasets/people/records/1")).json()
    assert [1, 1, 1] == [done["created"], done["updated"], done["unchanged"]]
    assert ["TX", "Dallas", "1.50"] == [record["values"][n] for n in ("state", "city", "spent")]


async def test_an_empty_cell_clears_when_told(front: Front) -> None:
    """``on_empty`` chooses between keeping and clearing."""
    await front.load("people", CSV, key="id")

    await front.load("people", b"id,state,spent\n1,,\n", on_empty="clear")

    values = (await front.get("/datasets/people/records/1")).json()["values"]
    assert [None, None] == [values["state"], values["spent"]]


async def test_a_delete_import_removes(front: Front) -> None:
    """Keys that aren't there are passed by; no field is added."""
    await front.load("people", CSV, key="id")

    done = await front.load("people", b"id,why\n1,left\n77,never\n", mode="delete")

    shown = (await front.get("/datasets/people")).json()
    assert [1, 2] == [done["deleted"], shown["records"]]
    assert "why" not in {field["name"] for field in shown["fields"]}


async def test_an_update_needs_its_dataset(front: Front) -> None:
    """Nothing is made of a file that may only change what is there."""
    done = await front.load("nowhere", CSV, mode="update", key="id")

    assert "failed" == done["state"]
    assert 404 == (await front.get("/datasets/nowhere")).status_code


async def test_a_link_is_declared_with_the_file(front: Front) -> None:
    """Under its own name or its field's."""
    await front.load("people", CSV, key="id")

    await front.load("visits", b"person,at\n1,2025-01-01\n9,2025-01-02\n",
                     links=[{"field": "person", "to": "people"}])  # fmt: skip

    links = (await front.get("/datasets/visits")).json()["links"]
    assert [{"name": "person", "field": "person", "to": "people"}] == links


async def test_rejected_rows_can_be_fetched(front: Front) -> None:
    """With line, column and reason; the rest is loaded."""
    file = b"id,spent\n1,1.50\nx,2.00\n3,lots\n"

    done = await front.load("people", file, key="id", types={"id": "int", "spent": "decimal"})

    answer = await front.get(f"/imports/{done['id']}/rejects.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert ["succeeded", 3, 1, 2] == [done[n] for n in ("state", "rows", "created", "rejected")]
    assert [["3", "id"], ["4", "spent"]] == [row[:2] for row in rows[1:]]
    assert answer.headers["content-type"].startswith("text/csv")


async def test_too_many_rejects_stop_an_import(front: Front) -> None:
    """Everything stays as it was: a dataset that it would have made is not there."""
    done = await front.load(
        "people", b"id\n1\nx\ny\n", key="id", types={"id": "int"}, stop_at_rejects=2
    )

    assert ["failed", 2] == [done["state"], done["rejected"]]
    assert "rejects" in done["error"]
    assert 404 == (await front.get("/datasets/people")).status_code


async def test_a_dry_run_only_looks(front: Front) -> None:
    """It types and tells what would be; no dataset appears."""
    done = await front.load("people", CSV, key="id", dry_run=True)

    fields = [(field["name"], field["type"]) for field in done["fields"]]
    assert [("id", "int"), ("state", "keyword"), ("spent", "decimal"), ("seen", "date")] == fields
    assert ["succeeded", 3, 3] == [done["state"], done["rows"], done["created"]]
    assert [] == (await front.get("/datasets")).json()["items"]


async def test_a_file_that_is_no_data_fails_with_a_sentence(front: Front) -> None:
    """And nothing is made of it."""
    done = await front.load("people", b"\x00\x01\x02\x00", key="id")

    assert ["failed", True] == [done["state"], bool(done["error"])]
    assert [] == (await front.get("/datasets")).json()["items"]


async def test_options_are_checked_at_once(front: Front) -> None:
    """Every fault with its place, before anything is queued."""
    answer = await front.hand_in(
        "people", CSV, mode="sideways", types={"a": "word"}, stop_at_rejects=0, extra=1
    )

    expected = {"/mode", "/types/a", "/stop_at_rejects", "/extra"}
    assert [422, expected] == [answer.status_code, {path for _, path in paths_of(answer)}]


async def test_an_option_must_fit_its_dataset(front: Front) -> None:
    """A known dataset keeps its key; a zone must exist."""
    await front.load("people", CSV, key="id")

    answer = await front.hand_in("people", CSV, key="state", time_zone="Nowhere/Land")

    assert [("bad_zone", "/time_zone"), ("bad_value", "/key")] == paths_of(answer)


async def test_a_body_without_a_file_is_refused(front: Front) -> None:
    """So is one that is no multipart, or has a part too many; nothing stays behind."""
    url = f"{API}/datasets/people/imports"

    answers = [
        await front.client.post(url, content=b"id\n1\n"),
        await front.client.post(url, files={"options": ("o.json", b"{}")}),
        await front.client.post(url, files={"file": ("a.csv", CSV), "second": ("b.csv", CSV)}),
        await front.client.post(url, content=b"--x\r\nbroken", headers=PARTS),
    ]  # fmt: skip

    assert [400, 422, 422, 400] == [answer.status_code for answer in answers]
    assert [] == list(front.services.imports.upload_path().parent.iterdir())


async def test_an_upload_has_a_bound(tmp_path: Path) -> None:
    """A file over it is refused while it arrives."""
    async with opened(settings_for(tmp_path, upload_bytes_max=20)) as front:
        answer = await front.hand_in("people", CSV, key="id")

        assert [413, "too_large"] == [answer.status_code, code_of(answer)]
        assert [] == list(front.services.imports.upload_path().parent.iterdir())


async def test_a_queued_import_can_be_cancelled(front: Front, tmp_path: Path) -> None:
    """It never starts; cancelling it again is a conflict."""
    imports = front.services.imports
    file = tmp_path / "people.csv"
    file.write_bytes(CSV)
    upload = Upload(file, file.name, len(CSV), owned=False)
    first, second = (
        imports.submit(Wishes(DatasetName(name), key=FieldName("id")), upload) for name in "ab"
    )

    # Nobody else has had a turn since they were handed in, so the second can't have started.
    stopped = imports.cancel(second.id)
    again = await front.post(f"/imports/{second.id}/cancel")

    assert [State.CANCELLED, 409] == [stopped.state, again.status_code]
    assert "succeeded" == (await front.ended(first.id))["state"]
    assert ["a"] == [one["name"] for one in (await front.get("/datasets")).json()["items"]]


async def test_a_running_import_can_be_cancelled(front: Front) -> None:
    """The dataset stays as it was before."""
    await front.load("people", CSV, key="id")
    many = b"id,state\n" + b"".join(b"%d,TX\n" % n for n in range(1, 400_000))
    accepted = (await front.hand_in("people", many)).json()["id"]
    runner = front.services.imports
    await until(lambda: runner.find(accepted).state is State.RUNNING)

    await front.post(f"/imports/{accepted}/cancel")

    assert "cancelled" == (await front.ended(accepted))["state"]
    assert 3 == (await front.get("/datasets/people")).json()["records"]


async def test_too_many_waiting_imports_are_refused(tmp_path: Path) -> None:
    """With a time to come back; their files don't stay."""
    async with opened(settings_for(tmp_path, imports_waiting_max=1)) as front:
        answers = await asyncio.gather(
            *(front.hand_in(name, CSV, key="id") for name in ("a", "b", "c", "d"))
        )
        for answer in answers:
            if answer.status_code == 202:
                await front.ended(answer.json()["id"])

        refused = [answer for answer in answers if answer.status_code != 202]
        assert {(503, "overloaded")} == {(one.status_code, code_of(one)) for one in refused}
        assert all("retry-after" in one.headers for one in refused)
        assert [] == list(front.services.imports.upload_path().parent.iterdir())


async def test_an_import_is_remembered_after_a_restart(tmp_path: Path) -> None:
    """One that was under way has failed, and says so; its upload is gone."""
    async with opened(settings_for(tmp_path)) as front:
        done = await front.load("people", CSV, key="id")
        left = Progress(id="im_left", dataset="people", total_bytes=9, state=State.RUNNING)
        ledger = front.services.catalogue.imports
        leftover = front.services.imports.upload_path()
        leftover.write_bytes(b"half")
        await front.services.imports.close()
        ledger.save(left, NOW)

    async with opened(settings_for(tmp_path)) as front:
        seen = (await front.get(f"/imports/{done['id']}")).json()
        broken = (await front.get("/imports/im_left")).json()

    assert done == seen
    assert ["failed", True] == [broken["state"], "interrupted by a restart" in broken["error"]]
    assert not leftover.exists()


async def test_an_unknown_import_is_not_there(front: Front) -> None:
    """Nor are its rejects, nor can it be cancelled."""
    answers = [
        await front.get("/imports/im_x"),
        await front.get("/imports/im_x/rejects.csv"),
        await front.post("/imports/im_x/cancel"),
    ]

    assert [(404, "unknown_import")] * 3 == [(one.status_code, code_of(one)) for one in answers]


async def test_a_mistake_of_ours_ends_one_import_only(front: Front) -> None:
    """The next one is done; the message names where to look, and nothing else."""
    broken = await front.hand_in("a", CSV, key="id")
    waiting = front.services.imports._jobs[broken.json()["id"]]
    waiting.upload.path.unlink()

    done = await front.ended(broken.json()["id"])

    assert ["failed", True] == [done["state"], "on our side" in done["error"]]
    assert "succeeded" == (await front.load("b", CSV, key="id"))["state"]
