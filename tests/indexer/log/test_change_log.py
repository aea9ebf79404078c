"""The change log on a real disk: appended, read, opened again, cut, rewritten, damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.log.change_log import ChangeLog
from indexer.log.disk import OsDisk
from indexer.log.frame import HEAD_BYTES
from indexer.log.segment import START_BYTES, UNFINISHED, name_of
from indexer.model.errors import LogCorrupt
from tests.support.logged import Logged

SMALL = 1_000
"""Bytes of a segment: three frames of a hundred bytes and some fit."""


def payload_of(sequence: int) -> bytes:
    """A hundred bytes and more that no other has."""
    return f"{sequence:04d} ".encode() * (20 + sequence % 7)


def opened(folder: Path, segment_bytes: int = SMALL) -> ChangeLog:
    """A log on the disk of this machine."""
    return ChangeLog.open(folder, OsDisk(), segment_bytes)


def filled(folder: Path, count: int) -> ChangeLog:
    """One with so many frames, appended one by one."""
    log = opened(folder)
    for sequence in range(1, count + 1):
        log.append([payload_of(sequence)])
    return log


def segments(folder: Path) -> list[str]:
    """The names of its files, in order."""
    return sorted(path.name for path in folder.iterdir())


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    """Also by the next process, also after a sequence."""
    log = filled(tmp_path / "a" / "log", 10)
    last = log.append([payload_of(11), payload_of(12)])
    log.close()

    again = opened(tmp_path / "a" / "log")

    expected = [(sequence, payload_of(sequence)) for sequence in range(1, 13)]
    assert (12, 1, 12) == (last, again.first, again.last)
    for after in range(-1, 14):
        assert expected[max(0, after) :] == list(again.read(after))


def test_a_new_log_has_nothing_in_it(tmp_path: Path) -> None:
    """And a group of nothing adds nothing."""
    log = opened(tmp_path)

    assert 0 == log.append([])
    assert (1, 0, []) == (log.first, log.last, list(log.read(0)))


def test_an_empty_payload_is_a_frame(tmp_path: Path) -> None:
    """Zero bytes are something to remember."""
    log = opened(tmp_path)
    log.append([b"", b""])
    log.close()

    assert [(1, b""), (2, b"")] == list(opened(tmp_path).read(0))


def test_a_group_larger_than_a_segment_stays_together(tmp_path: Path) -> None:
    """It gets a file of its own, as the first frames of a log too."""
    log = opened(tmp_path)
    large = [bytes([byte]) * 700 for byte in range(5)]

    log.append(large)
    log.append([b"small"])
    log.append(large)
    log.close()

    expected = list(enumerate([*large, b"small", *large], 1))
    assert [name_of(1), name_of(6), name_of(7)] == segments(tmp_path)
    assert expected == list(opened(tmp_path).read(0))


def test_a_reader_keeps_what_was_there_when_it_began(tmp_path: Path) -> None:
    """Appending goes on meanwhile, into the next segment too."""
    log = filled(tmp_path, 5)

    reading = log.read(0)
    first = next(reading)
    for sequence in range(6, 20):
        log.append([payload_of(sequence)])

    assert [(n, payload_of(n)) for n in range(1, 6)] == [first, *reading]


def test_whole_segments_are_cut_and_no_others(tmp_path: Path) -> None:
    """Everything after the sequence stays, and the newest segment whatever it holds."""
    log = filled(tmp_path, 20)
    firsts = [int(name[:20]) for name in segments(tmp_path)]

    for through in range(21):
        log.cut(through)
        kept = [first for first in firsts if first <= through + 1][-1]
        assert kept == log.first
    log.append([payload_of(21)])
    log.close()

    again = opened(tmp_path)
    assert (firsts[-1], 21) == (again.first, again.last)
    assert [(n, payload_of(n)) for n in range(firsts[-1], 22)] == list(again.read(0))


def test_an_empty_log_goes_on_after_a_snapshot(tmp_path: Path) -> None:
    """It says so after it is opened again, too; with frames it must not."""
    log = opened(tmp_path)
    log.start_at(41)
    log.start_at(41)
    log.close()

    again = opened(tmp_path)

    assert (42, 41) == (again.first, again.last)
    again.start_at(50)
    assert 51 == again.append([b"x"])
    assert [name_of(51)] == segments(tmp_path)
    with pytest.raises(AssertionError):
        again.start_at(60)


def test_payloads_are_rewritten_where_they_stand(tmp_path: Path) -> None:
    """Shorter, longer or gone; sequences stay, the old bytes are nowhere, and it goes on."""
    log = filled(tmp_path, 20)
    log.append([b"secret one", b"kept", b"secret two"])
    changes = {3: b"", 9: b"y" * 900, 21: b"", 23: b""}

    changed = log.rewrite(changes.get)
    log.append([b"after"])
    log.close()

    again = opened(tmp_path)
    expected = {n: payload_of(n) for n in range(1, 21)} | {22: b"kept", 24: b"after"} | changes
    assert 4 == changed
    assert sorted(expected.items()) == list(again.read(0))
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret" not in everything
    assert payload_of(3) not in everything
    assert 1 == again.rewrite(lambda sequence, payload: b"z" if sequence == 3 else payload)
    assert 0 == again.rewrite(lambda sequence, payload: payload)


def test_a_segment_without_changes_is_not_written(tmp_path: Path) -> None:
    """Erasing one person touches the files that have them."""
    log = filled(tmp_path, 12)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}

    log.rewrite(lambda sequence, payload: b"" if sequence == 1 else payload)

    after = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    assert {name_of(1)} == {name for name in before if before[name] != after[name]}


def test_what_was_left_unfinished_is_removed(tmp_path: Path) -> None:
    """And files that aren't ours are left alone."""
    filled(tmp_path, 3).close()
    (tmp_path / (name_of(4) + UNFINISHED)).write_bytes(b"half")
    (tmp_path / "note.txt").write_bytes(b"mine")

    log = opened(tmp_path)

    assert 3 == log.last
    assert [name_of(1), "note.txt"] == segments(tmp_path)


