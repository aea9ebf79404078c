"""A condition in plain English, by the same table of operators as everything else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never

from evaluator.condition import related_words
from evaluator.condition.anniversaries import Anniversary
from evaluator.condition.clocks import Hours, Weekdays
from evaluator.condition.entry import TIMES, Operator
from evaluator.condition.joins import Join, join_of
from evaluator.condition.literal import NUMBERS
from evaluator.condition.number import number_from
from evaluator.condition.periods import Period
from evaluator.condition.segments import english
from evaluator.condition.share import Share
from evaluator.condition.surroundings import ALONE, Surroundings
from evaluator.condition.time_text import is_day
from evaluator.condition.time_values import TimeValue
from evaluator.condition.tree import (
    AggregateOf,
    AllOf,
    AnyOf,
    ChainOf,
    Condition,
    CountOf,
    FieldTest,
    Many,
    Muted,
    Not,
    One,
    Other,
    RelatedTest,
    SegmentTest,
    Span,
    Unread,
    wheres_of,
)
from evaluator.condition.windows import AgoSpan, Window
from indexer.model.ids import KEY_FIELD
from indexer.model.schema import Field, FieldType, Schema

EVERY = "every record"
VALUES_SHOWN = 10
"""A longer list is shortened to this many."""
TEXT_SHOWN = 60
"""A longer text is cut to this many characters."""
DIGITS_SHOWN = 40
"""A number with more digits before or after the point is not spelled out."""


def describe(condition: Condition, schema: Schema, around: Surroundings = ALONE) -> str:
    """Say a checked condition in English, with the fields' labels and the segments' names; what is
    muted is left out.

    ``all(income in (a, b), any(age is 45-54, kids is_set))`` becomes
    ``income is a or b and (age is 45-54 or kids is set)``.
    """
    phrase = _phrase(condition, schema, around)
    return EVERY if phrase is None else phrase.text


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A node's words: ``joined_by`` if of several parts, ``has_or`` if they say "or" bare."""

    text: str
    joined_by: str | None = None
    has_or: bool = False

    def inside(self, joiner: str) -> str:
        """The words as a part of a group that joins with ``joiner``."""
        return f"({self.text})" if self.joined_by not in (None, joiner) else self.text


def _phrase(condition: Condition, schema: Schema, around: Surroundings) -> _Phrase | None:
    match condition:
        case AllOf(children=children):
            return _group(children, "and", EVERY, schema, around)
        case AnyOf(children=children):
            return _group(children, "or", "no record", schema, around)
        case Not(child=child):
            inner = _phrase(child, schema, around)
            return _Phrase(EVERY if inner is None else f"not ({inner.text})")
        case FieldTest():
            return _leaf(condition, schema)
        case SegmentTest(segment=segment, version=version):
            definition = around.definitions.definition(segment, version)
            assert definition is not None, condition.path
            return _Phrase(english(condition, definition))
        case RelatedTest():
            return _related(condition, schema, around)
        case Muted():
            return None
        case Unread():
            raise AssertionError(f"not a checked condition: {condition.path}")
        case _:
            assert_never(condition)


def _group(
    children: tuple[Condition, ...], joiner: str, of_none: str, schema: Schema, around: Surroundings
) -> _Phrase:
    found = (_phrase(child, schema, around) for child in children)
    phrases = [phrase for phrase in found if phrase is not None]
    if not phrases:
        return _Phrase(of_none)
    if len(phrases) == 1:
        return phrases[0]
    # "a is x or y or b is z" reads as one list: a comma tells the parts apart.
    comma = "," if joiner == "or" and any(phrase.has_or for phrase in phrases) else ""
    text = f"{comma} {joiner} ".join(phrase.inside(joiner) for phrase in phrases)
    return _Phrase(text, joiner, comma != "")


def _related(test: RelatedTest, schema: Schema, around: Surroundings) -> _Phrase:
    join = join_of(schema, test, around)
    assert isinstance(join, Join), test.path
    inner = wheres_of(test)
    phrases = [_phrase(where, join.schema, around) for where in inner]
    wheres = tuple(map(_where, inner, phrases))
    where = wheres[0] if wheres else ""
    match test.measure:
        case None:
            text = related_words.existence(test, join, where)
        case CountOf():
            text = related_words.count(test, test.measure, join, where, _values)
        case AggregateOf():
            text = related_words.aggregate(test, test.measure, join, where, _values)
        case ChainOf():
            return _Phrase(related_words.chain(test, test.measure, join, wheres))
        case _:
            assert_never(test.measure)
    return _Phrase(text, has_or=any(each is not None and each.has_or for each in phrases))


