"""What kind of result an operation gives for which arguments, and how they are made ready for it.

A rule takes an operation's name, its arguments and the zone, and gives a tree. It raises
FormulaFault at the argument that doesn't fit.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from indexer.formula.constants import beside_doubles, converted, negated, time_of
from indexer.formula.fault import TYPE, FormulaFault
from indexer.formula.kinds import (
    DAY,
    DOUBLE,
    NOTHING,
    SCALE_OF_QUOTIENTS,
    TEXT,
    TRUTH,
    WHOLE,
    Kind,
    said,
    wider,
)
from indexer.formula.tree import Apply, Constant, Now, Tree
from indexer.model.schema import DECIMAL_DIGITS_MAX, FieldType

UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
"""What ``date_trunc`` knows."""
DIGITS_MAX = 18
"""Digits that ``round`` keeps, or rounds away before the point."""


class Argument(NamedTuple):
    """A typed argument and where it stands."""

    tree: Tree
    position: int

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.tree.kind


class Use(NamedTuple):
    """An operation as it is used: its name, its arguments, where it stands, the dataset's zone."""

    operation: str
    arguments: Sequence[Argument]
    position: int
    zone: str


Rule = Callable[[Use], Tree]


def arithmetic(use: Use) -> Tree:
    """``+ - * / %`` of numbers."""
    _all(use.arguments, lambda kind: kind.is_number, "a number")
    one, other = (argument.kind for argument in use.arguments)
    if NOTHING in (one, other):
        kind = wider(one, other)
        return Constant(None, WHOLE if kind is None or kind == NOTHING else kind)
    kind = wider(one, other) or DOUBLE
    if kind == DOUBLE:
        return Apply(use.operation, _as(use.arguments, DOUBLE), DOUBLE)
    if use.operation == "/":
        kind = Kind(FieldType.DECIMAL, SCALE_OF_QUOTIENTS)
    elif use.operation == "*" and kind.type is FieldType.DECIMAL:
        kind = Kind(FieldType.DECIMAL, one.scale + other.scale)
        if kind.scale > DECIMAL_DIGITS_MAX:
            message = "the product has more than 18 digits after the point: round a factor first"
            raise FormulaFault(TYPE, use.position, message)
    return Apply(use.operation, _trees(use.arguments), kind)


def negation(use: Use) -> Tree:
    """A sign before a number."""
    (argument,) = use.arguments
    _all(use.arguments, lambda kind: kind.is_number, "a number")
    tree = argument.tree
    if isinstance(tree, Constant):
        return tree if tree.value is None else negated(tree)
    return Apply(use.operation, (tree,), tree.kind)


def comparison(use: Use) -> Tree:
    """``= != < <= > >=`` of two that can be compared."""
    trees = _comparable(use, ordered=use.operation not in ("=", "!="))
    return NULL_TRUTH if trees is None else Apply(use.operation, trees, TRUTH)


def among(use: Use) -> Tree:
    """``in`` and ``not in`` a list."""
    trees = _comparable(use, ordered=False)
    if trees is None:
        return NULL_TRUTH
    found = Apply("in", trees, TRUTH)
    return found if use.operation == "in" else Apply("not", (found,), TRUTH)


def connection(use: Use) -> Tree:
    """``and or not`` of conditions."""
    _all(use.arguments, lambda kind: kind == TRUTH, "true or false, as a comparison gives")
    return Apply(use.operation, _as(use.arguments, TRUTH), TRUTH)


def joining(use: Use) -> Tree:
    """``||`` and ``concat`` of texts."""
    hint = "a text; to_text makes one of other values"
    _all(use.arguments, lambda kind: kind == TEXT, hint)
    return Apply("concat", _as(use.arguments, TEXT), TEXT)


def choice(use: Use) -> Tree:
    """``if(test, then, else)``; without the last one, null."""
    test, *values = use.arguments
    _all([test], lambda kind: kind == TRUTH, "true or false, as a comparison gives")
    kind = _common(values)
    trees = [*_as([test], TRUTH), *_as(values, kind)]
    if len(values) == 1:
        trees.append(Constant(None, kind))
    return Apply("if", tuple(trees), kind)


def first_of(use: Use) -> Tree:
    """``coalesce``."""
    kind = _common(use.arguments)
    return Apply(use.operation, _as(use.arguments, kind), kind)


