"""What is known of batches that were applied: their answers by idempotency key."""

from collections.abc import Iterable

import msgspec

from indexer.model.errors import IdempotencyConflict, SnapshotCorrupt
from indexer.model.ids import DatasetName
from indexer.model.record import Applied, Origin


class Repeat(msgspec.Struct, frozen=True, array_like=True):
    """The answer to the first batch of an idempotency key."""

    dataset: DatasetName
    key: str
    digest: str
    applied: Applied


class Extras(msgspec.Struct, frozen=True):
    """What a node keeps in its snapshots beside the records.

    ``touched``: the last change of each dataset that the log may have let go; 0 if it has all.
    """

    positions: dict[str, str]
    touched: dict[DatasetName, int]
    repeats: list[Repeat]


NO_EXTRAS = Extras({}, {}, [])


class Repeats:
    """The answers of the last ``most`` idempotency keys; the one that came first goes first."""

    def __init__(self, most: int, known: Iterable[Repeat] = ()) -> None:
        self._most = most
        self._known: dict[tuple[DatasetName, str], Repeat] = {}
        for repeat in known:
            self.keep(repeat)

    def answer(self, dataset: DatasetName, origin: Origin) -> Applied | None:
        """What the first batch of this key gave; None if it is the first.

        Raises: IdempotencyConflict where that was another batch.
        """
        if origin.idempotency_key is None:
            return None
        known = self._known.get((dataset, origin.idempotency_key))
        if known is None:
            return None
        if known.digest != origin.digest:
            raise IdempotencyConflict("this key came with other changes before: use a new one")
        return known.applied

    def note(self, dataset: DatasetName, origin: Origin, applied: Applied) -> None:
        """Remember an answer, if it came with a key."""
        if origin.idempotency_key is not None:
            self.keep(Repeat(dataset, origin.idempotency_key, origin.digest, applied))

    def keep(self, repeat: Repeat) -> None:
        """Remember an answer."""
        self._known[repeat.dataset, repeat.key] = repeat
        while len(self._known) > self._most:
            self._known.pop(next(iter(self._known)))

    def all(self) -> list[Repeat]:
        """Every answer, the oldest first."""
        return list(self._known.values())


def extras_to_bytes(extras: Extras) -> bytes:
    """Extras as bytes."""
    return msgspec.msgpack.encode(extras)


def extras_from_bytes(data: bytes) -> Extras:
    """The extras of these bytes; none of no bytes. Raises: SnapshotCorrupt."""
    try:
        return msgspec.msgpack.decode(data, type=Extras) if data else NO_EXTRAS
    except msgspec.MsgspecError as error:
        raise SnapshotCorrupt("what a generation has beside records can't be understood") from error
