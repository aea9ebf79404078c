"""A node that does this and that and crashes now and then, in one process and from a seed."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest

from indexer import group_commit
from indexer.api import LoadMode
from indexer.dataset import settling
from indexer.keeping import Keeping
from indexer.log.change_log import ChangeLog
from indexer.log.disk import OsDisk
from indexer.model.errors import DiskFull, LogPoisoned
from indexer.model.record import Applied
from indexer.node import Node
from indexer.store.generations import Generations
from tests.indexer.drawing import batches_of
from tests.indexer.killed.child import SEGMENT_BYTES
from tests.indexer.killed.ledger import Ledger
from tests.indexer.killed.writers import LOADER, SCHEMAS, WRITERS, work_of
from tests.indexer.linked import PEOPLE, SALES, node_with

STEPS = 60
FULL: tuple[tuple[type, str, int], ...] = (
    (ChangeLog, "append", 0),
    (Generations, "write", 0),
    (Generations, "write", 1),
)
"""What finds no room: how often it did before."""
FAILING_AT_MOST = 4


class History:
    """Steps of one node on one folder, beside the ledger of what they were told to have done."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._seed = seed
        self._random = Random(f"history {seed}")
        self._ledger = Ledger(seed)
        self._node = self._opened()
        self._begun: list[Callable[[], None]] = []
        """What is done beside the writer: begun and not yet finished."""

    def run(self) -> None:
        """All steps, and a crash at the end. Raises: AssertionError where something is lost."""
        ways = [self.apply] * 8 + [self.load] * 2 + [self.settle, self.snapshot, self.save] * 2
        ways += [self.finish] * 4 + [self.fill_up] * 3 + [self.fail, self.crash, self.ask_again]
        for _ in range(STEPS):
            self._random.choice(ways)()
        self.crash()

    def apply(self) -> None:
        """One group of batches, of one writer or several."""
        writers = self._random.sample(range(WRITERS), self._random.randint(1, WRITERS))
        works = [work_of(self._seed, each, self._ledger.starts[each]) for each in writers]
        sent = [group_commit.Sent(each.dataset, each.changes, each.origin) for each in works]
        for writer, done in zip(writers, self._node.apply_all(sent), strict=True):
            if isinstance(done, Applied):
                self._note("done", writer, self._ledger.starts[writer], done)

    def load(self) -> None:
        """One load."""
        work = work_of(self._seed, LOADER, self._ledger.starts[LOADER])
        schema = self._node.published.base(work.dataset).schema
        batches = batches_of(schema, work.rows)
        loaded = self._node.load(work.dataset, batches, mode=LoadMode.UPSERT, clear_empty=True)
        number = self._ledger.starts[LOADER]
        self._ledger.note(f"done {LOADER} {number} {loaded.sequence}")

    def ask_again(self) -> None:
        """The last batch of every writer once more, which changes nothing."""
        for writer in range(WRITERS):
            number = self._ledger.starts[writer] - 1
            if number >= 0:
                work = work_of(self._seed, writer, number)
                done = self._node.apply(work.dataset, work.changes, work.origin)
                self._note("again", writer, number, done)

    def settle(self) -> None:
        """Begin to make a view of what changed; it is adopted later."""
        name = self._random.choice((PEOPLE, SALES))
        node, then = self._node, self._node.published.overlay(name)
        view = settling.settled(then, node.published.limits)
        self._begun.append(lambda: node.adopt(name, then, view))

    def snapshot(self) -> None:
        """Begin to write snapshots of this moment; they are there later."""
        node, keeping = self._node, self._keeping
        published, extras = node.moment()
        for name in keeping.unsaved(published):
            view = published.view(name)
            self._begun.append(partial(keeping.write, view, published.sequence, extras))
        self._begun.append(keeping.cut)

    def save(self) -> None:
        """Snapshots of everything, and the log is cut."""
        self._node.save()

    def finish(self) -> None:
        """What was begun first, or a load in a second snapshot."""
        if self._begun:
            self._begun.pop(0)()
        for name in self._keeping.alone:
            self._keeping.repeat(name)

    def fill_up(self) -> None:
        """A step meets a full disk, and nothing of it stays."""
        owner, name, after = self._random.choice(FULL)
        with broken(owner, name, DiskFull("full"), after):
            self._tried()

    def fail(self) -> None:
        """A sync fails in the midst of some steps, and the process ends."""
        fault = OSError(errno.EIO, os.strerror(errno.EIO))
        with broken(OsDisk, "sync", fault, self._random.randrange(FAILING_AT_MOST)):
            for _ in range(FAILING_AT_MOST):
                self._tried()
        self.crash()

    def crash(self) -> None:
        """The process ends, and another one finds what was acknowledged."""
        self._keeping.close()
        self._begun.clear()
        self._ledger.check(self._folder)
        self._node = self._opened()
        self.ask_again()

    @property
    def _keeping(self) -> Keeping:
        assert self._node._keeping is not None
        return self._node._keeping

    def _tried(self) -> None:
        try:
            self._random.choice((self.apply, self.load))()
        except (DiskFull, LogPoisoned):
            assert self._node.published.sequence >= 0

    def _opened(self) -> Node:
        node = node_with(folder=self._folder, segment_bytes=SEGMENT_BYTES)
        for schema in SCHEMAS:
            if schema.name not in node.published.datasets:
                node.create(schema)
        return node

    def _note(self, word: str, writer: int, number: int, done: Applied) -> None:
        counts = (done.created, done.updated, done.deleted, done.unchanged)
        self._ledger.note(" ".join(map(str, (word, writer, number, done.sequence, *counts))))


@contextmanager
def broken(owner: type, name: str, fault: Exception, after: int) -> Iterator[None]:
    """Have a method raise, once it was called so often."""
    work, calls = getattr(owner, name), iter(range(after))

    def failing(*arguments: object) -> object:
        if next(calls, None) is None:
            raise fault
        return work(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, failing)
        yield


def run_histories(folder: Path, seeds: range) -> None:
    """One after another. Raises: AssertionError that names the seed, from what went wrong."""
    for seed in seeds:
        try:
            History(folder / str(seed), seed).run()
        except Exception as wrong:
            raise AssertionError(f"seed {seed}") from wrong