def least_of(use: Use) -> Tree:
    """``min`` and ``max`` of values that have an order."""
    kind = _common(use.arguments)
    if kind == TRUTH:
        raise FormulaFault(TYPE, use.position, "true and false have no order")
    return Apply(use.operation, _as(use.arguments, kind), kind)


def nullness(use: Use) -> Tree:
    """``is_null`` of anything."""
    return Apply(use.operation, _trees(use.arguments), TRUTH)


def size(use: Use) -> Tree:
    """``abs``."""
    _all(use.arguments, lambda kind: kind.is_number, "a number")
    (argument,) = use.arguments
    if argument.kind == NOTHING:
        return Constant(None, WHOLE)
    return Apply(use.operation, _trees(use.arguments), argument.kind)


def whole(use: Use) -> Tree:
    """``floor`` and ``ceil``: a float stays one, all else becomes an int."""
    _all(use.arguments, lambda kind: kind.is_number, "a number")
    (argument,) = use.arguments
    return Apply(use.operation, _trees(use.arguments), _rounded(argument.kind, 0))


def rounding(use: Use) -> Tree:
    """``round(number, digits)``: an int where no digits are kept, else of so many."""
    number, *rest = use.arguments
    _all([number], lambda kind: kind.is_number, "a number")
    digits = _written(rest[0], -DIGITS_MAX, DIGITS_MAX) if rest else 0
    arguments = (number.tree, Constant(digits, WHOLE))
    return Apply(use.operation, arguments, _rounded(number.kind, digits))


def text_to_text(use: Use) -> Tree:
    """``lower upper trim``."""
    return _of_texts(use, TEXT)


def text_to_whole(use: Use) -> Tree:
    """``length``."""
    return _of_texts(use, WHOLE)


def text_to_truth(use: Use) -> Tree:
    """``contains starts_with ends_with``."""
    return _of_texts(use, TRUTH)


def cutting(use: Use) -> Tree:
    """``substr(text, start, length)``."""
    text, *places = use.arguments
    _all([text], lambda kind: kind == TEXT, "a text")
    _all(places, lambda kind: kind == WHOLE, "an int")
    return Apply(use.operation, (*_as([text], TEXT), *_as(places, WHOLE)), TEXT)


def time_to_whole(use: Use) -> Tree:
    """``year month day weekday days_between``."""
    return Apply(use.operation, _times(use.arguments, use.zone), WHOLE)


def since(use: Use) -> Tree:
    """``days_since(time)``."""
    return Apply(use.operation, (*_times(use.arguments, use.zone), Now()), WHOLE)


def present(use: Use) -> Tree:  # noqa: ARG001 - every rule has this shape
    """``now()``."""
    return Now()


def truncation(use: Use) -> Tree:
    """``date_trunc(unit, time)``."""
    unit, moment = use.arguments
    name = unit.tree.value if isinstance(unit.tree, Constant) else None
    (tree,) = _times([moment], use.zone)
    units = UNITS[2:] if tree.kind == DAY else UNITS
    if name not in units:
        listed = ", ".join(f"'{unit}'" for unit in units)
        raise FormulaFault(TYPE, unit.position, f"the unit is one of {listed}")
    return Apply(use.operation, (Constant(name, TEXT), tree), tree.kind)


def to_whole(use: Use) -> Tree:
    """``to_int`` of numbers, texts, true and false."""
    wanted = "a number, a text, or true or false"
    _all(use.arguments, lambda kind: kind.is_number or kind in (TEXT, TRUTH), wanted)
    return Apply(use.operation, _trees(use.arguments), WHOLE)


def to_fraction(use: Use) -> Tree:
    """``to_decimal(value, digits)``."""
    value, *rest = use.arguments
    _all([value], lambda kind: kind.is_number or kind == TEXT, "a number or a text")
    digits = _written(rest[0], 0, DIGITS_MAX) if rest else SCALE_OF_QUOTIENTS
    return Apply(use.operation, (value.tree,), Kind(FieldType.DECIMAL, digits))


def to_words(use: Use) -> Tree:
    """``to_text`` of anything but sets."""
    _all(use.arguments, lambda kind: kind.type is not FieldType.SET, "one value")
    return Apply(use.operation, _trees(use.arguments), TEXT)


