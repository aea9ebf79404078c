"""A backup is whole or not there, also of a folder in use; restored, it is what was backed up."""

import json
import signal
import threading
from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace

from gateway.folder import DataFolder
from gateway.upkeep import restore as restoring
from gateway.upkeep.backup import back_up
from gateway.upkeep.contents import contents_of, write_contents
from gateway.upkeep.restore import restore
from indexer.model.errors import BadShape, DiskFull, SnapshotCorrupt
from indexer.store.files import copy_file
from indexer.store.folder import FolderLock
from tests.gateway.front import NOW
from tests.gateway.test_process import served
from tests.gateway.upkeep.folders import cardinal, count_in, doctor, files_of

ANSWERS_WITHIN_S = 60
WAKES_EVERY_S = 0.01
ROWS = 50


def test_a_backup_is_restored_into_an_empty_folder(tmp_path: Path, data: Path) -> None:
    """Data, tokens and rejected rows; the lock and the ballast stay where they are."""
    cardinal("token", "create", "--role", "admin", "--name", "somebody", "--data", data)

    made = cardinal("backup", tmp_path / "backup", "--data", data, "--json")
    put = cardinal("restore", tmp_path / "backup", "--data", tmp_path / "again")

    told = json.loads(made.stdout)
    assert [0, 0] == [made.returncode, put.returncode]
    assert [{"name": "people", "sequence": 1, "records": 3}] == told["datasets"]
    assert put.stdout.startswith(f"{tmp_path / 'again'}: 1 dataset, 3 records in snapshots")
    backup, restored = files_of(tmp_path / "backup"), files_of(tmp_path / "again")
    assert {"BACKUP.json", *restored} - {"LOCK"} == set(backup)
    assert {name: backup[name] for name in restored if name != "LOCK"} == {
        name: data for name, data in restored.items() if name != "LOCK"
    }
    assert told["files"] == len(backup) - 1
    assert 3 == count_in(tmp_path / "again")
    assert b"somebody" in (tmp_path / "again" / "catalogue" / "catalogue.sqlite").read_bytes()


TRIES_MAX = 20


def test_a_running_service_is_backed_up(tmp_path: Path) -> None:
    """While it loads: all that was acknowledged before is in it, and no load in part."""
    data, again = tmp_path / "data", tmp_path / "again"
    with served(tmp_path, "--no-auth") as service:
        loads = Loads(service.facts["http"])
        loads.start()
        loads.wait_for(1)
        acknowledged = loads.done
        made = cardinal("backup", tmp_path / "backup", "--data", data, "--json")
        for _ in range(TRIES_MAX):
            if "try again" not in made.stderr:
                break
            # Loads follow so close on each other that it may have to be asked for again.
            made = cardinal("backup", tmp_path / "backup", "--data", data, "--json")
        beside = doctor(data)
        repair = cardinal("doctor", "--repair", "--data", data)
        loads.end()
        ended = service.end(signal.SIGTERM)
    restore(tmp_path / "backup", DataFolder(again))

    assert [0, 0, 1] == [ended, made.returncode, repair.returncode]
    assert (0, True, True) == (beside[0], beside[1]["well"], beside[1]["running"])
    assert "another process" in repair.stderr
    (people,) = json.loads(made.stdout)["datasets"]
    assert (0, True) == (people["records"] % ROWS, people["records"] >= ROWS * acknowledged)
    assert people["records"] == count_in(again)