def zeroed(data: bytearray, start: int, end: int) -> None:
    """As if never written."""
    data[start:end] = bytes(end - start)


def flipped(data: bytearray, start: int, end: int) -> None:
    """One bit in the middle."""
    data[(start + end) // 2] ^= 16


def length_changed(data: bytearray, start: int, end: int) -> None:
    """It seems to end elsewhere."""
    data[start + 12] ^= 1


def scribbled(data: bytearray, start: int, end: int) -> None:
    """Nothing of it is left."""
    data[start:end] = b"\xa5" * (end - start)


DAMAGES = [zeroed, flipped, length_changed, scribbled]
Damage = Callable[[bytearray, int, int], None]


def bounds(sequence: int) -> tuple[int, int]:
    """Where a frame stands if all are in one segment."""
    sizes = [HEAD_BYTES + len(payload_of(n)) for n in range(1, sequence + 1)]
    return START_BYTES + sum(sizes[:-1]), START_BYTES + sum(sizes)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_at_the_end_is_a_torn_tail(tmp_path: Path, damage: Damage) -> None:
    """It was not acknowledged, as far as anybody can tell; the log goes on before it."""
    log = opened(tmp_path, 10_000)
    log.append([payload_of(n) for n in range(1, 6)])
    log.close()
    path = tmp_path / name_of(1)
    data = bytearray(path.read_bytes())
    damage(data, *bounds(5))
    path.write_bytes(data)

    again = opened(tmp_path, 10_000)

    assert 4 == again.last
    assert 5 == again.append([b"other"])
    again.close()
    assert [*((n, payload_of(n)) for n in range(1, 5)), (5, b"other")] == list(
        opened(tmp_path).read(0)
    )


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("sequence", range(1, 5))
def test_damage_before_the_end_is_corruption(tmp_path: Path, sequence: int, damage: Damage) -> None:
    """A later group is there, so this one was acknowledged: nothing is skipped in silence."""
    log = opened(tmp_path, 10_000)
    for each in range(1, 6):
        log.append([payload_of(each)])
    log.close()
    path = tmp_path / name_of(1)
    data = bytearray(path.read_bytes())
    damage(data, *bounds(sequence))
    path.write_bytes(data)

    with pytest.raises(LogCorrupt, match="damaged after change"):
        opened(tmp_path, 10_000)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_in_an_older_segment_is_corruption(tmp_path: Path, damage: Damage) -> None:
    """At its end too: it was whole before the next one was begun."""
    filled(tmp_path, 20).close()
    path = tmp_path / segments(tmp_path)[-2]
    data = bytearray(path.read_bytes())
    damage(data, len(data) - 50, len(data))
    path.write_bytes(data)

    with pytest.raises(LogCorrupt):
        opened(tmp_path)


def test_a_missing_segment_is_corruption(tmp_path: Path) -> None:
    """The one between two others."""
    filled(tmp_path, 20).close()
    (tmp_path / segments(tmp_path)[1]).unlink()

    with pytest.raises(LogCorrupt, match="goes from 6 to 13"):
        opened(tmp_path)


def test_a_segment_of_another_log_is_corruption(tmp_path: Path) -> None:
    """Same name, same sequences, but after other frames."""
    for name, text in (("a", b"a"), ("b", b"b")):
        log = opened(tmp_path / name)
        for _ in range(20):
            log.append([text * 100])
        log.close()
    name = segments(tmp_path / "a")[1]
    (tmp_path / "b" / name).replace(tmp_path / "a" / name)

    with pytest.raises(LogCorrupt, match="does not follow"):
        opened(tmp_path / "a")


def test_a_flipped_bit_in_a_segments_head_is_corruption(tmp_path: Path) -> None:
    """Every one of them."""
    filled(tmp_path, 3).close()
    path = tmp_path / name_of(1)
    whole = path.read_bytes()

    for bit in range(8 * START_BYTES):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with pytest.raises(LogCorrupt):
            opened(tmp_path)


def test_damage_that_comes_while_it_is_open_is_found_by_the_reader(tmp_path: Path) -> None:
    """What was good when it was opened is checked again when it is read."""
    log = filled(tmp_path, 20)
    path = tmp_path / segments(tmp_path)[1]
    data = bytearray(path.read_bytes())
    flipped(data, START_BYTES, len(data))
    path.write_bytes(data)

    with pytest.raises(LogCorrupt):
        list(log.read(0))


def test_a_file_that_went_away_is_found_by_the_reader(tmp_path: Path) -> None:
    """As corruption, with its name."""
    log = filled(tmp_path, 20)
    (tmp_path / name_of(1)).unlink()

    with pytest.raises(LogCorrupt, match=name_of(1)):
        list(log.read(0))


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    """Also a log that was never written; but nothing is taken any more."""
    log = opened(tmp_path)
    log.append([b"x"])

    log.close()
    log.close()

    opened(tmp_path / "empty").close()
    with pytest.raises(AssertionError):
        log.append([b"y"])
    assert 1 == opened(tmp_path).last


@given(garbage=st.binary(max_size=600), room=st.integers(0, 600))
def test_any_garbage_at_the_end_is_cut_off(garbage: bytes, room: int) -> None:
    """And what is appended then is there the next time."""
    logged = Logged(10_000)
    logged.open()
    logged.append([b"one", b"two"])
    content, at = logged.find(b"two")
    content[at + 3 :] = garbage + bytes(room)
    logged.disk.restart()

    logged.open()
    logged.append([b"three"])
    logged.disk.restart()
    logged.open()

    assert [b"one", b"two", b"three"] == logged.acknowledged
