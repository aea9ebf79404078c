"""How long a call may take: its own bound, or less where somebody waits for less.

Both raise DeadlinePassed where nobody waits any more.
"""

import math

from indexer.model.deadline import check_deadline, deadline
from indexer.rpc.calls import CALL_TIMEOUT_S

LEAST_S = 0.001
"""A call that is given no time at all would look like a broken one."""


def patience_s(longest_s: float = CALL_TIMEOUT_S) -> float:
    """The timeout of a call that is made now."""
    check_deadline()
    until = deadline()
    return longest_s if until is None else max(LEAST_S, min(longest_s, until.remaining_ms() / 1e3))


def wire_ms() -> int:
    """What is left of the deadline, in whole milliseconds from 1 on; 0 for none."""
    check_deadline()
    until = deadline()
    return 0 if until is None else max(1, math.ceil(until.remaining_ms()))
