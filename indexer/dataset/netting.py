"""A batch of changes as two batches of distinct keys that together mean the same.

Each change is weighed against the state the ones before it left, so a batch means the same as its
changes sent one by one. Where a key comes once, the batch is it; where it comes more often, its
changes are folded into their net effect here, one by one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.dataset.keys import made_keys
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Change, Delete, Record, Upsert, Value

UNCHANGED, CREATED, UPDATED, DELETED = range(4)
"""What a change did."""

Outcomes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
_NOWHERE: Places = np.array([], np.int64)
State = dict[FieldName, Value]
ReadStates = Callable[[list[RecordKey], list[FieldName]], list[Record | None]]
"""The records of these keys with these fields, None where there is none."""


@dataclass(frozen=True)
class Net:
    """``first`` and then ``second``; no key comes twice in either of them.

    The changes at the places ``single`` are what ``first`` begins with. Those at the places
    ``several`` did what ``outcomes`` says; their net effects come after, and in ``second``.
    """

    first: Sequence[Change]
    single: Places
    several: Places
    outcomes: Sequence[int]
    second: Sequence[Upsert]


def counted(outcomes: Outcomes) -> dict[str, int]:
    """How many changes created, updated, deleted a record, and left it unchanged, by name."""
    counts = np.bincount(outcomes, minlength=4).tolist()
    return {
        "created": counts[CREATED],
        "updated": counts[UPDATED],
        "deleted": counts[DELETED],
        "unchanged": counts[UNCHANGED],
    }


def keyed(changes: Sequence[Change], next_key: int) -> tuple[Sequence[Change], int]:
    """The changes, each with a key, and the key to be generated after them. Raises: TooLarge."""
    if all(change.key is not None for change in changes):
        given = [change.key for change in changes if type(change) is Upsert]
        numbers = [key for key in given if type(key) is int]
        return changes, max(next_key, max(numbers) + 1) if numbers else next_key
    whole: list[Change] = []
    for change in changes:
        if change.key is None:
            assert isinstance(change, Upsert), "a removal names its record"
            whole.append(Upsert(int(made_keys(next_key, 1)[0]), change.values))
            next_key += 1
            continue
        if isinstance(change, Upsert) and isinstance(change.key, int):
            next_key = max(next_key, change.key + 1)
        whole.append(change)
    return whole, next_key


def net_of(changes: Sequence[Change], read: ReadStates) -> Net:
    """See the module. Cost: a Python step a change whose key comes again, else one for them all."""
    times = Counter([change.key for change in changes])
    if len(times) == len(changes):
        return Net(changes, np.arange(len(changes)), _NOWHERE, (), ())
    again = np.array([times[change.key] > 1 for change in changes], np.bool_)
    single, several = np.flatnonzero(~again), np.flatnonzero(again)
    folded = [changes[place] for place in several.tolist()]
    touched = {name for change in folded if isinstance(change, Upsert) for name in change.values}
    keys = [key for key, often in times.items() if often > 1 and key is not None]
    held = read(keys, sorted(touched))
    folds = {key: _Fold(record) for key, record in zip(keys, held, strict=True)}
    outcomes: list[int] = []
    for change in folded:
        assert change.key is not None, "keys were given to all"
        outcomes.append(folds[change.key].take(change))
    first = [changes[place] for place in single.tolist()]
    first += [one for key, fold in folds.items() for one in fold.first(key)]
    second = [one for key, fold in folds.items() for one in fold.second(key)]
    return Net(first, single, several, outcomes, second)


class _Fold:
    """One key's state while changes go over it; ``now`` is None while there is no record."""

    def __init__(self, record: Record | None) -> None:
        self._was = record is not None
        self._now: State | None = None if record is None else dict(record.values)
        self._reborn = False

    def take(self, change: Change) -> int:
        """What the change does."""
        if isinstance(change, Delete):
            if self._now is None:
                return UNCHANGED
            self._now, self._reborn = None, self._was
            return DELETED
        if self._now is None:
            self._now = dict(change.values)
            return CREATED
        same = all(self._now.get(name) == value for name, value in change.values.items())
        self._now.update(change.values)
        return UNCHANGED if same else UPDATED

    def first(self, key: RecordKey) -> list[Change]:
        if self._was and (self._now is None or self._reborn):
            return [Delete(key)]
        return [] if self._now is None else [Upsert(key, self._now)]

    def second(self, key: RecordKey) -> list[Upsert]:
        """A record that was removed and made again: nothing of the old one may stay."""
        return [Upsert(key, self._now)] if self._reborn and self._now is not None else []
