"""Which steps of a program were asked before, over the same state of the fields they read."""

from collections.abc import Sequence
from typing import Any

from indexer.dataset.leaves import Leaves
from indexer.model.switches import Switches
from indexer.plan.program import Every, Find, Program, Some, Step, children_of
from indexer.results import Identity, Results


class Identities:
    """Identities of one program's steps, and what is remembered under them.

    A range is known by the records between its ends and not by the ends, so a window that moves
    with the clock stays the same until a record crosses one of its ends.
    """

    def __init__(
        self, program: Program, leaves: Leaves, results: Results, switches: Switches
    ) -> None:
        self._program = program
        self._results = results
        self._switches = switches
        self._known = identities_of(program, leaves, results)

    def counts(self) -> Any:
        """The counts of all outputs if they are remembered, else None."""
        return self._results.get(self._key()) if self._switches.answers else None

    def keep_counts(self, counts: tuple[int, ...]) -> None:
        """Remember the counts of all outputs."""
        if self._switches.answers:
            self._results.put(self._key(), counts, 8 * len(counts))

    def words(self, number: int) -> Any:
        """The words of a group if they are remembered, else None."""
        if not self._switches.sub_trees or not self._is_group(number):
            return None
        return self._results.get(("group", self._known[number]))

    def worth_keeping(self, number: int) -> Identity | None:
        """The identity under which to keep a group's words: it was asked for before."""
        if not self._switches.sub_trees or not self._is_group(number):
            return None
        identity = self._known[number]
        return identity if self._results.seen_before(("group", identity)) else None

    def keep_words(self, identity: Identity, words: Any) -> None:
        """Remember a group's words, which nobody changes any more."""
        self._results.put(("group", identity), words, words.nbytes)

    def _is_group(self, number: int) -> bool:
        step = self._program.steps[number]
        return isinstance(step, Every | Some) and len(step.steps) > 1

    def _key(self) -> Any:
        outputs = tuple(self._known[output] for output in self._program.outputs)
        return "counts", outputs


def identities_of(program: Program, leaves: Leaves, results: Results) -> list[Identity]:
    """The identity of each step of a program. Raises: UnknownField."""
    known: list[Identity] = []
    for step in program.steps:
        known.append(_identity_of(step, known, leaves, results))
    return known


def _identity_of(
    step: Step, known: Sequence[Identity], leaves: Leaves, results: Results
) -> Identity:
    if isinstance(step, Find):
        return leaves.identity(step.lookup)
    below = tuple(known[child] for child in children_of(step))
    if isinstance(step, Every | Some):
        below = tuple(sorted(below))
    return results.identity((type(step).__name__, below))