NULL_TRUTH = Constant(None, TRUTH)


def _all(arguments: Iterable[Argument], fits: Callable[[Kind], bool], wanted: str) -> None:
    for argument in arguments:
        if argument.kind != NOTHING and not fits(argument.kind):
            message = f"here should be {wanted}, and this is {said(argument.kind)}"
            raise FormulaFault(TYPE, argument.position, message)


def _trees(arguments: Iterable[Argument]) -> tuple[Tree, ...]:
    return tuple(argument.tree for argument in arguments)


def _as(arguments: Iterable[Argument], kind: Kind) -> tuple[Tree, ...]:
    return tuple(converted(argument.tree, kind) for argument in arguments)


def _of_texts(use: Use, kind: Kind) -> Tree:
    _all(use.arguments, lambda each: each == TEXT, "a text")
    return Apply(use.operation, _as(use.arguments, TEXT), kind)


def _times(arguments: Sequence[Argument], zone: str) -> tuple[Tree, ...]:
    trees = [_as_time(argument, zone) for argument in arguments]
    ready = [
        Argument(tree, argument.position) for tree, argument in zip(trees, arguments, strict=True)
    ]
    _all(ready, lambda kind: kind.is_time, "a date or a timestamp")
    return tuple(Constant(None, DAY) if tree.kind == NOTHING else tree for tree in trees)


def _as_time(argument: Argument, zone: str) -> Tree:
    tree = argument.tree
    if isinstance(tree, Constant) and isinstance(tree.value, str):
        return time_of(tree.value, zone, argument.position)
    return tree


def _common(arguments: Sequence[Argument]) -> Kind:
    """The kind that all of them can be told in."""
    kind = NOTHING
    for argument in arguments:
        if argument.kind.type is FieldType.SET:
            raise FormulaFault(TYPE, argument.position, "a set can only be asked is_null")
        wide = wider(kind, argument.kind)
        if wide is None:
            message = f"this is {said(argument.kind)}, and what stands before it is {said(kind)}"
            raise FormulaFault(TYPE, argument.position, message)
        kind = wide
    return kind


def _comparable(use: Use, *, ordered: bool) -> tuple[Tree, ...] | None:
    """The trees of what is compared; None if one is a bare null, with which nothing compares."""
    timely = any(argument.kind.is_time for argument in use.arguments)
    double = any(argument.kind == DOUBLE for argument in use.arguments)
    trees: list[Tree] = []
    for argument in use.arguments:
        tree = _as_time(argument, use.zone) if timely else argument.tree
        trees.append(beside_doubles(tree) if double else tree)
    first = next((tree.kind for tree in trees if tree.kind != NOTHING), NOTHING)
    for tree, argument in zip(trees, use.arguments, strict=True):
        kind = tree.kind
        if FieldType.SET in (kind.type, first.type):
            raise FormulaFault(TYPE, argument.position, "a set can only be asked is_null")
        if kind != NOTHING and _sort(kind) != _sort(first):
            message = f"{said(first)} and {said(kind)} can't be compared"
            raise FormulaFault(TYPE, argument.position, message)
        if kind == TRUTH and ordered:
            raise FormulaFault(TYPE, argument.position, "true and false have no order")
    return None if any(tree.kind == NOTHING for tree in trees) else tuple(trees)


def _sort(kind: Kind) -> str:
    if kind.is_number:
        return "number"
    return "time" if kind.is_time else str(kind.type)


def _rounded(kind: Kind, digits: int) -> Kind:
    """What a number of this kind becomes with at most so many digits after the point."""
    if kind.type is not FieldType.DECIMAL:
        return WHOLE if kind == NOTHING else kind
    return WHOLE if digits <= 0 else Kind(FieldType.DECIMAL, min(kind.scale, digits))


def _written(argument: Argument, least: int, most: int) -> int:
    """A whole number that is written in the formula: the type of the result depends on it."""
    tree = argument.tree
    value = tree.value if isinstance(tree, Constant) and tree.kind == WHOLE else None
    if not isinstance(value, int) or not least <= value <= most:
        message = f"here should be a whole number from {least} to {most}, written out"
        raise FormulaFault(TYPE, argument.position, message)
    return value
