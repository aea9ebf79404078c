"""Batches of changes that arrive together become durable together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from indexer import steps, transitions
from indexer.dataset.netting import counted
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Origin
from indexer.published import Published
from indexer.remembrance import Repeats
from indexer.runtime.clock import Clock
from indexer.transitions import Next


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch of checked changes on its way."""

    dataset: DatasetName
    changes: Sequence[Change]
    origin: Origin = UNKNOWN_ORIGIN


class Group:
    """Batches that become durable together. Those of one dataset in a row are one step."""

    def __init__(
        self, before: Published, repeats: Repeats, clock: Clock, limits: IndexLimits
    ) -> None:
        self._now = before
        self._repeats = repeats
        self._fresh = Repeats(limits.repeats_max)
        self._clock = clock
        self._limits = limits
        self._steps: list[tuple[steps.Step, Next]] = []
        self._run: list[tuple[int, Sent]] = []
        self.answers: list[Applied | CardinalError] = []

    def take(self, sent: Sent) -> None:
        """One batch more."""
        place = len(self.answers)
        key = sent.origin.idempotency_key
        # A repeat of a batch in the run must find its answer.
        again = key is not None and any(key == each.origin.idempotency_key for _, each in self._run)
        if again or not self._goes_on(sent):
            self._end_run()
        try:
            known = self._known(sent)
        except CardinalError as error:
            self.answers.append(error)
            return
        if known is not None:
            self.answers.append(known)
            return
        self.answers.append(_PENDING)
        self._run.append((place, sent))

    def made(self) -> list[tuple[steps.Step, Next]]:
        """The steps of all batches."""
        self._end_run()
        return self._steps

    def _goes_on(self, sent: Sent) -> bool:
        """Whether the batch may be one step with those of the run."""
        if not self._run:
            return True
        size = sum(len(each.changes) for _, each in self._run) + len(sent.changes)
        view = self._now.datasets.get(sent.dataset)
        # Until the first keys have decided what keys are, each batch has to be looked at alone.
        decided = view is not None and view.schema.key_type is not None
        same = sent.dataset == self._run[0][1].dataset
        return same and decided and size <= self._limits.changes_per_batch_max

    def _known(self, sent: Sent) -> Applied | None:
        known = self._fresh.answer(sent.dataset, sent.origin)
        return known or self._repeats.answer(sent.dataset, sent.origin)

    def _end_run(self) -> None:
        run, self._run = self._run, []
        if not run:
            return
        try:
            self._apply(run)
        except CardinalError as error:
            if len(run) == 1:
                self.answers[run[0][0]] = error
                return
            # One of them can't be applied: each for itself tells which.
            for one in run:
                self._run = [one]
                self._end_run()

    def _apply(self, run: list[tuple[int, Sent]]) -> None:
        dataset, moment = run[0][1].dataset, self._clock.now()
        changes = [change for _, sent in run for change in sent.changes]
        after = transitions.applied(self._now, dataset, changes, now=moment, limits=self._limits)
        positions = {
            sent.origin.source: sent.origin.position
            for _, sent in run
            if sent.origin.source is not None
        }
        kept = any(sent.origin != UNKNOWN_ORIGIN for _, sent in run)
        if kept and not after.touched:
            # Nothing is different but what is known of the batch.
            sequence = SequenceNo(self._now.sequence + 1)
            after = replace(after, published=replace(self._now, sequence=sequence))
        if positions:
            known = MappingProxyType({**after.published.positions, **positions})
            after = replace(after, published=replace(after.published, positions=known))
        batches: list[steps.Batch] = []
        start = 0
        for place, sent in run:
            outcomes = after.outcomes[start : start + len(sent.changes)]
            start += len(sent.changes)
            answer = Applied(after.published.sequence, **counted(outcomes))
            self.answers[place] = answer
            self._fresh.note(dataset, sent.origin, answer)
            batches.append(steps.batch_of(sent.changes, sent.origin, answer))
        if kept or after.touched:
            self._now = after.published
            self._steps.append((steps.Changed(dataset, moment, batches), after))


_PENDING = Applied(SequenceNo(0), 0, 0, 0, 0)
