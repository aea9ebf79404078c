"""Hypothesis strategies: small worlds full of collisions, and conditions over them.

A world is a schema, its records and a now. Few distinct values, many nulls, the ends of ranges,
values around window boundaries and zone changes, letters that look alike: random large data
would almost never meet them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.support.conditions import Palette, random_condition
from tests.support.dice import DrawnDice
from tests.support.oracle import KEY, Asked, Row, Value
from tests.support.wire import from_json, to_json

Json = Any

NOW = datetime(2025, 3, 31, 12, 0, tzinfo=UTC)
"""A month's last day, just after Berlin's clock change and in the year after a leap year."""
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
FEW, MANY = 3, 16
"""Records of a small and of a usual world."""
CONDITIONS_MAX = 6
"""Conditions asked of one world: making it costs more than asking."""
FIELDS: tuple[dict[str, Json], ...] = (
    {"name": "active", "type": "bool"},
    {"name": "orders", "type": "int"},
    {"name": "spent", "type": "decimal", "scale": 2},
    {"name": "ratio", "type": "decimal", "scale": 18},
    {"name": "score", "type": "float"},
    {"name": "born", "type": "date"},
    {"name": "seen", "type": "timestamp"},
    {"name": "state", "type": "keyword"},
    {"name": "about", "type": "text"},
    {"name": "tags", "type": "set"},
)
TEXTS = (
    "", "a", "A", "b", "ab", "\u00e4", "\u00c4b", "a\u0308", "ss", "SS", "\u00df", "\u1e9e",
    "\u0130", "i\u0307", "i", "\u01f0", "J\u030c", "\ufb00", "FF", "\u03c2", "\u03a3", "a\0b",
    "\uffff", "\U0001f600", "a text longer than a word",
)  # fmt: skip
"""Letters that look alike, fold to several, or are composed only in one case."""
VALUES: dict[str, tuple[Value, ...]] = {
    "active": (False, True),
    "orders": (0, 1, -1, 2, 31, 65_535, 65_536, 2**63 - 1, -(2**63)),
    "spent": tuple(map(Decimal, ("0.00", "0.01", "-0.01", "30.50", "9999999999999999.99"))),
    "ratio": tuple(map(Decimal, ("0", "0.000000000000000001", "-0.999999999999999999"))),
    "score": (0.0, -0.0, 0.1, 0.5, 5e-324, 2.0**53, 1e300, -1e300),
    "born": (
        NOW.date(),
        NOW.date() - DAY,
        NOW.date() + DAY,
        date(2025, 3, 1),
        date(2025, 2, 28),
        date(2024, 2, 29),
        date(1969, 12, 31),
        date(1900, 1, 1),
    ),
    "seen": (
        NOW,
        NOW + TICK,
        NOW - TICK,
        NOW - 30 * DAY,
        NOW - 30 * DAY + TICK,
        NOW + 7 * DAY,
        datetime(2025, 4, 30, 12, 0, tzinfo=UTC),
        datetime(2025, 4, 30, 22, 0, tzinfo=UTC),
        datetime(2025, 3, 30, 1, 0, tzinfo=UTC),
        datetime(2025, 2, 28, 12, 0, tzinfo=UTC),
        datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
        datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ),
    "state": TEXTS,
    "about": TEXTS,
    "tags": tuple(map(frozenset, ((), ("a",), ("a", "b"), ("\u00e4", "b"), ("A", "a", "b")))),
}


@dataclass(frozen=True, slots=True)
class World:
    """One dataset: its schema as the body of ``POST /datasets``, its records, and now.

    ``former`` are the values some records had before, and ``removed`` records that are gone: an
    index must show no trace of either.
    """

    asked: Asked
    rows: tuple[Row, ...]
    former: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()

    @property
    def schema(self) -> Json:
        """The body that creates the dataset."""
        return self.asked.schema


@dataclass(frozen=True, slots=True)
class Questions:
    """A world and conditions about it, as JSON texts."""

    world: World
    texts: tuple[str, ...]

    @property
    def conditions(self) -> list[Json]:
        """The decoded conditions, fractions exact."""
        return [from_json(text) for text in self.texts]


@st.composite
def worlds(draw: Callable[[st.SearchStrategy[Any]], Any]) -> World:
    """A dataset of up to ``MANY`` records, keyed by text or by generated numbers."""
    key = draw(st.sampled_from((None, "id")))
    zone = draw(st.sampled_from(("UTC", "UTC", "Europe/Berlin", "America/New_York")))
    named: tuple[dict[str, Json], ...] = ({"name": "id", "type": "keyword"},) if key else ()
    schema = {"name": "world", "key": key, "fields": [*named, *FIELDS], "time_zone": zone}
    usual = st.lists(_records(), min_size=MANY // 2, max_size=MANY)
    rows = draw(st.one_of(st.lists(_records(), max_size=FEW), usual, usual))
    former = draw(st.lists(_records(), max_size=min(FEW, len(rows))))
    removed = draw(st.lists(_records(), max_size=FEW))
    keyed = [
        {KEY: f"k{place}" if key else place + 1, **row}
        for place, row in enumerate((*rows, *removed))
    ]
    return World(
        Asked(schema, NOW),
        tuple(keyed[: len(rows)]),
        tuple({**now, **before} for now, before in zip(keyed, former, strict=False)),
        tuple(keyed[len(rows) :]),
    )


@st.composite
def questions(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Questions:
    """A world, and conditions whose literals lie on and around its values."""
    world = draw(worlds())
    palette, dice = Palette(world.schema, world.rows), DrawnDice(draw)
    asked = range(dice.number(1, CONDITIONS_MAX))
    return Questions(world, tuple(to_json(random_condition(dice, palette)) for _ in asked))


def _records() -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries(
        {name: st.sampled_from((None, *pool)) for name, pool in VALUES.items()}
    )