def _where(condition: Condition, phrase: _Phrase | None) -> str:
    """The words as a condition on related records: where it ends, and on whom, must be clear."""
    if phrase is None or phrase.text == EVERY:
        return ""
    if phrase.joined_by is not None:
        return f"({phrase.text})"
    is_aggregate = isinstance(condition, RelatedTest) and isinstance(condition.measure, AggregateOf)
    has_no_subject = isinstance(condition, SegmentTest | RelatedTest) and not is_aggregate
    return f"it {phrase.text}" if has_no_subject else phrase.text


def _leaf(leaf: FieldTest, schema: Schema) -> _Phrase:
    found = schema.field(leaf.field)
    assert found is not None, leaf.path
    operator = leaf.operator
    values = _values(leaf, found) if not isinstance(leaf.operand, Other) else _other(leaf, schema)
    pattern = operator.english
    if operator.english_one and isinstance(leaf.operand, Many) and len(leaf.operand.values) == 1:
        pattern = operator.english_one
    elif operator.english_time and found.type in TIMES:
        pattern = operator.english_time
    elif operator.english_instant and isinstance(leaf.operand, One):
        is_bare = isinstance(leaf.operand.value, str) and is_day(leaf.operand.value)
        pattern = operator.english if is_bare else operator.english_instant
    words = [found.label or found.name, pattern.replace("{}", values)]
    if leaf.folds:
        words.append("ignoring case")
    if leaf.calendar:
        words.append("by calendar")
    if leaf.zone is not None:
        words.append(f"in {leaf.zone}")
    if leaf.excludes_nulls:
        words.append("but set")
    return _Phrase(" ".join(words), has_or=" or " in pattern or _lists_with_or(leaf))


def _lists_with_or(leaf: FieldTest) -> bool:
    match leaf.operand:
        case Many(values) | Weekdays(values):
            return len(values) > 1 and leaf.operator.joiner == "or"
        case _:
            return False


def _other(leaf: FieldTest, schema: Schema) -> str:
    assert isinstance(leaf.operand, Other), leaf.path
    other = schema.field(leaf.operand.field)
    assert other is not None, leaf.path
    return other.label or other.name


def _values(leaf: FieldTest, field: Field) -> str:
    joiner = leaf.operator.joiner
    if leaf.operator.literal is not None:
        field = replace(field, type=leaf.operator.literal)
    match leaf.operand:
        case None:
            return ""
        case Other():
            raise AssertionError(f"not a literal: {leaf.path}")
        case Share():
            return _share(leaf.operand)
        case One(literal) if leaf.operator.whole_day:
            return _text(str(literal))
        case One(literal):
            return _literal(literal, field)
        case Span(low, high):
            return _listed([_literal(low, field), _literal(high, field)], joiner)
        case Many(literals):
            shown = [_literal(literal, field) for literal in literals[:VALUES_SHOWN]]
            if len(literals) > VALUES_SHOWN:
                return f"{', '.join(shown)} and {len(literals) - VALUES_SHOWN:,} more"
            return _listed(shown, joiner) if shown else "nothing"
        case _:
            return _time_value(leaf.operand, leaf.operator)


def _time_value(value: TimeValue, operator: Operator) -> str:
    match value:
        case Window(1, unit) if operator.english_one:
            return unit.value
        case Window(amount, unit):
            return f"{amount:,} {unit.value}{'s' if amount > 1 else ''}"
        case AgoSpan(far, near, unit):
            return f"{far:,} {operator.joiner} {near:,} {unit.value}s"
        case Weekdays():
            return _listed(value.names, operator.joiner) if value.days else "no day"
        case Period() | Anniversary() | Hours():
            return value.english
        case _:
            assert_never(value)


def _share(share: Share) -> str:
    """``from 0% to 10%``, and the salt if there is one."""
    salt = f" of {_text(share.salt)}" if share.salt else ""
    return f"from {_number(share.low)}% to {_number(share.high)}%{salt}"


def _listed(shown: Sequence[str], joiner: str) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} {joiner} {shown[-1]}"


def _literal(literal: object, field: Field) -> str:
    if isinstance(literal, bool):
        return "true" if literal else "false"
    number = number_from(literal) if field.type in NUMBERS else None
    if number is not None and field.name == KEY_FIELD:
        # A key is a name made of digits, not an amount.
        return _number(number).replace(",", "")
    if number is not None:
        return _number(number)
    text = str(literal)
    if field.type is FieldType.TIMESTAMP and is_day(text):
        return f"{text} 00:00"
    return _text(text)


def _number(number: int | Decimal) -> str:
    exact = Decimal(number)
    digits_after = -int(exact.as_tuple().exponent)
    if abs(exact.adjusted()) > DIGITS_SHOWN or digits_after > DIGITS_SHOWN:
        return "a number of very many digits"
    return f"{exact:,f}"


def _text(text: str) -> str:
    """A text as it is where that is clear, else in quotes."""
    shown = text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"
    is_plain = shown.strip() == shown != "" and shown.isprintable()
    is_clear = is_plain and not any(mark in shown for mark in '",()')
    return shown if is_clear else '"' + shown.replace('"', "'") + '"'
