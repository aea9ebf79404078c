"""Erasure in the index: gone at once, no byte left after a purge, others stay as they are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.encoding.vocabulary import Vocabulary
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Record, Upsert, Value
from indexer.model.schema import Field, FieldType, Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import Equals, Leaf
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PEOPLE = DatasetName("people")
EMAIL, NOTE, TAGS, SPENT = map(FieldName, ("email", "note", "tags", "spent"))
FIELDS = (
    Field(EMAIL, FieldType.KEYWORD),
    Field(NOTE, FieldType.TEXT),
    Field(TAGS, FieldType.SET),
    Field(SPENT, FieldType.INT),
)
MARK = "zebra-7f3a"
KEYS: dict[str, Sequence[RecordKey]] = {
    "ascending ints": [10, 20, 30, 40, 50, 60],
    "ints in no order": [50, 10, 60, 20, 40, 30],
    "one after another": [1, 2, 3, 4, 5, 6],
    "ascending texts": ["a", "b", f"c-{MARK}", f"c-{MARK}x", "d", "e"],
    "texts in no order": ["e", "a", f"c-{MARK}", f"0-{MARK}", "b", "d"],
    "the least text": [f"0-{MARK}", f"1-{MARK}", "2", "3", "4", "5"],
}


def values_of(place: int) -> dict[FieldName, Value]:
    """What the record at a place of the keys has; the third and the fourth are to be erased."""
    return {
        EMAIL: f"{place}@example.com",
        NOTE: f"note of {place}",
        TAGS: ("all", f"tag {place}"),
        SPENT: 1_000 + place,
    }


def marked(place: int) -> dict[FieldName, Value]:
    """What the ones to be erased have."""
    return {
        EMAIL: f"{MARK}-{place}@example.com",
        NOTE: f"says {MARK} {place}",
        TAGS: ("all", f"{MARK} {place}"),
        SPENT: place,
    }


async def filled(folder: Path, keys: Sequence[RecordKey], gone: set[int]) -> LocalIndex:
    """An index in which everybody came one by one, and every value was another one before."""
    index = await opened(folder)
    kind = FieldType.INT if isinstance(keys[0], int) else FieldType.KEYWORD
    await index.create(Schema(PEOPLE, FieldName("id"), kind, FIELDS))
    for place, key in enumerate(keys):
        await index.apply(PEOPLE, [Upsert(key, {NOTE: f"{MARK} before" if place in gone else ""})])
    changes = [
        Upsert(key, marked(place) if place in gone else values_of(place))
        for place, key in enumerate(keys)
    ]
    await index.apply(PEOPLE, changes)
    return index


async def opened(folder: Path) -> LocalIndex:
    """The index of a folder."""
    plain = Switches(fused=False)
    return await LocalIndex.open(folder, shard_bits=16, clock=ManualClock(NOW), switches=plain)


async def people(index: LocalIndex, keys: Sequence[RecordKey]) -> list[Record | None]:
    """The records of these keys, whole."""
    return list(await index.records(PEOPLE, keys, [EMAIL, NOTE, TAGS, SPENT]))


async def found(index: LocalIndex, email: str) -> int:
    """How many have this e-mail."""
    return (await index.count(PEOPLE, program_of([Leaf(Equals(EMAIL, email))]))).counts[0]


def holding(folder: Path, mark: str) -> list[str]:
    """The files that hold a text, in any usual encoding."""
    needles = [mark.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(one in path.read_bytes() for one in needles)]


@pytest.mark.parametrize("saved", [False, True], ids=["from the log", "from snapshots"])
@pytest.mark.parametrize("kind", KEYS)
async def test_nothing_is_left_of_erased_records(tmp_path: Path, kind: str, saved: bool) -> None:
    """No file holds a byte of them, before and after a restart, and others are as they were."""
    keys = KEYS[kind]
    gone = {0, 1} if kind == "the least text" else {2, 3}
    others = [key for place, key in enumerate(keys) if place not in gone]
    index = await filled(tmp_path, keys, gone)
    if saved:
        await index.purge(PEOPLE)
    before = await people(index, others)
    there = holding(tmp_path, MARK)

    erased = await index.erase(PEOPLE, [keys[place] for place in sorted(gone)])
    at_once = (await index.dataset(PEOPLE)).records
    purged = await index.purge(PEOPLE)
    left = holding(tmp_path, MARK)
    after = await people(index, others)
    counts = [await found(index, f"{place}@example.com") for place in range(6)]
    await index.close()
    again = await opened(tmp_path)
    restarted, left_later = await people(again, others), holding(tmp_path, MARK)
    await again.apply(PEOPLE, [Upsert(keys[2], values_of(2))])
    back = await people(again, [keys[2]])
    everybody = program_of([Leaf(Equals(TAGS, "all"))])
    listed = await again.members(PEOPLE, everybody, fields=[], limit=10)
    await again.close()

    assert there
    assert [2, 4, [], []] == [erased.erased, at_once, left, left_later]
    assert [0 if place in gone else 1 for place in range(6)] == counts
    assert before == after == restarted
    assert [erased.sequence, 2] == [purged.sequence, len(purged.generations)]
    assert [Record(keys[2], values_of(2))] == back
    assert sorted({*others, keys[2]}) == [record.key for record in listed.records]


async def test_an_erasure_that_was_not_purged_holds_after_a_restart(tmp_path: Path) -> None:
    """The log has it; asking again finishes the work."""
    keys = KEYS["ascending texts"]
    index = await filled(tmp_path, keys, {2, 3})
    await index.erase(PEOPLE, keys[2:4])
    index._writer.close()
    index._keeping.close()  # type: ignore[union-attr]
    index._lock.release()  # type: ignore[union-attr]

    again = await opened(tmp_path)
    records = (await again.dataset(PEOPLE)).records
    repeated = await again.erase(PEOPLE, keys[2:4])
    await again.purge(PEOPLE)
    left = holding(tmp_path, MARK)
    await again.close()

    assert [4, 0, []] == [records, repeated.erased, left]


def test_a_vocabulary_forgets_texts_and_keeps_codes() -> None:
    """Also where a live text looks like what takes a forgotten one's place."""
    words = Vocabulary(["a", "", "b", "c", "\x002.0"])

    less = words.without(words.codes_of(["b"]))
    again = less.without(less.codes_of(["c"]))

    assert [0, 1, -1, 3, 4] == less.codes_of(["a", "", "b", "c", "\x002.0"]).tolist()
    assert [0, 1, -1, -1, 4] == again.codes_of(["a", "", "b", "c", "\x002.0"]).tolist()
    assert [5, 5] == [len(again), again.learn("new")]
    assert again.without(again.codes_of([])) is again
