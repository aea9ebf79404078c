"""How often Python looks for reference cycles: seldom, and never among what is there for good.

The collector stops every thread while it looks, and it looks at every container there is. What a
process loads at its start has no cycles to give back and is held for as long as the process
lives; the values of changes, thousands in a batch, would have it looked at again and again.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (50_000, 20, 50)
"""Containers made before the youngest are looked at, and how many such looks before older ones."""


@contextmanager
def loading() -> Iterator[None]:
    """Look for no cycles inside the block, nor afterwards among what was made in it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()
