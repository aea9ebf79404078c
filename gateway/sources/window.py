"""What changed lately and in which order, so that an older change that comes later is known.

Debezium's sink sends again what Redis had no room for, so entries change places. Only near ones
do: this remembers a bounded number of keys and forgets the one that changed longest ago.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from gateway.sources.api import BEFORE_ALL, Order
from indexer.model.ids import RecordKey

KEYS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """The order of a change, the log that order is of, and when it was made if that is known."""

    order: Order
    lineage: str = ""
    at_us: int | None = None

    def is_older(self, other: "Stamp") -> bool:
        """Whether it certainly came before the other one in their database."""
        if self.order == BEFORE_ALL:
            return other.order > BEFORE_ALL
        if self.lineage != other.lineage or not self.order < other.order:
            return False
        # A database that was moved begins its log anew; its clock goes on.
        return bool(self.lineage) or (
            self.at_us is None or other.at_us is None or self.at_us <= other.at_us
        )


@dataclass(slots=True)
class _Mark:
    """The newest change of a key; ``kept`` has the order of what it left as it was."""

    stamp: Stamp
    deleted: bool
    kept: dict[str, Stamp | None] = field(default_factory=dict)


class Window:
    """The marks of one dataset's keys."""

    def __init__(self, keys_max: int = KEYS_MAX) -> None:
        self._keys_max = keys_max
        self._marks: OrderedDict[RecordKey, _Mark] = OrderedDict()
        self._emptied: Stamp | None = None

    def upsert(
        self, key: RecordKey, stamp: Stamp, names: Collection[str], kept: Collection[str]
    ) -> Collection[str] | None:
        """Which of these fields the change may set; None if it came too late altogether."""
        if not stamp.order:
            return names
        mark = self._marks.get(key)
        if self._emptied is not None and stamp.is_older(self._emptied):
            return None
        if mark is None or not stamp.is_older(mark.stamp):
            self._put(key, _Mark(stamp, deleted=False, kept=_kept(mark, kept)))
            return names
        if mark.deleted:
            return None
        late = [name for name in names if name in mark.kept and _may_set(stamp, mark.kept[name])]
        mark.kept.update(dict.fromkeys(late, stamp))
        return late or None

    def delete(self, key: RecordKey, stamp: Stamp) -> bool:
        """Whether the removal is to be done; not if the record has changed since."""
        if not stamp.order:
            return True
        mark = self._marks.get(key)
        if mark is not None and stamp.is_older(mark.stamp):
            return False
        self._put(key, _Mark(stamp, deleted=True))
        return True

    def empty(self, stamp: Stamp) -> frozenset[RecordKey]:
        """All records are gone but these, which have changed since."""
        if not stamp.order:
            self._marks.clear()
            return frozenset()
        self._emptied = stamp
        return frozenset(
            key
            for key, mark in self._marks.items()
            if stamp.is_older(mark.stamp) and not mark.deleted
        )

    def _put(self, key: RecordKey, mark: _Mark) -> None:
        self._marks[key] = mark
        self._marks.move_to_end(key)
        if len(self._marks) > self._keys_max:
            self._marks.popitem(last=False)


def _kept(before: _Mark | None, names: Collection[str]) -> dict[str, Stamp | None]:
    """What a newer change leaves as it was was set by the one before, if that is known."""
    if before is None:
        return dict.fromkeys(names)
    return {name: before.kept.get(name, before.stamp) for name in names}


def _may_set(stamp: Stamp, setter: Stamp | None) -> bool:
    return setter is None or not stamp.is_older(setter)
