"""Answers, parts of answers and what leaves found, remembered under a memory budget.

What is remembered is known by an identity: a number that stands for one step over one state of the
fields it reads. Equal steps have equal identities, a step over a changed field has another one, so
nothing here is ever wrong, only useless, and what was used longest ago goes first.
"""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from operator import is_
from typing import Any

IDENTITIES_MAX = 1_000_000
"""When more steps were told apart, all are forgotten, and what was remembered under them."""
SEEN_MAX = 100_000
"""Steps whose first sight is remembered: the second one makes them worth keeping."""
ENTRY_BYTES = 200
"""What an entry takes beside its value, about."""

Identity = int


@dataclass(frozen=True, slots=True)
class Hits:
    """How often something was found here, and how often not."""

    found: int
    missed: int


class Results:
    """Values by identity within ``bytes_max``. Safe to share between threads."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._identities: dict[Hashable, Identity] = {}
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self._versions: dict[Hashable, tuple[tuple[object, ...], Identity]] = {}
        self._bytes = 0
        self._found = self._missed = 0

    @property
    def nbytes(self) -> int:
        """Bytes held now, at most the budget."""
        return self._bytes

    @property
    def hits(self) -> Hits:
        """Since the beginning."""
        return Hits(self._found, self._missed)

    def identity(self, step: Hashable) -> Identity:
        """The number of a step: what it does and the identities of what it reads."""
        known = self._identities.get(step)
        if known is not None:
            return known
        with self._lock:
            if len(self._identities) >= IDENTITIES_MAX:
                # Numbers are never given twice, so what is still remembered is not found again.
                self._identities.clear()
            return self._identities.setdefault(step, next(self._numbers))

    def version(self, name: Hashable, parts: tuple[object, ...]) -> Identity:
        """The number of these very objects, in this order, as the latest state of the name."""
        held = self._versions.get(name)
        if held is not None and len(held[0]) == len(parts) and all(map(is_, held[0], parts)):
            return held[1]
        # The objects are kept, so that none of them can become another one at the same place.
        number = next(self._numbers)
        self._versions[name] = parts, number
        return number

    def get(self, key: Hashable) -> Any:
        """What is remembered under the key; None if nothing is."""
        with self._lock:
            held = self._values.get(key)
            if held is None:
                self._missed += 1
                return None
            self._found += 1
            self._values.move_to_end(key)
            return held[0]

    def put(self, key: Hashable, value: Any, nbytes: int) -> None:
        """Remember a value of that many bytes, which nobody changes any more."""
        size = nbytes + ENTRY_BYTES
        if size > self._bytes_max:
            return
        with self._lock:
            _, old = self._values.pop(key, (None, 0))
            self._values[key] = value, size
            self._bytes += size - old
            while self._bytes > self._bytes_max:
                _, (_, gone) = self._values.popitem(last=False)
                self._bytes -= gone

    def seen_before(self, key: Hashable) -> bool:
        """Whether this was asked about the key before."""
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return True
            self._seen[key] = None
            if len(self._seen) > SEEN_MAX:
                self._seen.popitem(last=False)
            return False
