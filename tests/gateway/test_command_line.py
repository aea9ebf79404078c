"""The command line in this process: what it prints, where, and how it ends."""

import io
import json
import sys
from pathlib import Path

import pytest
import typer

from gateway.catalogue.catalogue import Catalogue
from gateway.cli import app
from gateway.folder import DataFolder
from gateway.settings import Settings
from tests.gateway.command import Ended, Run
from tests.gateway.front import CALIFORNIA, NOW, opened, settings_for

CSV = "id,state\n1,CA\n2,NY\n3,CA\nx,CA\n"
WHERE = json.dumps(CALIFORNIA)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A CSV file of four rows, one of them bad."""
    path = tmp_path / "people.csv"
    path.write_text(CSV)
    return path


async def test_a_file_is_loaded_and_counted(run: Run, tmp_path: Path, file: Path) -> None:
    """The number alone on standard output; one line per step on the other."""
    data = tmp_path / "data"
    loaded = await run("load", file, "--into", "people", "--key", "id",
                       "--type", "id=int", "--data", data)  # fmt: skip

    counted = await run("count", "people", WHERE, "--data", data)

    assert [0, "people: 4 rows read; 3 created, 1 rejected\n"] == [loaded.code, loaded.out]
    assert "loading people.csv\n" == loaded.err
    assert [0, "2\n"] == [counted.code, counted.out]


async def test_a_count_prints_the_object_of_the_http_answer(
    run: Run, tmp_path: Path, file: Path
) -> None:
    """The same keys, one line; now and the nodes are told."""
    data = tmp_path / "data"
    await run("load", file, "--into", "people", "--key", "id", "--type", "id=int", "--data", data)

    counted = await run("count", "people", WHERE, "--data", data, "--json", "--per-node",
                        "--now", "2020-01-01T00:00:00Z")  # fmt: skip

    answer = json.loads(counted.out)
    expected = {"count": 2, "total": 3, "now": "2020-01-01T00:00:00Z", "per_node": {"": 2},
                "resolved": {}}  # fmt: skip
    assert expected == {name: answer[name] for name in expected}
    assert {"as_of", "elapsed_ms"} == set(answer) - set(expected)
    assert 1 == counted.out.count("\n")


async def test_a_condition_may_come_from_a_file_or_standard_input(
    run: Run, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``@FILE`` and ``-``."""
    data, where = tmp_path / "data", tmp_path / "where.json"
    where.write_text(WHERE)
    await run("load", file, "--into", "people", "--key", "id", "--type", "id=int", "--data", data)

    of_file = await run("count", "people", f"@{where}", "--data", data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WHERE.encode())))
    of_input = await run("count", "people", "-", "--data", data)

    assert ["2\n", "2\n"] == [of_file.out, of_input.out]


async def test_a_count_is_explained_as_a_tree(run: Run, tmp_path: Path, file: Path) -> None:
    """A line a node; with a key, whether each holds and what the record has."""
    data = tmp_path / "data"
    await run("load", file, "--into", "people", "--key", "id", "--type", "id=int", "--data", data)
    where = json.dumps({"any": [CALIFORNIA, {"not": CALIFORNIA}]})

    plain = await run("explain", "people", where, "--data", data)
    keyed = await run("explain", "people", where, "--data", data, "--key", 2)

    assert [0, 0, 4, 4] == [plain.code, keyed.code, *map(_lines, (plain, keyed))]
    whole = "state is CA or not (state is CA)  3 records, expected 3; bitmaps, "
    assert plain.out.startswith(whole)
    assert ["✓", "✗", "✓", "✗"] == [mark for mark in keyed.out if mark in "✓✗"]
    assert keyed.out.endswith('the record has "NY"\n')