class Loads(threading.Thread):
    """Loads some more people, over and over, until it is told to end."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._some, self._stop_now = threading.Event(), threading.Event()
        self.done = 0

    def wait_for(self, loads: int) -> None:
        """Until so many are acknowledged."""
        while self.done < loads and self.is_alive():
            self._some.wait(WAKES_EVERY_S)

    def end(self) -> None:
        """After the one that is under way."""
        self._stop_now.set()
        self.join()

    def run(self) -> None:
        """One load after another."""
        imports = "/api/v1/datasets/people/imports"
        with httpx2.Client(base_url=self._address, timeout=ANSWERS_WITHIN_S) as client:
            while not self._stop_now.is_set():
                keys = range(ROWS * self.done, ROWS * (self.done + 1))
                rows = "id,state\n" + "".join(f"{key},CA\n" for key in keys)
                files = {"file": ("more.csv", rows), "options": (None, '{"key": "id"}')}
                begun = client.post(imports, files=files).json()["id"]
                while client.get(f"/api/v1/imports/{begun}").json()["state"] != "succeeded":
                    self._stop_now.wait(WAKES_EVERY_S)
                self.done += 1
                self._some.set()


@pytest.mark.parametrize(
    ("target", "word"),
    [("taken", "is there already"), ("data/within", "another place"), ("left", "interrupted")],
)
def test_a_backup_never_overwrites(target: str, word: str, tmp_path: Path, data: Path) -> None:
    """Not a folder, not what is left of another one, and not the data."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "left.tmp").mkdir()
    before = files_of(data)

    with pytest.raises(BadShape, match=word):
        back_up(DataFolder(data), tmp_path / target, NOW)

    assert before == files_of(data)
    assert [] == list((tmp_path / "taken").iterdir())


def test_nothing_is_not_backed_up(tmp_path: Path) -> None:
    """A folder by mistake gives no backup to believe in, and no data folder either."""
    ended = cardinal("backup", tmp_path / "backup", "--data", tmp_path / "nowhere")

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "nothing to back up" in ended.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["data.mdb", "catalogue.sqlite"])
def test_a_backup_of_damaged_data_fails_and_leaves_nothing(
    damage: str, tmp_path: Path, data: Path
) -> None:
    """Where no snapshot of a dataset is good, or the catalogue isn't."""
    for file in data.rglob(damage):
        file.write_bytes(bytes(8_192) + file.read_bytes()[8_192:-1])

    with pytest.raises(SnapshotCorrupt, match="cardinal doctor"):
        back_up(DataFolder(data), tmp_path / "backup", NOW)

    assert [data] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "damage", ["data.mdb", "catalogue.sqlite", "MANIFEST.json", "CURRENT", "BACKUP.json", None]
)
def test_a_damaged_backup_is_not_restored(damage: str | None, tmp_path: Path, backup: Path) -> None:
    """Every byte is verified before the folder is touched."""
    (file,) = backup.rglob(damage or "NAME")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    if damage is None:
        file.unlink()

    with pytest.raises(SnapshotCorrupt, match="backup"):
        restore(backup, DataFolder(tmp_path / "again"))

    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("path", ["../outside", "/outside", "", "a/../../outside"])
def test_a_backup_names_no_file_outside_of_it(path: str, tmp_path: Path, backup: Path) -> None:
    """Whoever wrote it."""
    contents = contents_of(backup)
    bad = replace(contents.files[0], path=path)
    write_contents(backup, replace(contents, files=(bad,)))

    with pytest.raises(SnapshotCorrupt, match="outside"):
        restore(backup, DataFolder(tmp_path / "again"))


def test_a_disk_that_fills_up_leaves_an_empty_folder(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a backup is no data; it may be tried again when there is room."""
    folder = DataFolder(tmp_path / "again")
    copies = iter([None, None])

    def filling(source: int, target: Path) -> tuple[int, str]:
        if next(copies, full) is full:
            raise OSError(28, "No space left on device")
        return copy_file(source, target)

    full = object()
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "copy_file", filling)
        with pytest.raises(DiskFull):
            restore(backup, folder)
    left = [path.name for path in folder.root.iterdir()]
    restore(backup, folder)

    assert ["LOCK"] == left
    assert files_of(backup).keys() - {"BACKUP.json"} == files_of(folder.root).keys() - {"LOCK"}


def test_a_backup_is_not_put_over_data(tmp_path: Path, data: Path, backup: Path) -> None:
    """Nor over anything else; what was half restored is told and not worked on."""
    half = tmp_path / "half"
    (half / "restore.tmp").mkdir(parents=True)
    before = files_of(data)

    with pytest.raises(BadShape, match="not empty"):
        restore(backup, DataFolder(data))
    with pytest.raises(BadShape, match="half restored"):
        restore(backup, DataFolder(half))
    with pytest.raises(SnapshotCorrupt, match="half restored"):
        FolderLock(half).take()

    assert before == files_of(data)
