"""From a formula's text to what it says. Precedence climbs, as in SQL, from ``or`` to a sign."""

import unicodedata

from indexer.formula.fault import SYNTAX, FormulaFault
from indexer.formula.syntax import Call, Name, Number, Path, Syntax, Text, Truth
from indexer.formula.tokens import Mark, Token, tokens_of

DEPTH_MAX = 64
"""Levels of operators, calls and brackets inside each other."""
ARGUMENTS_MAX = 256
"""Arguments of one function, members of one list."""

OR, AND, NOT, COMPARED, JOINED, SUM, PRODUCT, SIGN = range(1, 9)

_BINDING = {
    "or": OR, "and": AND, "=": COMPARED, "!=": COMPARED, "<": COMPARED, "<=": COMPARED,
    ">": COMPARED, ">=": COMPARED, "in": COMPARED, "not": COMPARED, "||": JOINED, "+": SUM,
    "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT,
}  # fmt: skip
"""How tightly what stands between two operands holds them."""

_TRUTHS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Syntax:
    """What the formula says. Raises: FormulaFault at the first place that can't be read."""
    reader = _Reader(tokens_of(text))
    syntax, _ = reader.expression(0, 0)
    reader.end()
    return syntax


class _Reader:
    """Reads tokens from left to right. An expression comes with how many levels it has."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def expression(self, binding: int, depth: int) -> tuple[Syntax, int]:
        """As much as operators that hold more tightly than ``binding`` keep together."""
        left, levels = self._operand(depth)
        while (held := self._binding()) > binding:
            operator = self._next()
            if operator.text in ("in", "not"):
                left, more = self._members(operator, left, depth)
            else:
                right, more = self.expression(held, depth + 1)
                left = Call(operator.text, (left, right), operator.position)
            levels = _one_more(max(levels, more), operator)
            if held == COMPARED and self._binding() == COMPARED:
                raise FormulaFault(
                    SYNTAX, self._token.position, "join comparisons with 'and' or 'or'"
                )
        return left, levels

    def end(self) -> None:
        """Nothing may be left."""
        if self._token.mark is not Mark.END:
            raise self._fault("an operator or the end of the formula")

    @property
    def _token(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._token
        self._place += 1
        return token

    def _binding(self) -> int:
        token = self._token
        return _BINDING.get(token.text, 0) if token.mark in (Mark.SIGN, Mark.WORD) else 0

    def _operand(self, depth: int) -> tuple[Syntax, int]:
        token = self._token
        if depth > DEPTH_MAX:
            _one_more(DEPTH_MAX, token)
        match token.mark:
            case Mark.NUMBER:
                return Number(self._next().text, token.position), 1
            case Mark.TEXT:
                text = unicodedata.normalize("NFC", self._next().text)
                return Text(text, token.position), 1
            case Mark.NAME | Mark.QUOTED:
                return self._named(self._next(), depth)
            case Mark.WORD if token.text in _TRUTHS:
                return Truth(_TRUTHS[self._next().text], token.position), 1
            case Mark.WORD if token.text == "not":
                return self._prefixed("not", NOT, depth)
            case Mark.SIGN if token.text == "-":
                return self._prefixed("negate", SIGN, depth)
            case Mark.SIGN if token.text == "(":
                self._next()
                inner, levels = self.expression(0, depth + 1)
                self._expect(")", "a closing bracket")
                return inner, levels
            case _:
                raise self._fault("a field, a number, a text in '…' or a function")

    def _prefixed(self, function: str, binding: int, depth: int) -> tuple[Syntax, int]:
        token = self._next()
        child, levels = self.expression(binding - 1, depth + 1)
        return Call(function, (child,), token.position), _one_more(levels, token)

    def _named(self, token: Token, depth: int) -> tuple[Syntax, int]:
        name = unicodedata.normalize("NFC", token.text)
        if self._accept("("):
            if token.mark is Mark.QUOTED:
                raise FormulaFault(SYNTAX, token.position, "a function's name stands in no quotes")
            arguments, levels = self._arguments(depth)
            return Call(token.text.lower(), arguments, token.position), _one_more(levels, token)
        if self._accept("."):
            if self._token.mark not in (Mark.NAME, Mark.QUOTED, Mark.WORD):
                raise self._fault("the name of a field after the dot")
            field = unicodedata.normalize("NFC", self._next().text)
            return Path(name, field, token.position), 1
        return Name(name, token.position), 1

    def _members(self, operator: Token, left: Syntax, depth: int) -> tuple[Syntax, int]:
        """``x in (a, b)``, with ``not`` before ``in`` or without."""
        function = "in"
        if operator.text == "not":
            if self._token.text != "in" or self._token.mark is not Mark.WORD:
                raise self._fault("'in' after 'not'")
            self._next()
            function = "not in"
        self._expect("(", "a list like (1, 2)")
        if self._token.text == ")" and self._token.mark is Mark.SIGN:
            raise self._fault("at least one value in the list")
        members, levels = self._arguments(depth)
        return Call(function, (left, *members), operator.position), levels

    def _arguments(self, depth: int) -> tuple[tuple[Syntax, ...], int]:
        """Arguments up to the closing bracket, which is read too."""
        found: list[Syntax] = []
        levels = 0
        if self._accept(")"):
            return (), levels
        while True:
            argument, more = self.expression(0, depth + 1)
            found.append(argument)
            levels = max(levels, more)
            if len(found) > ARGUMENTS_MAX:
                message = f"at most {ARGUMENTS_MAX} values stand between brackets"
                raise FormulaFault(SYNTAX, self._token.position, message)
            if self._accept(")"):
                return tuple(found), levels
            self._expect(",", "a comma or a closing bracket")

    def _accept(self, sign: str) -> bool:
        if self._token.mark is Mark.SIGN and self._token.text == sign:
            self._place += 1
            return True
        return False

    def _expect(self, sign: str, wanted: str) -> None:
        if not self._accept(sign):
            raise self._fault(wanted)

    def _fault(self, wanted: str) -> FormulaFault:
        token = self._token
        if token.mark is Mark.END:
            message = f"the formula ends where {wanted} should be"
            return FormulaFault(SYNTAX, token.position, message)
        message = f"here should be {wanted}"
        return FormulaFault(SYNTAX, token.position, _TWICE.get(self._pair(), message))

    def _pair(self) -> str:
        """This sign and the one before it, where they touch."""
        now, before = self._token, self._tokens[max(0, self._place - 1)]
        touching = before.position + len(before.text) == now.position
        return before.text + now.text if touching else ""


_TWICE = {
    "==": "equality is written with one '='",
    "<>": "unequal is written '!='",
    "**": "there is no power; multiply",
}


def _one_more(levels: int, token: Token) -> int:
    if levels >= DEPTH_MAX:
        message = f"a formula has at most {DEPTH_MAX} levels inside each other"
        raise FormulaFault(SYNTAX, token.position, message)
    return levels + 1
