"""What a client is told: plain values, the same whether the answer came from here or over gRPC.

Values of records stand as API.md writes them: decimals and times as text, sets as sorted lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import BitMap64

from evaluator.values import Json
from indexer.model.ids import DatasetName, SequenceNo


@dataclass(frozen=True, slots=True)
class Count:
    """How many of ``total`` records are members; see ``evaluator.api.Count``."""

    members: int
    total: int
    as_of: SequenceNo
    now: datetime
    elapsed_ms: float
    per_node: Mapping[str, int] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How conditions meet; see ``evaluator.api.Overlap``."""

    sizes: tuple[int, ...]
    intersections: tuple[tuple[int, ...], ...]
    jaccard: tuple[tuple[float, ...], ...]
    regions: Mapping[str, int] | None
    as_of: SequenceNo


@dataclass(frozen=True, slots=True)
class ValueShare:
    """The members with a value."""

    value: Json
    members: int


@dataclass(frozen=True, slots=True)
class BinShare:
    """The members from ``low`` to below ``high``; in the last bin to ``high`` itself."""

    low: Json
    high: Json
    members: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How members spread over a field; ``null`` have no value, ``other`` one that is not told."""

    items: tuple[ValueShare | BinShare, ...]
    null: int
    other: int
    as_of: SequenceNo


@dataclass(frozen=True, slots=True)
class Explanation:
    """One node of a condition and those below it; see ``evaluator.api.Explanation``."""

    path: str
    text: str
    method: str
    estimate: int
    actual: int
    ms: float
    cached: bool
    holds: bool | None
    value: Json
    children: tuple["Explanation", ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A change that was left out: its place among those sent, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of some changes; ``sequence`` includes them."""

    sequence: SequenceNo
    applied: int
    unchanged: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the rows of a file or a table; ``sequence`` includes them."""

    sequence: SequenceNo
    created: int
    updated: int
    unchanged: int
    deleted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Defined:
    """What a saved segment is: one version of it, of records of one dataset."""

    id: str
    version: int
    name: str
    dataset: DatasetName


class Bitmap(BitMap64):
    """The ordinals of members, as of ``sequence``."""

    sequence: SequenceNo = SequenceNo(0)
