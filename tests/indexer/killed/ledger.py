"""What must be in a data folder, from what a killed process told before its end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Delete
from indexer.published import Published
from tests.indexer.killed.child import SEGMENT_BYTES
from tests.indexer.killed.writers import (
    EVENTS,
    LOADER,
    STEP,
    WRITERS,
    owner,
    source_of,
    tag,
    work_of,
)
from tests.indexer.linked import EMAIL, OF, SIZE, faults, node_with

Held = dict[tuple[DatasetName, RecordKey], tuple[Any, Any, Any]]
"""The cells of one writer's records."""


@dataclass
class Account:
    """What one writer has had acknowledged: its records, its events, and the number after."""

    records: Held = field(default_factory=dict)
    events: Counter[int] = field(default_factory=Counter)
    next: int = 0
    answers: list[list[int]] = field(default_factory=list)

    def holds(self, records: Held, events: Counter[int]) -> bool:
        """Whether this is what was found."""
        return (self.records, self.events) == (records, events)


def after(account: Account, seed: int, writer: int) -> Account:
    """The account with the next batch."""
    work = work_of(seed, writer, account.next)
    records, events = dict(account.records), Counter(account.events)
    for key, cells in work.rows:
        records[work.dataset, key] = (cells[SIZE], cells[EMAIL], cells[OF])
    for change in work.changes:
        if work.dataset == EVENTS:
            events[tag(writer, account.next)] += 1
        elif isinstance(change, Delete):
            records.pop((work.dataset, change.key), None)
        elif change.key is not None:
            named = change.values
            records[work.dataset, change.key] = (named[SIZE], named[EMAIL], named[OF])
    return Account(records, events, account.next + 1, account.answers)


class Ledger:
    """The accounts of all writers of one folder."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._accounts = [Account() for _ in range(WRITERS + 1)]
        self._sequence = 0

    @property
    def starts(self) -> list[int]:
        """The number of each writer's next batch."""
        return [account.next for account in self._accounts]

    def note(self, line: str) -> None:
        """One line of what the process told."""
        word, *rest = line.split()
        assert word != "failed", line
        if word not in ("done", "again"):
            return
        writer, number, *answer = map(int, rest)
        account = self._accounts[writer]
        if word == "again":
            assert account.answers[number] == answer, "a repeat has the answer of the first"
            return
        assert number == account.next
        self._sequence = max(self._sequence, answer[0])
        self._accounts[writer] = after(account, self._seed, writer)
        self._accounts[writer].answers.append(answer)

    def check(self, folder: Path) -> None:
        """Recover the folder: all that was acknowledged is there, the rest wholly or not at all."""
        node = node_with(folder=folder, segment_bytes=SEGMENT_BYTES)
        published = node.published
        assert node._keeping is not None
        node._keeping.close()

        assert self._sequence <= published.sequence
        held, events = records_in(published)
        for writer in range(WRITERS):
            at = int(published.positions.get(source_of(writer), -1))
            assert self._account(writer, at + 1).holds(held[writer], events[writer])
        loads = self._accounts[LOADER]
        if not loads.holds(held[LOADER], events[LOADER]):
            # It has no key to be asked for again with.
            self._accounts[LOADER] = self._account(LOADER, loads.next + 1)
            self._accounts[LOADER].answers.append([])
            assert self._accounts[LOADER].holds(held[LOADER], events[LOADER])
        assert [] == faults(published, placed=[])

    def _account(self, writer: int, number: int) -> Account:
        """The writer's account before the batch of this number: its next, or the one after that."""
        account = self._accounts[writer]
        if number == account.next:
            return account
        assert number == account.next + 1, f"writer {writer} was read up to {number - 1}"
        return after(account, self._seed, writer)


def records_in(published: Published) -> tuple[list[Held], list[Counter[int]]]:
    """Records and events by writer. What nobody owns is an error."""
    held: list[Held] = [{} for _ in range(WRITERS + 1)]
    events: list[Counter[int]] = [Counter() for _ in range(WRITERS + 1)]
    for name in published.datasets:
        for key, cells in cells_of(published, name).items():
            if name == EVENTS:
                events[cells[SIZE] % STEP][cells[SIZE]] += 1
            else:
                held[owner(key)][name, key] = (cells[SIZE], cells[EMAIL], cells[OF])
    return held, events


def cells_of(published: Published, name: DatasetName) -> dict[RecordKey, Mapping[FieldName, Any]]:
    """Every record of a dataset."""
    view = published.view(name)
    keys = view.order.keys.tolist()
    read = view.read(view.find(keys), [SIZE, EMAIL, OF])
    return {record.key: record.values for record in read}