async def test_an_explanation_prints_the_object_of_the_http_answer(
    run: Run, tmp_path: Path, file: Path
) -> None:
    """The same keys, whether it is asked of a folder or of a service."""
    data = tmp_path / "data"
    await run("load", file, "--into", "people", "--key", "id", "--type", "id=int", "--data", data)

    local = await run("explain", "people", WHERE, "--data", data, "--json", "--key", "2",
                      "--now", "2020-01-01T00:00:00Z")  # fmt: skip
    async with opened(settings_for(data)) as front:
        asked = {"condition": CALIFORNIA, "key": "2"}
        remote = (await front.post("/datasets/people/explain", asked)).json()

    answer = json.loads(local.out)
    # A service has kernels ready; who asks once reads without them.
    assert ["stored count", "bitmaps"] == [remote.pop("method"), answer.pop("method")]
    assert {**remote, "ms": 0} == {**answer, "ms": 0}
    assert 1 == local.out.count("\n")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("count", "nowhere", WHERE), 1, "nowhere"),
        (("count", "people", "{"), 2, "JSON"),
        (("count", "people", "@missing.json"), 2, "missing.json"),
        (("count", "people", WHERE, "--now", "soon"), 2, "instant"),
        (("count", "people", WHERE, "--connect", "ftp://x"), 2, "http://HOST:PORT"),
        (("count", "people", WHERE, "--connect", "127.0.0.1:1"), 1, "no Cardinal answers"),
        (("explain", "nowhere", WHERE), 1, "nowhere"),
        (("explain", "nowhere", WHERE, "--key", "1"), 1, "nowhere"),
        (("explain", "people", "{"), 2, "JSON"),
        (("explain", "people", WHERE, "--connect", "127.0.0.1:1"), 1, "no Cardinal answers"),
        (("load", "missing.csv", "--into", "people"), 2, "missing.csv"),
        (("load", "missing.csv", "--into", "people", "--type", "id"), 2, "FIELD=TYPE"),
        (("load", "missing.csv", "--into", "people", "--type", "id=whole"), 2, "FIELD=TYPE"),
        (("serve", "--host", "0.0.0.0", "--no-auth"), 2, "loopback"),
        (("serve", "--clock", "manual"), 2, "--no-auth"),
    ],
)
async def test_a_fault_is_one_sentence_and_a_code(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], code: int, word: str,
) -> None:  # fmt: skip
    """On standard error, without a trace of Python."""
    monkeypatch.setenv("CARDINAL_DATA", str(tmp_path / "data"))

    ended = await run(*arguments)

    said = [line for line in ended.err.splitlines() if line.startswith("cardinal: ")]
    assert [code, "", 1] == [ended.code, ended.out, len(said)]
    assert word in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("arguments", [("fly",), ("count",), ("count", "a", "{}", "--zap")])
async def test_wrong_usage_ends_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    """And shows how."""
    ended = await run(*arguments)

    assert 2 == ended.code
    assert "Usage" in ended.err


async def test_a_dry_run_tells_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    """With what is to be known about the file."""
    path = tmp_path / "people.csv"
    path.write_bytes("id,né\n1,é\n1,à\n".encode("cp1252"))

    told = await run("load", path, "--into", "people", "--key", "id", "--dry-run",
                     "--on-empty", "clear", "--data", tmp_path / "data")  # fmt: skip
    asked = await run("count", "people", '{"all": []}', "--data", tmp_path / "data")

    assert [
        "people: 2 rows read; would be 1 created, 1 given up for later ones",
        "  the file is read as Windows-1252",
    ] == told.out.splitlines()
    assert "people" in asked.err


async def test_a_failed_load_says_why(run: Run, tmp_path: Path) -> None:
    """And leaves no dataset."""
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")

    ended = await run("load", path, "--into", "people", "--data", tmp_path / "data")

    assert 2 == ended.code
    assert "empty.csv was not loaded: " in ended.err


async def test_a_folder_in_use_says_what_to_do(run: Run, tmp_path: Path) -> None:
    """One process at a time works on it; the other is told of ``--connect``."""
    async with opened(settings_for(tmp_path)):
        ended = await run("count", "people", WHERE, "--data", tmp_path)

    assert [1, True] == [ended.code, "--connect" in ended.err]


async def test_a_token_is_printed_once(run: Run, tmp_path: Path) -> None:
    """It works for its role, also beside a running service."""
    async with opened(settings_for(tmp_path, auth=True)) as front:
        ended = await run("token", "create", "--role", "viewer", "--name", "bot",
                          "--data", tmp_path)  # fmt: skip
        bearer = {"Authorization": f"Bearer {ended.out.strip()}"}
        answer = await front.get("/session", headers=bearer)

    assert {"auth": True, "role": "viewer", "name": "bot"} == answer.json()


async def test_a_sign_in_link_can_be_made_again(run: Run, tmp_path: Path) -> None:
    """For the address people use."""
    ended = await run("token", "link", "--role", "analyst", "--name", "Ann",
                      "--address", "https://cardinal.test/", "--data", tmp_path)  # fmt: skip

    address, _, ticket = ended.out.strip().partition("?ticket=")
    catalogue = Catalogue.open(DataFolder(tmp_path).catalogue)
    held = catalogue.tickets.redeem(ticket, purpose="signin", now=NOW)
    catalogue.close()
    assert "https://cardinal.test/signin" == address
    assert held is not None
    assert ["analyst", "Ann"] == [held.role, held.name]


def test_every_setting_is_a_flag() -> None:
    """Of the same name, with the same help, wherever something is served."""
    verbs = typer.main.get_group(app).commands

    flags = [
        {flag.name: getattr(flag, "help", "") for flag in verbs[verb].params}
        for verb in ("serve", "demo")
    ]

    expected = {name: field.description for name, field in Settings.model_fields.items()}
    assert [expected, expected] == flags


def _lines(ended: Ended) -> int:
    return ended.out.count("\n")
