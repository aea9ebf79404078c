"""The hot form of columns: words and sorted orders, kept under a memory budget.

Everything here can be made again from its column, so the form used longest ago is dropped when
the budget is full. Forms belong to a column object: a changed column is another object.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Any, Protocol, TypeVar

PENDING_MAX = 4_096
"""Forms waiting to be made; what is asked for beyond that is asked for again later."""


class Sized(Protocol):
    """Something whose memory is known."""

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        ...


F = TypeVar("F", bound=Sized)
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
        self._forms: OrderedDict[Key, tuple[object, Any]] = OrderedDict()
        self._pending: dict[Key, Future[None]] = {}
        self._bytes = 0

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

    def settle(self) -> None:
        """Wait until every form that was asked for is made."""
        while self._pending:
            next(iter(list(self._pending.values()))).result()

    def _make(self, key: Key, column: object, make: Callable[[], Sized]) -> None:
        try:
            self._keep(key, column, make())
        finally:
            with self._lock:
                self._pending.pop(key, None)

    def _held(self, key: Key) -> Any:
        with self._lock:
            held = self._forms.get(key)
            if held is None:
                return None
            self._forms.move_to_end(key)
            return held[1]

    def _keep(self, key: Key, column: object, made: Sized) -> None:
        with self._lock:
            if key in self._forms or made.nbytes > self._bytes_max:
                return
            # The column is kept too: its id must not be another's while the entry lives.
            self._forms[key] = column, made
            self._bytes += made.nbytes
            while self._bytes > self._bytes_max:
                _, (_, dropped) = self._forms.popitem(last=False)
                self._bytes -= dropped.nbytes
