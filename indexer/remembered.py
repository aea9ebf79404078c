"""Answers about texts that only grow in number, remembered while they are asked for.

Shared between reader threads, which is why it stands outside the pure modules that use it.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

ANSWERS_MAX = 64
ANSWER_BYTES_MAX = 1 << 26
"""Answers of one pool are forgotten, oldest first, beyond this many or these bytes."""

Codes = npt.NDArray[np.int32]


class Answers:
    """The latest answers: over how many texts each was given, and its codes."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[int, Codes]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, lookup: Hashable) -> tuple[int, Codes]:
        """Over how many texts the lookup was answered, and the answer; (0, none) if never."""
        with self._lock:
            known = self._held.get(lookup)
            if known is None:
                return 0, np.array([], np.int32)
            self._held.move_to_end(lookup)
            return known

    def put(self, lookup: Hashable, seen: int, codes: Codes) -> None:
        """Remember the answer over the first ``seen`` texts."""
        with self._lock:
            _, old = self._held.pop(lookup, (0, None))
            self._bytes += codes.nbytes - (0 if old is None else old.nbytes)
            self._held[lookup] = seen, codes
            # The newest one stays whatever its size: the other shards are about to ask for it.
            while len(self._held) > 1 and (
                len(self._held) > ANSWERS_MAX or self._bytes > ANSWER_BYTES_MAX
            ):
                _, (_, gone) = self._held.popitem(last=False)
                self._bytes -= gone.nbytes
