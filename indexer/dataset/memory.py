"""What is remembered of lookups that are answered beside a view."""

from collections.abc import Hashable
from typing import Any

from indexer.dataset.engine import Engine
from indexer.dataset.given import Words
from indexer.dataset.identities import identities_of
from indexer.dataset.view import DatasetView
from indexer.model.ids import FieldName
from indexer.plan.program import Program
from indexer.results import Identity


class Memory:
    """Identities, and what is kept under them, in the engine's budgets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._results = engine.results

    def program(self, view: DatasetView, program: Program) -> Identity:
        """What tells the records of a program of one output over a view apart from all others.

        Raises: UnknownField.
        """
        (output,) = program.outputs
        return identities_of(program, self._engine.leaves(view), self._results)[output]

    def field(self, view: DatasetView, name: FieldName) -> Identity:
        """What tells a field's values apart from other ones, or the records, for the key."""
        return self._engine.leaves(view).version(name)

    def step(self, step: Hashable) -> Identity:
        """The number of something done to what these identities stand for."""
        return self._results.identity(step)

    def version(self, name: Hashable, parts: tuple[object, ...]) -> Identity:
        """The number of these very objects, as the latest state of the name."""
        return self._results.version(name, parts)

    def words(self, identity: Identity) -> Words | None:
        """Words that are remembered."""
        if not self._engine.switches.leaf_results:
            return None
        found: Words | None = self._results.get(("joined", identity))
        return found

    def keep_words(self, identity: Identity, words: Words) -> None:
        """Remember words, which nobody changes any more."""
        if self._engine.switches.leaf_results:
            self._results.put(("joined", identity), words, words.nbytes)

    def aggregate(self, identity: Identity) -> Any:
        """An aggregate of every record, if it is kept."""
        return self._engine.kept.get(identity) if self._engine.switches.kept else None

    def is_worth_keeping(self, identity: Identity) -> bool:
        """Whether the aggregate was asked for before."""
        return self._engine.switches.kept and self._engine.kept.seen_before(identity)

    def keep_aggregate(self, identity: Identity, aggregate: Any, nbytes: int) -> None:
        """Keep an aggregate, which nobody changes any more."""
        self._engine.kept.put(identity, aggregate, nbytes)
