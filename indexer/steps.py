"""What is written to the change log: every published step, as bytes, and back.

MessagePack of the structs below, so that a step can be done again on what was before it and gives
the same. A load is only named: its records are in generations that were written before it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from indexer.model.errors import LogCorrupt
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import Applied, Change, Delete, Origin, Upsert
from indexer.model.schema import Schema

Logged = bool | int | float | str | tuple[str, ...] | None


class Batch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Changes that came together, each a key and its values, or None for a removal."""

    changes: Sequence[tuple[RecordKey | None, Mapping[FieldName, Logged] | None]]
    origin: Origin
    counts: tuple[int, int, int, int]
    """Created, updated, deleted, unchanged."""


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """Batches of changes to one dataset, visible together."""

    dataset: DatasetName
    at: datetime
    batches: Sequence[Batch]


class Created(msgspec.Struct, frozen=True, tag="created"):
    """A new dataset."""

    schema: Schema


class Altered(msgspec.Struct, frozen=True, tag="altered"):
    """Another schema of a dataset that was there."""

    schema: Schema


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """A load, by the datasets whose generations hold what it did."""

    datasets: tuple[DatasetName, ...]
    batches: Sequence[Batch] = ()
    """Without changes: the load's origin and counts."""


class Erased(msgspec.Struct, frozen=True, tag="erased"):
    """Records removed for good. The keys go from here once no file holds what they held."""

    dataset: DatasetName
    at: datetime
    keys: tuple[RecordKey, ...]


class Skipped(msgspec.Struct, frozen=True, tag="skipped"):
    """A sequence that was used before a crash and stands for nothing."""


Step = Changed | Created | Altered | Loaded | Erased | Skipped

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Step)


def batch_of(changes: Sequence[Change], origin: Origin, applied: Applied) -> Batch:
    """The batch of some changes and what they did."""
    counts = (applied.created, applied.updated, applied.deleted, applied.unchanged)
    logged = [(change.key, change.values if type(change) is Upsert else None) for change in changes]
    return Batch(logged, origin, counts)


def changes_of(batch: Batch) -> list[Change]:
    """The changes of a batch."""
    changes: list[Change] = []
    for key, values in batch.changes:
        if values is None:
            assert key is not None, "a removal names its record"
            changes.append(Delete(key))
        else:
            changes.append(Upsert(key, values))
    return changes


def applied_of(batch: Batch, sequence: int) -> Applied:
    """What the batch did when it was first applied."""
    return Applied(SequenceNo(sequence), *batch.counts)


def forgetting(step: Step, dataset: DatasetName) -> Step:
    """The step without the records of one dataset: who sent them and what they did stays."""
    match step:
        case Changed(dataset=name, batches=batches) if name == dataset:
            bare = [msgspec.structs.replace(batch, changes=()) for batch in batches]
            return msgspec.structs.replace(step, batches=bare)
        case Erased(dataset=name) if name == dataset:
            return msgspec.structs.replace(step, keys=())
        case _:
            return step


def to_bytes(step: Step) -> bytes:
    """A step as bytes."""
    return _ENCODER.encode(step)


def from_bytes(data: bytes, sequence: int) -> Step:
    """The step of these bytes. Raises: LogCorrupt when they are none."""
    try:
        step: Step = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise LogCorrupt(
            f"frame {sequence} of the change log is whole but can't be understood: it was written "
            "by another version of this program"
        ) from error
    return step
