"""The files that people have trouble with, through HTTP and through the command line."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.gateway.command import Run
from tests.gateway.corpus import CASES, Case
from tests.gateway.front import Front, opened, settings_for

TITLES = [case.title for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=TITLES)
async def test_a_file_becomes_its_records(front: Front, case: Case) -> None:
    """Every row is a record, gave way to a later one, or is rejected with its line and reason."""
    done = await front.load(
        "people", case.file, name=case.name, key=case.key, types=dict(case.types)
    )

    assert [None, "succeeded"] == [done.get("error"), done["state"]]
    assert [len(case.rejected), case.repeated] == [done["rejected"], done["repeated"]]
    assert done["rows"] == done["created"] + done["rejected"] + done["repeated"]
    assert list(case.rejected) == await _rejects(front, done["id"])
    for key, values in case.records.items():
        assert values == await _values(front, key, values)


@pytest.mark.parametrize("case", CASES, ids=TITLES)
async def test_the_command_line_reads_the_same(run: Run, tmp_path: Path, case: Case) -> None:
    """The counts and the records of the file where it lies."""
    file = tmp_path / case.name
    file.write_bytes(case.file)
    types = [f"--type={name}={kind}" for name, kind in case.types.items()]

    loaded = await run("load", file, "--into", "people", "--key", case.key, *types, "--json",
                       "--data", tmp_path / "data")  # fmt: skip

    done = json.loads(loaded.out)
    assert [len(case.rejected), case.repeated] == [done["rejected"], done["repeated"]]
    async with opened(settings_for(tmp_path / "data")) as front:
        for key, values in case.records.items():
            assert values == await _values(front, key, values)


async def test_an_ambiguous_order_of_dates_is_asked_about(front: Front) -> None:
    """The import fails with the column and the way out; told the order, it goes through."""
    file = b"id,d\n1,03/04/2025\n2,05/06/2025\n"

    asked = await front.load("a", file, key="id", types={"d": "date"})
    told = await front.load("a", file, key="id", types={"d": "date"}, date_order="month_first")

    assert ["failed", "succeeded"] == [asked["state"], told["state"]]
    assert "'d'" in asked["error"]
    assert "date_order" in asked["error"]
    assert {"d": "2025-03-04"} == await _values(front, 1, {"d": None}, "a")
    assert ["the dates in 'd' are read with the month first"] == told["notes"]


async def test_what_was_made_of_a_file_is_said(front: Front) -> None:
    """Its encoding, names that were mended, names that differ in case only."""
    done = await front.load("a", "id,né,né,,Id\n1,2,3,4,5\n".encode("cp1252"), key="id")

    assert [
        "the file is read as Windows-1252",
        "column 3 is called 'né_2': its name is taken",
        "column 4 is called 'column_4': it has no name",
        "'id' and 'Id' differ in case only; they are two fields",
    ] == done["notes"]


async def test_bytes_that_come_late_decide_for_the_whole_file(front: Front) -> None:
    """Windows-1252 is seen behind megabytes of plain text, by files of any size."""
    rows = b"".join(b"%d,plain\n" % n for n in range(1, 150_000))

    done = await front.load("a", b"id,name\n" + rows + "0,José\n".encode("cp1252"), key="id")

    assert [150_000, 0] == [done["created"], done["rejected"]]
    assert {"name": "José"} == await _values(front, 0, {"name": None}, "a")


async def _values(
    front: Front, key: object, wanted: object, dataset: str = "people"
) -> dict[str, object]:
    shown = (await front.get(f"/datasets/{dataset}/records/{key}")).json()
    assert isinstance(wanted, dict)
    return {name: shown["values"][name] for name in wanted}


async def _rejects(front: Front, import_id: str) -> list[tuple[int, str]]:
    text = (await front.get(f"/imports/{import_id}/rejects.csv")).text
    rows = list(csv.reader(io.StringIO(text)))[1:]
    return [(int(line), reason.split(":")[0]) for line, _, reason, _ in rows]
