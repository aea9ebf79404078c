"""The hot form of columns: words and sorted orders, kept under a memory budget.

Everything here can be made again from its column, so the form used longest ago is dropped when
the budget is full. Forms belong to a column object: a changed column is another object, and the
forms of a column that nobody has any more are dropped with it.
"""

import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Any, Protocol, TypeVar

from indexer.slabs import Slabs

PENDING_MAX = 4_096
"""Forms waiting to be made; what is asked for beyond that is asked for again later."""


LATEST_MAX = 4
"""Owners of one name: a view, the two of what changed since, and one that is being prepared."""


class Sized(Protocol):
    """Something whose memory is known."""

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        ...


F = TypeVar("F", bound=Sized)
T = TypeVar("T")
Key = tuple[int, Hashable]


class HotForms:
    """Least recently used forms within ``bytes_max``. Safe to share between threads.

    A form in use stays alive through its user's reference, whatever is dropped here. With a
    ``maker``, costly forms are made by it while questions go on without them.
    """

    def __init__(self, bytes_max: int, maker: Executor | None = None) -> None:
        self._bytes_max = bytes_max
        self._maker = maker
        self._lock = threading.Lock()
        self._forms: OrderedDict[Key, tuple[Any, Any]] = OrderedDict()
        self._pending: dict[Key, Future[None]] = {}
        self._bytes = 0
        # Told by the garbage collector, which may run anywhere, so only noted here.
        self._gone: deque[Key] = deque()
        self.slabs = Slabs()
        """Where forms of words are cut from."""
        self._latest: dict[Hashable, tuple[tuple[object, Any], ...]] = {}
        self.dropped = 0
        """How many forms were dropped; who keeps addresses of forms looks at it first."""

    @property
    def nbytes(self) -> int:
        """Bytes held now, at most the budget."""
        return self._bytes

    def of(self, column: object, name: Hashable, make: Callable[[], F]) -> F:
        """The column's form of that name, made if it is not there."""
        key = (id(column), name)
        held: F | None = self._held(key)
        if held is not None:
            return held
        made = make()
        self._keep(key, column, made)
        return made

    def soon(self, column: object, name: Hashable, make: Callable[[], F]) -> F | None:
        """The form if it is there; else None, and it will be. Without a maker, like ``of``."""
        if self._maker is None:
            return self.of(column, name, make)
        key = (id(column), name)
        held: F | None = self._held(key)
        if held is None:
            with self._lock:
                if key not in self._pending and len(self._pending) < PENDING_MAX:
                    self._pending[key] = self._maker.submit(self._make, key, column, make)
        return held

    def held(self, column: object, name: Hashable) -> Any:
        """The form if it is there, None if not."""
        return self._held((id(column), name))

    def settle(self) -> None:
        """Wait until every form that was asked for is made."""
        while self._pending:
            next(iter(list(self._pending.values()))).result()

    def latest(self, name: Hashable, owner: object, make: Callable[[], T]) -> T:
        """What was made for this owner, while it is among the latest few of the name that were
        asked for. Not in the budget.
        """
        held = self._latest.get(name, ())
        for place, (known, made) in enumerate(held):
            if known is owner:
                if place:
                    self._latest[name] = (held[place], *held[:place], *held[place + 1 :])
                found: T = made
                return found
        fresh = make()
        self._latest[name] = ((owner, fresh), *held[: LATEST_MAX - 1])
        return fresh

    def _make(self, key: Key, column: object, make: Callable[[], Sized]) -> None:
        try:
            self._keep(key, column, make())
        finally:
            with self._lock:
                self._pending.pop(key, None)

    def _held(self, key: Key) -> Any:
        with self._lock:
            self._forget_gone()
            held = self._forms.get(key)
            if held is None:
                return None
            self._forms.move_to_end(key)
            return held[0]

    def _keep(self, key: Key, column: object, made: Sized) -> None:
        with self._lock:
            self._forget_gone()
            if key in self._forms or made.nbytes > self._bytes_max:
                return
            farewell = weakref.finalize(column, self._gone.append, key)
            farewell.atexit = False
            self._forms[key] = made, farewell
            self._bytes += made.nbytes
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._forms)))

    def _forget_gone(self) -> None:
        while self._gone:
            self._drop(self._gone.popleft())

    def _drop(self, key: Key) -> None:
        if key in self._forms:
            dropped, farewell = self._forms.pop(key)
            farewell.detach()
            self._bytes -= dropped.nbytes
            self.dropped += 1
