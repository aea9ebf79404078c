"""How a question may be answered. Never what the answer is."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["auto", "index", "scan"]
"""``index`` asks stored forms only, ``scan`` reads the columns, ``auto`` takes the faster way."""


@dataclass(frozen=True, slots=True)
class Hints:
    """With or without remembered answers, and by which method."""

    cache: bool = True
    method: Method = "auto"


NO_HINTS = Hints()
"""Whatever is fastest."""
