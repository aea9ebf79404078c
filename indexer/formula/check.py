"""From what a formula says to what is computed: names found, kinds inferred."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from indexer.formula.constants import number_of
from indexer.formula.fault import TYPE, FormulaFault, hint
from indexer.formula.functions import AGGREGATED, CALLED, SIGNED, Function
from indexer.formula.kinds import MEMBERS, NOTHING, TEXT, TRUTH
from indexer.formula.rules import Argument, Use
from indexer.formula.syntax import Call, Name, Number, Path, Syntax, Text, Truth
from indexer.formula.tree import Constant, Tree

FieldNamed = Callable[[str, int], Tree]
"""The field of that name, which stands at that position. Raises: FormulaFault."""
AggregateOf = Callable[[Call], Tree]
"""An aggregate of related records. Raises: FormulaFault."""


@dataclass(frozen=True, slots=True)
class Names:
    """What names stand for, and the dataset's zone."""

    field: FieldNamed
    aggregate: AggregateOf
    zone: str


def check(syntax: Syntax, names: Names) -> Tree:
    """The typed tree. Raises: FormulaFault at the first part that means nothing."""
    tree = _typed(syntax, names)
    if tree.kind == NOTHING:
        raise FormulaFault(TYPE, syntax.position, "this is always null, so it has no type")
    if tree.kind == MEMBERS:
        raise FormulaFault(TYPE, syntax.position, "a formula gives no set")
    return tree


def _typed(syntax: Syntax, names: Names) -> Tree:
    match syntax:
        case Number():
            return number_of(syntax)
        case Text(text=text):
            return Constant(text, TEXT)
        case Truth(value=value):
            return Constant(value, NOTHING if value is None else TRUTH)
        case Name(name=name, position=position):
            return names.field(name, position)
        case Path(position=position):
            message = "a field of related records stands in a function, like sum(purchases.amount)"
            raise FormulaFault(TYPE, position, message)
        case Call():
            return names.aggregate(syntax) if is_aggregate(syntax) else _called(syntax, names)
        case _:
            assert_never(syntax)


def is_aggregate(call: Call) -> bool:
    """``min`` and ``max`` are both: they are about related records where those are named."""
    if call.function not in AGGREGATED:
        return False
    return call.function not in CALLED or any(isinstance(each, Path) for each in call.arguments)


def _called(call: Call, names: Names) -> Tree:
    function = SIGNED.get(call.function) or CALLED.get(call.function)
    if function is None:
        close = hint(call.function, [*CALLED, *AGGREGATED])
        raise FormulaFault(TYPE, call.position, f"there is no such function{close}")
    _count(call, function)
    arguments = [Argument(_typed(each, names), each.position) for each in call.arguments]
    return function.rule(Use(call.function, arguments, call.position, names.zone))


def _count(call: Call, function: Function) -> None:
    if function.least <= len(call.arguments) <= function.most:
        return
    message = f"it is written {function.signature}"
    raise FormulaFault(TYPE, call.position, message)
