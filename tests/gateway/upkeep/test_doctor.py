"""The doctor: finds whatever is wrong, says what to do, and repairs what loses nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.folder import DataFolder
from gateway.upkeep.doctor import examine
from gateway.upkeep.findings import Report
from indexer.model.errors import BadShape, FolderInUse
from indexer.store.folder import FolderLock
from indexer.store.generations import Generations
from indexer.store.places import generations_in
from tests.gateway.upkeep.folders import cardinal, count_in, files_of
from tests.indexer.store.busy_writer import PEOPLE, Writer, recovered_from

Damage = Callable[[Path], None]


@pytest.fixture
def busy(data: Path) -> Path:
    """The data folder of a service with a log, two datasets, two generations each, a ballast."""
    shutil.rmtree(data / "datasets")
    shutil.rmtree(data / "log")
    writer = Writer(data)
    for step in range(1, 14):
        writer.do(step)
    examine(DataFolder(data), repair=True)
    return data


def newest(data: Path) -> Path:
    """The newest generation of the people."""
    return generations_in(data / "datasets" / "d-people")[-1]


def flipped(file: Path) -> None:
    """A bit in the middle is another."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def flipped_snapshot(data: Path) -> None:
    """The newest."""
    flipped(newest(data) / "data.mdb")


def flipped_older_snapshot(data: Path) -> None:
    """The one before."""
    flipped(min((data / "datasets" / "d-people").glob("gen-*")) / "data.mdb")


def missing_manifest(data: Path) -> None:
    """A generation that says nothing of itself."""
    (newest(data) / "MANIFEST.json").unlink()


def pointer_of_nonsense(data: Path) -> None:
    """CURRENT names nothing."""
    (newest(data).parent / "CURRENT").write_bytes(b"\xff")


def pointer_to_nothing(data: Path) -> None:
    """CURRENT names a generation that is not there."""
    (newest(data).parent / "CURRENT").write_bytes(b"gen-99999999")


def lost_name(data: Path) -> None:
    """Whose generations are these?"""
    (newest(data).parent / "NAME").unlink()


def no_pointer(data: Path) -> None:
    """As after a crash."""
    (newest(data).parent / "CURRENT").unlink()


def older_pointer(data: Path) -> None:
    """As after a crash."""
    home = newest(data).parent
    (home / "CURRENT").write_text(min(home.glob("gen-*")).name)


def half_written_snapshot(data: Path) -> None:
    """As after a crash."""
    building = newest(data).with_name("gen-00000077.tmp")
    building.mkdir()
    (building / "data.mdb").write_bytes(b"half")


def half_written_pointer(data: Path) -> None:
    """As after a crash."""
    (newest(data).parent / "CURRENT.tmp").write_bytes(b"gen-")


def dataset_never_whole(data: Path) -> None:
    """As after a crash."""
    home = data / "datasets" / "d-more"
    home.mkdir()
    (home / "NAME").write_text("more")


def half_written_segment(data: Path) -> None:
    """As after a crash."""
    (data / "log" / "00000000000000000099.log.new").write_bytes(b"half")


def torn_tail(data: Path) -> None:
    """As after a crash."""
    segment = max((data / "log").glob("*.log"))
    segment.write_bytes(segment.read_bytes() + b"torn" + bytes(1_000))


def no_ballast(data: Path) -> None:
    """Given up when the disk was full."""
    (data / "ballast").unlink()


REPAIRED: dict[Damage, str] = {
    flipped_snapshot: "damaged_snapshot",
    flipped_older_snapshot: "damaged_snapshot",
    missing_manifest: "damaged_snapshot",
    pointer_of_nonsense: "stale_pointer",
    pointer_to_nothing: "stale_pointer",
    lost_name: "lost_name",
}
LEFT_BY_CRASHES: dict[Damage, str] = {
    no_pointer: "stale_pointer",
    older_pointer: "stale_pointer",
    half_written_snapshot: "leftover",
    half_written_pointer: "leftover",
    dataset_never_whole: "leftover",
    half_written_segment: "leftover",
    torn_tail: "torn_tail",
    no_ballast: "no_ballast",
}


def codes(report: Report) -> set[str]:
    """What was found, but for the room on this machine's disk."""
    return {finding.code for finding in report.findings} - {"little_room"}


def test_nothing_is_found_where_all_is_well(busy: Path) -> None:
    """And what there is, is counted."""
    before = files_of(busy)

    report = examine(DataFolder(busy), repair=False)

    assert (set(), True, False) == (codes(report), report.is_well, report.running)
    assert (2, 4) == (report.datasets, report.generations)
    assert report.changes > 0
    assert before == files_of(busy)


