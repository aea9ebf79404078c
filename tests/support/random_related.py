"""Random valid conditions on related records: any link, any measure, up to three hops."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.support.conditions import COMPARISONS, ORDERED, UNITS, Palette, random_condition
from tests.support.dice import Dice, one_in

Json = Any

DEPTH_MAX = 2
"""Of conditions on related records."""
STEPS_MAX = 4
NUMBERS = ("int", "decimal", "float")
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "sum": NUMBERS,
    "avg": NUMBERS,
    "median": NUMBERS,
    "min": ORDERED,
    "max": ORDERED,
    "count_distinct": (*ORDERED, "bool", "text"),
    "first": (*ORDERED, "bool", "text"),
    "last": (*ORDERED, "bool", "text"),
}
COUNTS: tuple[Json, ...] = (0, 1, 2, 3, "2", Decimal("1.5"), -1, 10**30)
AMOUNTS = (1, 2, 7, 30, 31, 365, 100_000)


def random_related(
    dice: Dice, *, schemas: Mapping[str, Json], base: str, palettes: Mapping[str, Palette]
) -> Json:
    """A condition on records of ``schemas`` related with those of the base.

    ``palettes`` are those for the conditions on them, by name.
    """
    theirs = [
        (name, link["name"], False)
        for name, schema in schemas.items()
        for link in schema["links"]
        if link["to"] == base
    ]
    ours = [(link["to"], link["name"], True) for link in schemas[base]["links"]]
    name, link, leads = dice.pick([*theirs, *ours])
    node: dict[str, Json] = {"related": name}
    if len({each[1] for each in (*theirs, *ours) if each[0] == name}) > 1 or one_in(dice, 2):
        node["via"] = link
    palette = palettes[name]
    measured = dice.number(0, 9)
    # A link to the own dataset is followed without a measure, else counted along.
    if (leads and name != base) or measured < 2:
        return {**node, **_where(dice, palette)}
    times = [
        field for field, kind in sorted(palette.types.items()) if kind in ("date", "timestamp")
    ]
    if measured > 7 and times:
        return {**node, **_sequence(dice, palette, times)}
    measure = _count(dice) if measured < 4 else _aggregate(dice, palette, times)
    return {**node, **_where(dice, palette), **measure}


def _where(dice: Dice, palette: Palette) -> Json:
    if one_in(dice, 3):
        return {}
    return {"where": random_condition(dice, palette, depth=DEPTH_MAX)}


def _count(dice: Dice) -> Json:
    return {"count": _compared(dice, ("is", "is_not", *COMPARISONS, "between"), COUNTS)}


def _compared(dice: Dice, operators: tuple[str, ...], literals: tuple[Json, ...]) -> Json:
    op = dice.pick(operators)
    if op == "between":
        return {"op": op, "value": [dice.pick(literals), dice.pick(literals)]}
    return {"op": op, "value": dice.pick(literals)}


def _aggregate(dice: Dice, palette: Palette, times: list[str]) -> Json:
    functions = [fn for fn in FUNCTIONS if times or fn not in ("first", "last")]
    fn = dice.pick(functions)
    suiting = [name for name, kind in sorted(palette.types.items()) if kind in FUNCTIONS[fn]]
    if not suiting:
        return _count(dice)
    field = dice.pick(suiting)
    kind = "int" if fn == "count_distinct" else palette.types[field]
    aggregate: dict[str, Json] = {"fn": fn, "field": field}
    beside: dict[str, Json] = {}
    if fn in ("first", "last"):
        (beside if one_in(dice, 3) else aggregate)["order_by"] = dice.pick(times)
    operators = ("is", "is_not", *COMPARISONS, "between") if kind in ORDERED else ("is", "is_not")
    literals: tuple[Json, ...] = COUNTS
    if fn != "count_distinct":
        near = (0, 1, Decimal("0.5")) if fn in ("sum", "avg", "median") else ()
        literals = (*near, *(palette.literal(dice, field) for _ in range(3)))
    return {"aggregate": aggregate, **_compared(dice, operators, literals), **beside}


def _sequence(dice: Dice, palette: Palette, times: list[str]) -> Json:
    steps: list[dict[str, Json]] = []
    for place in range(dice.number(1, STEPS_MAX)):
        step = _where(dice, palette)
        if place and one_in(dice, 2):
            step["within"] = {"amount": dice.pick(AMOUNTS), "unit": dice.pick(UNITS)}
        steps.append(step)
    if len(steps) > 1 and one_in(dice, 3):
        steps[-1]["absent"] = True
    return {"sequence": steps, "order_by": dice.pick(times)}
