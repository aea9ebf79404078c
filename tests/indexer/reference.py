"""A dataset as a plain dict of records: what the index has to agree with, one record at a time.

Shares the words of ``indexer.model`` and ``indexer.plan`` and not one line of what runs them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from indexer.api import LoadMode
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.record import Change, Delete, Scalar, Upsert, Value
from indexer.plan.nodes import (
    And,
    CalendarPart,
    Compare,
    Equals,
    Everything,
    Exactly,
    Given,
    HasValue,
    Leaf,
    Lookup,
    Minus,
    Nothing,
    OneOf,
    Or,
    Pattern,
    Plan,
    Range,
    Sampled,
    Size,
    TextMatch,
)
from indexer.plan.related import Computed, Followed, Linked, Related
from tests.support.draws import draw
from tests.support.oracle import nfc

State = dict[FieldName, Value]
Row = tuple[RecordKey | None, Mapping[FieldName, Value]]
"""A row of a load: its key (None where keys are generated) and its cells."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What changes or a load did, without the sequence."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0


@dataclass
class Reference:
    """Records by key; a field that is not there is null."""

    fields: list[FieldName]
    records: dict[RecordKey, State] = field(default_factory=dict)
    next_key: int = 1

    def apply(self, changes: Sequence[Change]) -> Figures:
        """Each change on the state that the one before it left; figures are of changes."""
        done = Counter(self._apply_one(change) for change in changes)
        return Figures(**done)

    def load(self, rows: Sequence[Row], mode: LoadMode, *, clear_empty: bool) -> Figures:
        """The last row of each key, in this mode; figures are of records."""
        last: dict[RecordKey, Mapping[FieldName, Value]] = {}
        for place, (key, cells) in enumerate(rows):
            made = self.next_key + place if key is None else key
            last.pop(made, None)
            last[made] = cells
        if mode is LoadMode.DELETE:
            gone = [key for key in last if self.records.pop(key, None) is not None]
            return Figures(deleted=len(gone), unchanged=len(last) - len(gone))
        gone = [key for key in self.records if key not in last and mode is LoadMode.REPLACE]
        for key in gone:
            del self.records[key]
        done = Counter(
            self._load_one(key, cells, mode, clear_empty=clear_empty) for key, cells in last.items()
        )
        return Figures(**done, deleted=len(gone))

    def value(self, key: RecordKey, name: FieldName) -> Value:
        """The record's value; ``_key`` is its key."""
        return key if name == KEY_FIELD else self.records[key].get(name)

    def members(self, plan: Plan) -> list[RecordKey]:
        """Keys of the records that the plan holds for, in key order."""
        return [key for key in sorted(self.records, key=rank) if self.holds(plan, key)]

    def holds(self, plan: Plan, key: RecordKey) -> bool:
        """Whether the plan holds for one record."""
        match plan:
            case Leaf(lookup):
                return self._found(lookup, key)
            case And(children):
                return all(self.holds(child, key) for child in children)
            case Or(children):
                return any(self.holds(child, key) for child in children)
            case Minus(base, without):
                return self.holds(base, key) and not self.holds(without, key)
            case _:
                assert_never(plan)

    def values(
        self, name: FieldName, plan: Plan, prefix: str, limit: int
    ) -> tuple[list[tuple[Scalar, int]], int]:
        """The most frequent values among the plan's records, ties by value; and its nulls."""
        held = [self.value(key, name) for key in self.members(plan)]
        tally = Counter(
            value
            for each in held
            for value in parts_of(each)
            if str(value).casefold().startswith(prefix.casefold())
        )
        ranked = sorted(tally.items(), key=lambda item: (-item[1], rank(item[0])))
        return ranked[:limit], sum(each is None for each in held)

    def figures(self, name: FieldName) -> tuple[int, int]:
        """How many records have a value, and how many values occur."""
        held = [self.value(key, name) for key in self.records]
        filled = [each for each in held if each is not None]
        return len(filled), len({value for each in filled for value in parts_of(each)})

    def _apply_one(self, change: Change) -> str:
        if isinstance(change, Delete):
            return "unchanged" if self.records.pop(change.key, None) is None else "deleted"
        key = self.next_key if change.key is None else change.key
        state = self.records.get(key)
        if state is None:
            self.records[key] = dict(change.values)
            self.next_key = max(self.next_key, key + 1) if isinstance(key, int) else 1
            return "created"
        before = {name: state.get(name) for name in change.values}
        state.update(change.values)
        return "unchanged" if before == dict(change.values) else "updated"

    def _load_one(
        self, key: RecordKey, cells: Mapping[FieldName, Value], mode: LoadMode, *, clear_empty: bool
    ) -> str:
        known = key in self.records
        if (mode is LoadMode.INSERT and known) or (mode is LoadMode.UPDATE and not known):
            return "unchanged"
        if mode is LoadMode.REPLACE:
            cells = {name: cells.get(name) for name in self.fields}
        elif not clear_empty:
            cells = {name: value for name, value in cells.items() if value is not None}
        return self._apply_one(Upsert(key, cells))

    def _found(self, lookup: Lookup, key: RecordKey) -> bool:
        assert not isinstance(lookup, Given | Related | Linked | Followed | Computed), (
            "one dataset only"
        )
        assert not isinstance(lookup, CalendarPart), "asked of whole conditions"
        match lookup:
            case Everything():
                return True
            case Nothing():
                return False
            case HasValue(name):
                return self.value(key, name) is not None
            case Equals(name, wanted):
                return wanted in parts_of(self.value(key, name))
            case OneOf(name, several):
                return any(wanted in parts_of(self.value(key, name)) for wanted in several)
            case Range(name):
                return any(_within(lookup, value) for value in parts_of(self.value(key, name)))
            case TextMatch(name) | Pattern(name):
                text = self.value(key, name)
                return isinstance(text, str) and _reads(lookup, text)
            case Size(name, low, high):
                held = self.value(key, name)
                return isinstance(held, tuple) and _has_size(held, low, high)
            case Exactly(name, members):
                held = self.value(key, name)
                return isinstance(held, tuple) and set(held) == set(members)
            case Compare(name, _, other):
                return _compares(lookup, self.value(key, name), self.value(key, other))
            case Sampled(first, last, salt):
                return first <= draw(key, salt) <= last
            case _:
                assert_never(lookup)


