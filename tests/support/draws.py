"""Who is in a sample, key by key: the page of the contract in plain Python.

Shares no code with the product. ``KNOWN`` are draws worked out once and for all: should they ever
differ, a running test would have moved people from one group to the other.
"""

from fractions import Fraction
from typing import Any

WORD = 2**64 - 1
KNOWN: dict[tuple[int | str, str], int] = {
    ("", ""): 0xA706DD2F4D197E6F,
    (1, ""): 0x6DECC4351E2F91E1,
    (-5, "a"): 0xBD5DF31319AD799F,
    (2**63 - 1, "x" * 9): 0xED5BF44420908063,
    ("ann", ""): 0x3C8B964151DCE6AC,
    ("ann", "spring"): 0x260C95BEDDC794D8,
    ("a key longer than eight bytes", "\u00e4"): 0xA6A9FB497EA00A1D,
}


def in_share(key: Any, share: Any) -> bool:
    """Whether a record's draw, as a percentage of all draws, is in ``[from, to)``."""
    percent = Fraction(100 * draw(key, share.get("salt", "")), 2**64)
    return Fraction(share["from"]) <= percent < Fraction(share["to"])


def draw(key: int | str, salt: str) -> int:
    """A number of 64 bits that the key and the salt decide."""
    return _absorb(_absorb(0, salt.encode()), str(key).encode())


def _absorb(state: int, data: bytes) -> int:
    for start in range(0, len(data), 8):
        state = _step(state, int.from_bytes(data[start : start + 8], "little"))
    return _step(state, len(data))


def _step(state: int, word: int) -> int:
    z = (state ^ word) + 0x9E3779B97F4A7C15 & WORD
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31
