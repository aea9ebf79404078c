"""Values that are written in a formula: read, converted, and never wrong later."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from indexer.formula.fault import TYPE, FormulaFault
from indexer.formula.kinds import DAY, DOUBLE, MOMENT, WHOLE, Kind
from indexer.formula.syntax import Number
from indexer.formula.tree import Apply, Constant, Plain, Tree
from indexer.model.schema import DECIMAL_DIGITS_MAX, FieldType

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
DECIMAL_MAX = 10**DECIMAL_DIGITS_MAX - 1

_DAY_ONE = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def number_of(syntax: Number) -> Constant:
    """Whole digits are an int, with a point a decimal, with an exponent a float.

    Raises: FormulaFault where it is too large for its type.
    """
    text = syntax.text
    if "e" in text.lower():
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise FormulaFault(TYPE, syntax.position, "this number is too large for a float")
        return Constant(value, DOUBLE)
    whole, _, fraction = text.partition(".")
    if not fraction:
        if len(whole) > 40 or int(whole) > INT64_MAX:
            raise FormulaFault(TYPE, syntax.position, "this number is too large for an int")
        return Constant(int(whole), WHOLE)
    if len((whole + fraction).lstrip("0")) > DECIMAL_DIGITS_MAX or (
        len(fraction) > DECIMAL_DIGITS_MAX
    ):
        message = f"a decimal has at most {DECIMAL_DIGITS_MAX} digits"
        raise FormulaFault(TYPE, syntax.position, message)
    return Constant(int(whole + fraction), Kind(FieldType.DECIMAL, len(fraction)))


def negated(constant: Constant) -> Constant:
    """The number with the other sign."""
    value = constant.value
    if isinstance(value, float):
        return Constant(-value + 0.0, constant.kind)
    assert isinstance(value, int), constant.kind
    return Constant(-value, constant.kind)


def converted(tree: Tree, kind: Kind) -> Tree:
    """The same in a wider kind; what doesn't fit there is null."""
    if tree.kind == kind:
        return tree
    if not isinstance(tree, Constant):
        return Apply("convert", (tree,), kind)
    if tree.value is None:
        return Constant(None, kind)
    return Constant(_told(tree.value, tree.kind, kind), kind)


def beside_doubles(tree: Tree) -> Tree:
    """A written fraction means its nearest double where it stands beside a float."""
    if isinstance(tree, Constant) and tree.kind.type is FieldType.DECIMAL:
        return converted(tree, DOUBLE)
    return tree


def time_of(text: str, zone: str, position: int) -> Constant:
    """A date or a moment written in ISO; without a zone of its own it is in the dataset's.

    Raises: FormulaFault when it is neither.
    """
    try:
        if len(text) == len("2025-05-31"):
            return Constant((date.fromisoformat(text) - _DAY_ONE).days, DAY)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            # fold=0 is the first of two, and in a gap the offset before it, which moves forward.
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return Constant((moment - _EPOCH) // _TICK, MOMENT)
    except (ValueError, OverflowError):
        message = "this is compared with a time: write it like '2025-05-31' or '2025-05-31T08:00'"
        raise FormulaFault(TYPE, position, message) from None


def _told(value: Plain, held: Kind, wanted: Kind) -> Plain:
    assert isinstance(value, int | float), held
    if wanted == DOUBLE:
        # Dividing ints of any size gives the nearest double.
        return value / 10**held.scale if isinstance(value, int) else value
    assert isinstance(value, int), held
    if wanted.type is not FieldType.DECIMAL:
        return value
    units = value * 10 ** (wanted.scale - held.scale)
    return units if -DECIMAL_MAX <= units <= DECIMAL_MAX else None
