"""Plans as short text, both ways: ``and(a, not(age in [1, 5)), state in {CA, NY})``.

A bare name is a field that has a value; ``all`` and ``none`` are constants; ``not(a)`` is what
is not in a, and ``minus(a, b)`` what of a is not in b. A whole number is one, a word is a text.
"""

import re
from collections.abc import Sequence

from indexer.model.ids import FieldName
from indexer.model.record import Scalar
from indexer.plan.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    Equals,
    HasValue,
    Leaf,
    Lookup,
    Minus,
    OneOf,
    Or,
    Plan,
    Range,
    complement,
)

TOKEN = re.compile(r"\s*([A-Za-z_]\w*|-?\d+|[()\[\]{},=*])")
CONSTANTS = {"all": EVERYTHING, "none": NOTHING}


def plan_of(text: str) -> Plan:
    """The plan. Raises: ValueError."""
    tokens = _Tokens(text)
    plan = _plan(tokens)
    if tokens.left:
        raise ValueError(f"more than a plan: {tokens.left}")
    return plan


def text_of(plan: Plan) -> str:
    """The text that gives the plan."""
    match plan:
        case Leaf(lookup):
            return _lookup_text(lookup, next((k for k, v in CONSTANTS.items() if v == plan), ""))
        case And(children):
            return f"and({', '.join(map(text_of, children))})"
        case Or(children):
            return f"or({', '.join(map(text_of, children))})"
        case Minus(base, without) if base == EVERYTHING:
            return f"not({text_of(without)})"
        case Minus(base, without):
            return f"minus({text_of(base)}, {text_of(without)})"


class _Tokens:
    def __init__(self, text: str) -> None:
        self.left = TOKEN.findall(text)
        if "".join(self.left) != "".join(text.split()):
            raise ValueError(f"not a plan: {text}")

    def take(self, *wanted: str) -> str:
        token = str(self.left.pop(0))
        if wanted and token not in wanted:
            raise ValueError(f"{token!r} where one of {wanted} is due")
        return token

    def has(self, token: str) -> bool:
        return bool(self.left) and self.left[0] == token


def _plan(tokens: _Tokens) -> Plan:
    name = tokens.take()
    if tokens.has("("):
        return _group(name, _listed(tokens, "(", ")"))
    if name in CONSTANTS:
        return CONSTANTS[name]
    field = FieldName(name)
    if tokens.has("="):
        tokens.take()
        return Leaf(Equals(field, _value(tokens.take())))
    if not tokens.has("in"):
        return Leaf(HasValue(field))
    tokens.take()
    if tokens.has("{"):
        return Leaf(OneOf(field, tuple(_values(tokens))))
    opening, low = tokens.take("[", "("), _end(tokens.take())
    tokens.take(",")
    high, closing = _end(tokens.take()), tokens.take("]", ")")
    return Leaf(Range(field, low, high, opening == "(", closing == ")"))


def _group(name: str, children: Sequence[Plan]) -> Plan:
    match name, children:
        case "and", _:
            return And(tuple(children))
        case "or", _:
            return Or(tuple(children))
        case "not", [child]:
            return complement(child)
        case "minus", [base, without]:
            return Minus(base, without)
        case _:
            raise ValueError(f"no group {name!r} of {len(children)}")


def _listed(tokens: _Tokens, opening: str, closing: str) -> list[Plan]:
    tokens.take(opening)
    found: list[Plan] = []
    while not tokens.has(closing):
        found.append(_plan(tokens))
        if not tokens.has(closing):
            tokens.take(",")
    tokens.take(closing)
    return found


def _values(tokens: _Tokens) -> list[Scalar]:
    tokens.take("{")
    found: list[Scalar] = []
    while not tokens.has("}"):
        found.append(_value(tokens.take()))
        if not tokens.has("}"):
            tokens.take(",")
    tokens.take("}")
    return found


def _value(token: str) -> int | str:
    return int(token) if re.fullmatch(r"-?\d+", token) else token


def _end(token: str) -> int | str | None:
    return None if token == "*" else _value(token)


def _lookup_text(lookup: Lookup, constant: str) -> str:
    match lookup:
        case HasValue(field):
            return field
        case Equals(field, value):
            return f"{field} = {value}"
        case OneOf(field, values):
            return f"{field} in {{{', '.join(map(str, values))}}}"
        case Range(field, low, high, low_open, high_open):
            ends = f"{'*' if low is None else low}, {'*' if high is None else high}"
            return f"{field} in {'[('[low_open]}{ends}{'])'[high_open]}"
        case _:
            return constant