@pytest.mark.parametrize(("damage", "code"), [*REPAIRED.items(), *LEFT_BY_CRASHES.items()])
def test_what_is_wrong_is_found_and_repaired(damage: Damage, code: str, busy: Path) -> None:
    """Once repaired nothing is left to say, and every record is there."""
    values = recovered_from(busy)
    damage(busy)
    damaged = files_of(busy)

    found = examine(DataFolder(busy), repair=False)
    untouched = damaged == files_of(busy)
    repaired = examine(DataFolder(busy), repair=True)
    after = examine(DataFolder(busy), repair=False)

    assert code in codes(found)
    assert untouched
    assert (damage in LEFT_BY_CRASHES, True) == (found.is_well, repaired.is_well)
    assert all(each.repaired for each in repaired.findings if each.code in codes(found))
    assert (codes(after) <= {"set_aside"}, True) == (True, after.is_well)
    assert values == recovered_from(busy)


def test_a_damaged_snapshot_is_moved_aside_and_not_removed(busy: Path) -> None:
    """Each under a name of its own."""
    home = newest(busy).parent
    names = []
    for _ in range(2):
        Generations(busy).repeat(PEOPLE)
        names.append(newest(busy).name)
        flipped_snapshot(busy)
        examine(DataFolder(busy), repair=True)

    aside = sorted(path.name for path in home.glob("*.damaged*"))
    assert [names[0]] * 2 == names
    assert [f"{names[0]}.damaged", f"{names[0]}.damaged2"] == aside
    assert (home / "CURRENT").read_text() in {path.name for path in home.iterdir()}


def test_an_import_is_in_both_snapshots(data: Path) -> None:
    """The log has not its records; so one snapshot may be damaged, and nothing is lost."""
    flipped_snapshot(data)

    report = examine(DataFolder(data), repair=True)

    assert ("damaged_snapshot", True) == (report.findings[0].code, report.is_well)
    assert 3 == count_in(data)


def test_the_last_snapshot_is_left_where_it_is(busy: Path) -> None:
    """There is nothing to fall back to, so a person must look."""
    flipped_snapshot(busy)
    flipped_older_snapshot(busy)
    before = files_of(busy)

    report = examine(DataFolder(busy), repair=True)

    assert ({"damaged_snapshot"}, False) == (codes(report), report.is_well)
    assert "restore a backup" in report.findings[0].hint
    assert before == files_of(busy)


@pytest.mark.parametrize(
    ("file", "code"), [("log/*.log", "damaged_log"), ("catalogue/*.sqlite", "damaged_catalogue")]
)
def test_what_nobody_can_repair_is_told(file: str, code: str, busy: Path) -> None:
    """And left as it is; the rest is looked at all the same."""
    path = min(busy.glob(file))
    path.write_bytes(b"nonsense" * 10 + path.read_bytes()[80:])
    before = path.read_bytes()

    report = examine(DataFolder(busy), repair=True)

    assert ({code}, False) == (codes(report), report.is_well)
    assert 2 == report.datasets
    assert before == path.read_bytes()


def test_a_half_restored_folder_is_told(tmp_path: Path) -> None:
    """Nothing starts there."""
    (tmp_path / "restore.tmp").mkdir()

    report = examine(DataFolder(tmp_path), repair=False)

    assert {"half_restored", "no_ballast"} == codes(report)
    assert not report.is_well


def test_nothing_is_repaired_beside_a_service(busy: Path) -> None:
    """What it is writing at the moment is nothing to be found either."""
    for damage in (half_written_snapshot, half_written_segment, torn_tail, older_pointer):
        damage(busy)
    lock = FolderLock(busy)
    lock.take()

    report = examine(DataFolder(busy), repair=False)
    with pytest.raises(FolderInUse):
        examine(DataFolder(busy), repair=True)
    lock.release()

    assert (set(), True) == (codes(report), report.running)


def test_a_folder_without_data_is_a_mistake(tmp_path: Path) -> None:
    """And nothing is made there."""
    with pytest.raises(BadShape, match="--data"):
        examine(DataFolder(tmp_path / "nowhere"), repair=True)

    assert [] == list(tmp_path.iterdir())


def test_the_doctor_prints_a_line_a_finding(data: Path) -> None:
    """With what to do, and ends with one while something is wrong."""
    pointer_of_nonsense(data)

    found = cardinal("doctor", "--data", data)
    repaired = cardinal("doctor", "--data", data, "--repair", "--json")

    place = "datasets/d-people/CURRENT: "
    (line,) = [line for line in found.stdout.splitlines() if line.startswith(place)]
    assert line.endswith("--repair names it")
    assert "something is wrong: 1 dataset, 2 good snapshots, 1 change in the log\n" in found.stdout
    assert [1, 0] == [found.returncode, repaired.returncode]
    told = json.loads(repaired.stdout)
    assert {"well", "running", "datasets", "generations", "changes", "findings"} == set(told)
    assert True is told["well"]
    assert 3 == count_in(data)
