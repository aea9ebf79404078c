"""Every function of the language, once: the checker, the papers and the page read this table.

Operators are entries too, under their signs; people see functions only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from indexer.formula import rules
from indexer.formula.parse import ARGUMENTS_MAX
from indexer.formula.rules import Rule


@dataclass(frozen=True, slots=True)
class Function:
    """What may be called with ``least`` to ``most`` arguments, and what to say of it."""

    name: str
    signature: str
    help: str
    least: int
    most: int
    rule: Rule


MANY = ARGUMENTS_MAX

FUNCTIONS: tuple[Function, ...] = (
    Function("if", "if(test, then, else)",
             "then where the test holds, else where it does not or is null; no else means null.",
             2, 3, rules.choice),
    Function("coalesce", "coalesce(value, …)", "The first value that is not null.",
             1, MANY, rules.first_of),
    Function("is_null", "is_null(value)", "Whether there is no value.", 1, 1, rules.nullness),
    Function("abs", "abs(number)", "The number without its sign.", 1, 1, rules.size),
    Function("round", "round(number, digits)",
             "Rounded to so many digits after the point, none if left out; half away from zero.",
             1, 2, rules.rounding),
    Function("floor", "floor(number)", "The whole number at or below.", 1, 1, rules.whole),
    Function("ceil", "ceil(number)", "The whole number at or above.", 1, 1, rules.whole),
    Function("min", "min(value, value, …)",
             "The least of the values; null if any is. With one field of related records, theirs.",
             2, MANY, rules.least_of),
    Function("max", "max(value, value, …)",
             "The greatest of the values; null if any is. With one field of related records, "
             "theirs.", 2, MANY, rules.least_of),
    Function("length", "length(text)", "How many characters it has.", 1, 1, rules.text_to_whole),
    Function("lower", "lower(text)", "In small letters.", 1, 1, rules.text_to_text),
    Function("upper", "upper(text)", "In capital letters.", 1, 1, rules.text_to_text),
    Function("trim", "trim(text)", "Without blanks at both ends.", 1, 1, rules.text_to_text),
    Function("substr", "substr(text, start, length)",
             "So many characters from that one on, the first being 1; no length means all of them.",
             2, 3, rules.cutting),
    Function("concat", "concat(text, …)", "The texts joined; a null is the empty text.",
             1, MANY, rules.joining),
    Function("contains", "contains(text, part)", "Whether the part is somewhere in the text.",
             2, 2, rules.text_to_truth),
    Function("starts_with", "starts_with(text, part)", "Whether the text begins with it.",
             2, 2, rules.text_to_truth),
    Function("ends_with", "ends_with(text, part)", "Whether the text ends with it.",
             2, 2, rules.text_to_truth),
    Function("year", "year(time)", "Its year in the dataset's zone.", 1, 1, rules.time_to_whole),
    Function("month", "month(time)", "Its month, 1 to 12.", 1, 1, rules.time_to_whole),
    Function("day", "day(time)", "Its day of the month, 1 to 31.", 1, 1, rules.time_to_whole),
    Function("weekday", "weekday(time)", "Its day of the week; Monday is 1, Sunday 7.",
             1, 1, rules.time_to_whole),
    Function("days_between", "days_between(from, to)",
             "Days of the calendar from the first to the second, negative if that is earlier.",
             2, 2, rules.time_to_whole),
    Function("date_trunc", "date_trunc('month', time)",
             "The start of the minute, hour, day, week, month, quarter or year that it lies in.",
             2, 2, rules.truncation),
    Function("to_int", "to_int(value)",
             "A number without its fraction, the int a text says, or 1 and 0 for true and false.",
             1, 1, rules.to_whole),
    Function("to_decimal", "to_decimal(value, digits)",
             "A decimal of so many digits after the point, 6 if left out; half away from zero.",
             1, 2, rules.to_fraction),
    Function("to_text", "to_text(value)", "The value as a text; times in UTC.",
             1, 1, rules.to_words),
    Function("days_since", "days_since(time)",
             "Whole days of 24 hours from then to now, negative for what is to come.",
             1, 1, rules.since),
    Function("now", "now()", "The moment at which the question is asked.", 0, 0, rules.present),
)  # fmt: skip

_NO_TEXT = ""

OPERATORS: tuple[Function, ...] = (
    *(Function(sign, _NO_TEXT, _NO_TEXT, 2, 2, rules.arithmetic) for sign in "+-*/%"),
    *(
        Function(sign, _NO_TEXT, _NO_TEXT, 2, 2, rules.comparison)
        for sign in ("=", "!=", "<", "<=", ">", ">=")
    ),
    Function("and", _NO_TEXT, _NO_TEXT, 2, 2, rules.connection),
    Function("or", _NO_TEXT, _NO_TEXT, 2, 2, rules.connection),
    Function("not", _NO_TEXT, _NO_TEXT, 1, 1, rules.connection),
    Function("in", _NO_TEXT, _NO_TEXT, 2, MANY + 1, rules.among),
    Function("not in", _NO_TEXT, _NO_TEXT, 2, MANY + 1, rules.among),
    Function("||", _NO_TEXT, _NO_TEXT, 2, 2, rules.joining),
    Function("negate", _NO_TEXT, _NO_TEXT, 1, 1, rules.negation),
)


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """A function of related records, and what to say of it."""

    name: str
    signature: str
    help: str


AGGREGATES: tuple[AggregateFunction, ...] = (
    AggregateFunction("count", "count(purchases)", "How many related records there are."),
    AggregateFunction("sum", "sum(purchases.amount)", "Their sum; 0 of none."),
    AggregateFunction("avg", "avg(purchases.amount)", "Their mean; null of none."),
    AggregateFunction("min", "min(purchases.amount)", "The least; null of none."),
    AggregateFunction("max", "max(purchases.amount)", "The greatest; null of none."),
    AggregateFunction(
        "count_distinct", "count_distinct(purchases.shop)", "How many different values they have."
    ),
    AggregateFunction("median", "median(purchases.amount)", "The middle one; null of none."),
    AggregateFunction("first", "first(purchases.amount, purchases.ts)",
                      "That of the earliest by the time field, which may be left out if it is the "
                      "field itself."),
    AggregateFunction("last", "last(purchases.amount, purchases.ts)",
                      "That of the latest by the time field, which may be left out if it is the "
                      "field itself."),
)  # fmt: skip

CALLED: Mapping[str, Function] = MappingProxyType({each.name: each for each in FUNCTIONS})
SIGNED: Mapping[str, Function] = MappingProxyType({each.name: each for each in OPERATORS})
AGGREGATED: Mapping[str, AggregateFunction] = MappingProxyType(
    {each.name: each for each in AGGREGATES}
)
