"""``cardinal segments``: on a data folder and at a running service alike."""

import json
from pathlib import Path

import pytest
from pyroaring import BitMap64

from tests.gateway.command import Run
from tests.gateway.front import CALIFORNIA, opened, settings_for

WHERE = json.dumps(CALIFORNIA)


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder with people in it."""
    folder = tmp_path / "data"
    async with opened(settings_for(folder)) as front:
        await front.fill()
    return folder


async def test_a_segment_is_made_shown_used_and_removed(run: Run, data: Path) -> None:
    """Every verb, on a data folder."""
    made = await run("segments", "create", "people", "West", WHERE, "--tag", "t", "--data", data,
                     "--json")  # fmt: skip
    segment = json.loads(made.out)["id"]
    reference = json.dumps({"segment": segment})

    shown = await run("segments", "show", segment, "--data", data)
    listed = await run("segments", "list", "--tag", "t", "--data", data)
    counted = await run("count", "people", reference, "--data", data)
    members = await run("segments", "members", segment, "--data", data)
    removed = await run("segments", "delete", segment, "--data", data)
    gone = await run("segments", "show", segment, "--data", data)

    line = f"{segment}  2  West (people)\n"
    assert [line, line + json.dumps(CALIFORNIA, separators=(",", ":")) + "\n"] == [
        listed.out, shown.out,
    ]  # fmt: skip
    assert ["2\n", "1\n3\n", ""] == [counted.out, members.out, removed.out]
    assert [1, "cardinal: there is no segment of this id\n"] == [gone.code, gone.err]


async def test_a_list_comes_from_a_file_and_a_bitmap_goes_to_one(
    run: Run, data: Path, tmp_path: Path
) -> None:
    """Keys one a line; the bitmap is written whole."""
    keys, file = tmp_path / "keys.txt", tmp_path / "members.roaring"
    keys.write_text("3\n1\n77\n")

    made = await run("segments", "create", "people", "Some", "--keys", keys, "--data", data)
    segment = made.out.split()[0]
    written = await run("segments", "bitmap", segment, file, "--data", data)
    nothing = await run("segments", "create", "people", "Some", "--data", data)

    assert f"{segment}  2  Some (people)\n" == made.out
    assert 2 == len(BitMap64.deserialize(file.read_bytes()))
    assert [0, 2] == [written.code, nothing.code]