def parts_of(value: Value) -> tuple[Scalar, ...]:
    """What a lookup looks at: nothing of a null, each member of a set, else the value."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def rank(value: Any) -> Any:
    """Texts by their UTF-8 bytes, everything else by itself."""
    return value.encode() if isinstance(value, str) else value


def ranked(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """Sorted and without repeats, as a list of values travels."""
    return tuple(sorted(set(values), key=rank))


def _within(lookup: Range, value: Scalar) -> bool:
    ours = rank(value)
    if lookup.low is not None:
        low = rank(lookup.low)
        if ours < low or (lookup.low_open and ours == low):
            return False
    if lookup.high is not None:
        high = rank(lookup.high)
        if ours > high or (lookup.high_open and ours == high):
            return False
    return True


def _has_size(held: tuple[str, ...], low: int, high: int | None) -> bool:
    return low <= len(held) and (high is None or len(held) <= high)


def _reads(lookup: TextMatch | Pattern, text: str) -> bool:
    if isinstance(lookup, Pattern):
        flags = re.IGNORECASE if lookup.fold else re.NOFLAG
        return re.search(lookup.pattern, text, flags) is not None
    ours = nfc(text.casefold()) if lookup.fold else text
    match lookup.how:
        case "equals":
            return ours in lookup.texts
        case "contains":
            return any(each in ours for each in lookup.texts)
        case "starts_with":
            return ours.startswith(lookup.texts)
        case "ends_with":
            return ours.endswith(lookup.texts)


def _compares(lookup: Compare, ours: Any, theirs: Any) -> bool:
    """Only fields of one stored form are compared here; exactness has tests of its own."""
    if ours is None or theirs is None:
        return False
    if lookup.fold:
        ours, theirs = (nfc(text.casefold()) for text in (ours, theirs))
    left, right = rank(ours), rank(theirs)
    match lookup.sign:
        case "=":
            return bool(left == right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
