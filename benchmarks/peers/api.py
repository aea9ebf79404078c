"""What a benchmark asks of an engine, ours included."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.questions import Question

THREADS = 2
"""Given to every peer."""

Answer = int | str | tuple[int, ...] | dict[str, int]
"""A count; a digest of keys; sizes and what they share; or counts by value, none of them 0."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have a question answered: only ``run`` is timed, ``answer`` reads its result."""

    how: str
    run: Callable[[], Any]
    answer: Callable[[Any], Answer]

    def ask(self) -> Answer:
        """The answer, untimed."""
        return self.answer(self.run())


class Engine(Protocol):
    """Holds the customers and answers questions about them."""

    @property
    def name(self) -> str:
        """As keys of the JSON spell it."""
        ...

    def ways(self, question: Question) -> tuple[Way, ...]:
        """The plain way first, then other wordings of the same question that may be faster."""
        ...

    def close(self) -> None:
        """Let go of the data."""
        ...


def keys_digest(keys: npt.NDArray[Any]) -> str:
    """A digest of a set of keys, whatever their order."""
    ordered = np.sort(keys).astype(np.int64)
    return hashlib.blake2b(ordered.tobytes(), digest_size=8).hexdigest()


def by_value(pairs: Any) -> dict[str, int]:
    """Counts by value from pairs, without those that are 0."""
    return {str(value): int(count) for value, count in pairs if count}
