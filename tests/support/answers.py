"""What can be asked of a condition beside its count, read from plain records.

Slow and obvious, like the oracle it stands on; shares no code with the product.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise, product
from math import ceil
from typing import Any

from tests.support import draws, oracle
from tests.support.oracle import KEY, Asked, Row, nfc

Json = Any
Order = Sequence[tuple[str, bool]]
"""Field names, and whether each is descending."""

TICK = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def members(condition: Json, rows: Sequence[Row], asked: Asked) -> list[Row]:
    """The records that satisfy the condition."""
    holding = oracle.holding(condition, rows, asked)
    return [row for row, held in zip(rows, holding, strict=True) if held]


def in_order(found: Sequence[Row], order: Order, asked: Asked) -> list[Any]:
    """Keys by these fields, whoever has no value last, then by key."""
    ordered = sorted(found, key=lambda row: rank(row[KEY]))
    for name, descending in reversed(order):
        held = [row for row in ordered if asked.value(row, name) is not None]
        empty = [row for row in ordered if asked.value(row, name) is None]
        # Equal ones stay as they are, whichever way round.
        ranks = [rank(asked.value(row, name)) for row in held]
        places = sorted(range(len(held)), key=ranks.__getitem__, reverse=descending)
        held = [held[place] for place in places]
        ordered = held + empty
    return [row[KEY] for row in ordered]


def sample(found: Sequence[Row], size: int, seed: str) -> list[Any]:
    """The keys whose draws are smallest."""
    keys: list[Any] = [row[KEY] for row in found]
    return sorted(keys, key=lambda key: (draws.draw(key, seed), rank(key)))[:size]


def breakdown(
    found: Sequence[Row], field: str, limit: int, asked: Asked
) -> tuple[list[tuple[Any, int]], int, int]:
    """The most frequent values with their counts, the nulls and the rest."""
    values = [asked.value(row, field) for row in found]
    told: Counter[Any] = Counter()
    for value in values:
        if isinstance(value, frozenset):
            told.update({nfc(member) for member in value})
        elif value is not None:
            told[nfc(value) if isinstance(value, str) else value] += 1
    listed = sorted(told.items(), key=lambda item: (-item[1], rank(item[0])))
    other = sum(count for _, count in listed[limit:])
    return listed[:limit], values.count(None), other


def bins(found: Sequence[Row], field: str, number: int, asked: Asked) -> list[tuple[Any, Any, int]]:
    """Bins of equal width, in the field's smallest unit: low, high, count."""
    values = [unit(value) for row in found if (value := asked.value(row, field)) is not None]
    if not values:
        return []
    low, width = min(values), max(values) - min(values)
    exact = [low + width * place / number for place in range(number + 1)]
    if asked.type_of(field) == "float":
        edges = sorted({Fraction(float(edge)) for edge in exact})
    else:
        scale = next((f.get("scale", 0) for f in asked.schema["fields"] if f["name"] == field), 0)
        edges = sorted({Fraction(ceil(edge * 10**scale), 10**scale) for edge in exact})
    if len(edges) == 1:
        return [(low, low, len(values))]
    spans = list(pairwise(edges))
    return [
        (a, b, sum(1 for value in values if a <= value < b or (value == b == edges[-1])))
        for a, b in spans
    ]


def overlap(
    conditions: Sequence[Json], rows: Sequence[Row], asked: Asked
) -> tuple[list[list[int]], Mapping[str, int]]:
    """Records in both of each pair, and in exactly each combination but that of none."""
    held = [oracle.holding(condition, rows, asked) for condition in conditions]
    both = [[sum(map(min, one, other)) for other in held] for one in held]
    names = ["".join(bits) for bits in product("01", repeat=len(held)) if "1" in bits]
    seen = Counter(
        "".join("1" if each[place] else "0" for each in held) for place in range(len(rows))
    )
    return both, {name: seen[name] for name in names}


def rank(value: Any) -> Any:
    """Texts compare by their bytes."""
    return nfc(value).encode() if isinstance(value, str) else value


def unit(value: Any) -> Fraction:
    """A number, or a time in days or in microseconds."""
    match value:
        case datetime():
            elapsed = value - EPOCH
            return Fraction(
                elapsed.days * 86_400 * TICK + elapsed.seconds * TICK + elapsed.microseconds
            )
        case date():
            return Fraction((value - EPOCH.date()).days)
        case _:
            return Fraction(value)
