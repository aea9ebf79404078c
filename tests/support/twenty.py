"""Twenty data sets in which answers go wrong: few and many records, edges, ties and limits."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from tests.support.datasets import Dataset, Pools, drawn, schema_of
from tests.support.oracle import KEY, Value
from tests.support.strategies import DAY, NOW, TEXTS, VALUES

WIDE = 3_000
"""Distinct values of a field of many: more than bins, so that some lie between their edges."""
INT64 = (-(2**63), 2**63 - 1)
FLOAT_MAX = 1.7976931348623157e308
BLOCK = 65_536
DOOMED_SHARE = 5
"""A life has one doomed record for so many that stay."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one data set is made. ``lived`` ones were loaded, changed and deleted from."""

    name: str
    records: int
    shard_bits: int
    pools: Pools
    key_type: str | None = "int"
    zone: str = "UTC"
    skew: float = 1.0
    clustered: bool = False
    lived: bool = False
    bitmaps_max: int = 16_384

    def made(self) -> tuple[Dataset, Dataset]:
        """The data set, and records that a life has had before."""
        doomed = self.records // DOOMED_SHARE + 1 if self.lived else 0
        keys = _keys(self.key_type, self.records + doomed)
        schema = schema_of(self.name, self.key_type, self.zone)
        whole = drawn(
            schema, self.pools, keys, seed=self.seed, skew=self.skew, clustered=self.clustered
        )
        order = np.random.default_rng(self.seed).permutation(len(keys)) if doomed else None
        places = np.arange(len(keys)) if order is None else order
        kept, gone = places[: self.records], places[self.records :]
        return _own_keys(whole.picked(np.sort(kept))), _own_keys(whole.picked(np.sort(gone)))

    @property
    def seed(self) -> int:
        """Of all that is random about it."""
        return sum(self.name.encode())


def _own_keys(dataset: Dataset) -> Dataset:
    """Without the keys of others, so that literals are of keys that are there."""
    column = dataset.columns[KEY]
    keys = [column.values[code] for code in column.codes.tolist()]
    columns = {**dataset.columns, KEY: type(column)(keys, np.arange(len(keys)))}
    return Dataset(dataset.asked, columns)


def _keys(key_type: str | None, size: int) -> Sequence[Value]:
    match key_type:
        case None:
            return [place + 1 for place in range(size)]
        case "int":
            return [*INT64, *(3 * place - size for place in range(size))][:size]
        case _:
            return [f"k{place:05}" if place % 7 else f"\u00e4{place}" for place in range(size)]


def _with_nulls(pools: Mapping[str, Sequence[Value]]) -> Pools:
    return {name: (*values, None) for name, values in pools.items()}


USUAL = _with_nulls(VALUES)
FULL: Pools = VALUES
NULLS: Pools = dict.fromkeys(VALUES, (None,))
TIES: Pools = {name: values[:2] for name, values in VALUES.items()}
HALF: Pools = {name: (values[0], None) for name, values in VALUES.items()}
LIMITS = _with_nulls(
    {
        **VALUES,
        "orders": (*INT64, INT64[0] + 1, INT64[1] - 1, 2**53, 2**53 + 1, -(2**53) - 1, 0),
        "spent": tuple(map(Decimal, ("9999999999999999.99", "-9999999999999999.99", "0.00"))),
        "ratio": tuple(
            Decimal(sign + digits)
            for sign in ("", "-")
            for digits in ("0.999999999999999999", "0.999999999999999998", "0.000000000000000001")
        ),
        "score": (FLOAT_MAX, -FLOAT_MAX, 5e-324, -0.0, 2.0**63, -(2.0**63)),
        "born": (date(1, 1, 3), date(9999, 12, 28), NOW.date()),
        "seen": (
            datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 28, 23, 59, 59, 999_999, tzinfo=UTC),
            NOW,
        ),
    }
)  # fmt: skip
UNICODE = _with_nulls(
    {
        **TIES,
        "state": (*TEXTS, *(unicodedata.normalize("NFD", text) for text in TEXTS if len(text) < 3)),
        "about": tuple(one + other for one in TEXTS[:18] for other in ("", "\u0301", "\u00df")),
        "tags": tuple(frozenset((one, other)) for one in TEXTS[:12] for other in TEXTS[9:15]),
    }
)
SETS = _with_nulls(
    {
        **HALF,
        "tags": (
            frozenset(), *(frozenset(f"t{k}" for k in range(size)) for size in (1, 2, 3, 40, 300)),
            *(frozenset({f"t{k}", f"t{k * k}", "a"}) for k in range(12)),
        ),
    }
)  # fmt: skip
MANY = _with_nulls(
    {
        "active": (True, False),
        "orders": range(-7 * WIDE // 2, 7 * WIDE // 2, 7),
        "spent": tuple(Decimal(cents).scaleb(-2) for cents in range(-WIDE // 2, WIDE // 2)),
        "ratio": tuple(Decimal(3 * unit - WIDE).scaleb(-18) for unit in range(WIDE)),
        "score": tuple((unit - WIDE / 2) / 8 for unit in range(WIDE)),
        "born": tuple(NOW.date() + timedelta(days=day) for day in range(100 - WIDE, 100)),
        "seen": tuple(NOW + timedelta(minutes=97 * step) for step in range(20 - WIDE, 20)),
        "state": tuple(f"s{place}" for place in range(600)),
        "about": (*TEXTS, *(f"{one} and {other}" for one in TEXTS for other in TEXTS)),
        "tags": tuple(
            frozenset(f"t{place % step}" for step in (2, 3, 5, 7, 40)) for place in range(200)
        ),
    }
)
RECENT = {**USUAL, "seen": tuple(NOW - place * DAY / 8 for place in range(40))}

TWENTY = (
    Recipe("nobody", 0, 6, USUAL),
    Recipe("one", 1, 6, FULL, None),
    Recipe("a word less one", 63, 6, USUAL, "keyword"),
    Recipe("a word", 64, 6, USUAL),
    Recipe("a word and one", 65, 6, USUAL, None, zone="Europe/Berlin"),
    Recipe("two words", 128, 7, MANY, "keyword", zone="America/New_York", lived=True),
    Recipe("small shards", 700, 5, USUAL, lived=True),
    Recipe("all null", 1_000, 7, NULLS),
    Recipe("none null", 1_000, 8, FULL, "keyword"),
    Recipe("all alike", 1_023, 9, TIES, lived=True),
    Recipe("limits", 1_025, 10, LIMITS),
    Recipe("letters", 1_500, 8, UNICODE, "keyword", lived=True),
    Recipe("sets", 2_000, 10, SETS, skew=2.0),
    Recipe("without bitmaps", 2_000, 9, USUAL, bitmaps_max=2, lived=True),
    Recipe("windows", 3_000, 12, RECENT, zone="Europe/Berlin", lived=True),
    Recipe("rare values", 4_096, 10, MANY, skew=6.0),
    Recipe("a block less one", BLOCK - 1, 16, USUAL),
    Recipe("a block", BLOCK, 16, MANY, None, clustered=True),
    Recipe("a block and one", BLOCK + 1, 16, LIMITS, lived=True, skew=3.0),
    Recipe("two blocks and one", 2 * BLOCK + 1, 16, USUAL, None, clustered=True),
)
