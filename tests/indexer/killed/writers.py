"""What the writers of a killed process send: it follows from a seed, a writer and a number.

Each writer owns records of its own, so that what it finds later follows from its batches alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Change, Delete, Origin, Upsert, Value
from indexer.model.schema import FieldType, Link, Schema
from tests.indexer.linked import EMAIL, OF, PEOPLE, SALES, SIZE, dataset

EVENTS = DatasetName("events")
"""Its keys are made by the index: a batch that is applied twice shows."""
WRITERS = 3
LOADER = WRITERS
"""One writer more, who loads."""
OWNED = 8
"""Records of a dataset that a writer has."""
STEP = 10
"""From one of them to the next."""
SCHEMAS = (
    dataset(PEOPLE),
    dataset(SALES, Link("buyer", OF, PEOPLE)),
    Schema(EVENTS, None, FieldType.INT, dataset(EVENTS).fields),
)

Cells = dict[FieldName, Value]
Row = tuple[RecordKey, Cells]


@dataclass(frozen=True)
class Work:
    """One batch: changes, or the rows of a load."""

    dataset: DatasetName
    changes: Sequence[Change]
    rows: Sequence[Row]
    origin: Origin


def work_of(seed: int, writer: int, number: int) -> Work:
    """What this writer sends as its batch of this number."""
    random = Random(f"{seed} {writer} {number}")
    keys = random.sample(owned(writer), random.randint(1, OWNED))
    if writer == LOADER:
        rows = [(key, cells(random, number)) for key in keys]
        return Work(random.choice((PEOPLE, SALES)), (), rows, Origin())
    name = random.choice((PEOPLE, PEOPLE, SALES, SALES, EVENTS))
    changes: list[Change] = [
        Upsert(key, cells(random, number)) if random.random() < 0.7 else Delete(key) for key in keys
    ]
    if name == EVENTS:
        changes = [Upsert(None, {SIZE: tag(writer, number)}) for _ in keys]
    elif random.random() < 0.1:
        changes = []
    key = f"{seed} {writer} {number}"
    return Work(name, changes, (), Origin(key, source_of(writer), str(number), f"digest {key}"))


def cells(random: Random, number: int) -> Cells:
    """Two fields at once, so that half of a change shows; whom it belongs to may be nobody."""
    of = random.choice((None, *range(WRITERS * STEP)))
    return {SIZE: number, EMAIL: str(number), OF: of}


def owned(writer: int) -> list[RecordKey]:
    """The keys of a writer's records."""
    return [writer + STEP * place for place in range(OWNED)]


def owner(key: RecordKey) -> int:
    """Whose record it is."""
    assert isinstance(key, int)
    return key % STEP


def tag(writer: int, number: int) -> int:
    """What the events of a batch have in common."""
    return number * STEP + writer


def source_of(writer: int) -> str:
    """The name under which the index keeps how far a writer came."""
    return f"writer {writer}"
