"""Until when an answer is waited for, looked at between the steps of its making.

It goes with the task and the thread that answer, and not through every call: it changes no answer,
only whether there is one. Whoever hands work to another thread hands it on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from indexer.model.errors import DeadlinePassed

T = TypeVar("T")


class Deadline(Protocol):
    """A moment that comes closer."""

    def remaining_ms(self) -> float:
        """How long it is until then; 0 or less when it has passed."""
        ...


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def deadline() -> Deadline | None:
    """The one that holds here, None where anybody waits for as long as it takes."""
    return _current.get()


def wait_until(until: Deadline | None) -> None:
    """Let it hold for the rest of this task or thread, and for what these begin."""
    _current.set(until)


@contextmanager
def waiting_until(until: Deadline | None) -> Iterator[None]:
    """Let it hold inside."""
    before = _current.set(until)
    try:
        yield
    finally:
        _current.reset(before)


def check_deadline() -> None:
    """Go on if there is time. Cost: well below a microsecond where nobody is in a hurry.

    Raises: DeadlinePassed.
    """
    until = _current.get()
    if until is not None and until.remaining_ms() <= 0:
        raise DeadlinePassed("the answer was not ready in time: allow more, or ask for less")


def in_time(work: Callable[[], T]) -> Callable[[], T]:
    """The work for another thread, where it is done until the deadline that holds here.

    It raises DeadlinePassed at once where that is over when its turn comes.
    """
    until = deadline()

    def done() -> T:
        with waiting_until(until):
            check_deadline()
            return work()

    return done
