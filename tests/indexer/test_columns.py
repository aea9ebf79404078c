"""Columns of every family against a list of values: built, changed, asked and counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.encoding.cells import AnyColumn, cells_of_values, empty_column, fresh_vocabulary
from indexer.encoding.coded import UNION_BITMAPS_MAX, CodedColumn
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName
from indexer.model.record import Scalar, Value
from indexer.model.schema import Field, FieldType
from indexer.plan.nodes import Equals, OneOf, Range
from indexer.store.columns import column_of, parts_of
from tests.indexer.drawing import ABSENT, BEYOND, POOLS, UNORDERED, values_of
from tests.indexer.reference import parts_of as members_of
from tests.indexer.reference import rank, ranked

NAME = FieldName("field")
SIZE_MAX = 12
EXAMPLES = 25
FLOAT_MAX = float(np.finfo(np.float64).max)
BITMAPS_MAX = (0, 2, 4_096)
"""Never any bitmaps, none from the third value on, always."""
INDEXED = (FieldType.KEYWORD, FieldType.SET)
"""Families with a bitmap per value."""
FAMILIES = [
    *((type_, 4_096) for type_ in FieldType),
    *((type_, most) for type_ in INDEXED for most in BITMAPS_MAX[:-1]),
]
WHOLE = (FieldType.INT, FieldType.DECIMAL, FieldType.DATE, FieldType.TIMESTAMP)

Step = dict[int, Value]
"""New values by offset."""


def built(type_: FieldType, steps: Sequence[Step], bitmaps_max: int) -> tuple[Any, list[Value]]:
    """A column after these steps, each of which makes it as long as it needs to be."""
    field = Field(NAME, type_)
    vocabulary = fresh_vocabulary(field)
    column: Any = empty_column(field, vocabulary, bitmaps_max=bitmaps_max)
    values: list[Value] = []
    for step in steps:
        size = max([*step, len(values) - 1]) + 1
        values += [None] * (size - len(values))
        column = column.extended(size)
        for offset, value in step.items():
            values[offset] = value
        cells = cells_of_values(field, list(step.values()), vocabulary)
        column = column.updated(np.array(list(step), np.int64), cells)
    return column, values


def asked(type_: FieldType) -> list[Equals | OneOf | Range]:
    """Every value there may be, pairs and lists of them, and what lies between."""
    pool = [*POOLS[type_], *ABSENT.get(type_, ()), *(BEYOND if type_ in WHOLE else ())]
    found: list[Equals | OneOf | Range] = [Equals(NAME, value) for value in pool]
    found += [OneOf(NAME, ranked(pool)), OneOf(NAME, ()), OneOf(NAME, ranked(pool[1:3]))]
    if type_ in UNORDERED:
        return found
    ends: list[Scalar | None] = [None, *POOLS[type_]]
    for low in ends:
        for high in ends:
            found += [Range(NAME, low, high), Range(NAME, low, high, True, True)]
    return found


def holds(lookup: Equals | OneOf | Range, value: Value) -> bool:
    """Whether the lookup holds for the value."""
    match lookup:
        case Equals(value=wanted):
            return wanted in members_of(value)
        case OneOf(values=wanted_any):
            return any(wanted in members_of(value) for wanted in wanted_any)
        case Range(low=low, high=high, low_open=low_open, high_open=high_open):
            return any(
                (low is None or rank(low) < rank(each) or (low == each and not low_open))
                and (high is None or rank(each) < rank(high) or (high == each and not high_open))
                for each in members_of(value)
            )


@pytest.mark.parametrize(("type_", "bitmaps_max"), FAMILIES)
@given(data=st.data())
@settings(max_examples=EXAMPLES)
def test_a_changed_column_is_the_column_of_its_values(
    type_: FieldType, bitmaps_max: int, data: st.DataObject
) -> None:
    """However it came to be: same answers, same values, same counts as a list."""
    steps = data.draw(st.lists(steps_of(type_), max_size=4))

    column, values = built(type_, steps, bitmaps_max)

    everywhere = np.arange(len(values))
    assert len(values) == column.size
    assert values == column.values(everywhere)
    assert BitMap([at for at, value in enumerate(values) if value is not None]) == column.filled
    for lookup in asked(type_):
        expected = [at for at, value in enumerate(values) if holds(lookup, value)]
        assert BitMap(expected) == column.find(lookup), lookup
    tally = Counter(each for value in values for each in members_of(value))
    assert tally == tallied(column, None)
    assert tally == tallied(column, everywhere)
    again = column_of(
        Field(NAME, type_), parts_of(column), vocabulary_of(column), len(values), bitmaps_max
    )
    assert values == again.values(everywhere)


@pytest.mark.parametrize("type_", FieldType)
@given(data=st.data())
@settings(max_examples=EXAMPLES)
def test_a_column_tells_exactly_which_cells_differ(type_: FieldType, data: st.DataObject) -> None:
    """So that what is unchanged counts as unchanged; cells move between columns as they are."""
    column, values = built(type_, [data.draw(steps_of(type_))], 4_096)
    places = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True)) if values else []
    others = data.draw(st.lists(values_of(type_), min_size=len(places), max_size=len(places)))
    offsets = np.array(places, np.int64)

    cells = cells_of_values(Field(NAME, type_), others, vocabulary_of(column))

    expected = [values[place] != other for place, other in zip(places, others, strict=True)]
    assert expected == column.differs(offsets, cells).tolist()
    assert not column.differs(offsets, column.cells(offsets)).any()
    assert [other is not None for other in others] == cells.filled.tolist()
    backwards = np.arange(len(others))[::-1]
    moved = column.updated(offsets[::-1], cells.pick(backwards))
    assert others == moved.values(offsets)
    assert [None] * len(places) == moved.updated(offsets, column.blank(len(places))).values(offsets)
    assert values == column.values(np.arange(len(values)))


@pytest.mark.parametrize("type_", INDEXED)
def test_a_field_of_too_many_values_answers_from_its_codes(type_: FieldType) -> None:
    """Bitmaps go when one value too many is learnt, and the answers stay."""
    texts = [f"v{number}" for number in range(2 * UNION_BITMAPS_MAX)]
    step: Step = {at: (text,) if type_ is FieldType.SET else text for at, text in enumerate(texts)}
    kept, _ = built(type_, [step], len(texts))
    dropped, _ = built(type_, [step, {0: step[1]}], len(texts) - 1)

    for column in (kept, dropped):
        several = OneOf(NAME, tuple(sorted(texts[2:])))
        assert BitMap(range(2, len(texts))) == column.find(several)
        assert BitMap([2]) == column.find(Equals(NAME, "v2"))

    assert kept.bitmaps is not None
    assert dropped.bitmaps is None


def test_text_is_never_indexed_by_value() -> None:
    """It would cost a bitmap for every sentence."""
    column, _ = built(FieldType.TEXT, [{0: "a"}], 4_096)

    assert isinstance(column, CodedColumn)
    assert column.bitmaps is None


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_zero_has_one_value_and_two_signs(zero: float) -> None:
    """Both are found, whichever is asked for, and they count as one."""
    column, _ = built(FieldType.FLOAT, [{0: 0.0, 1: -0.0, 2: 5e-324}], 0)

    assert BitMap([0, 1]) == column.find(Equals(NAME, zero))
    assert BitMap([0, 1]) == column.find(OneOf(NAME, (zero, 1.0)))
    assert BitMap([2]) == column.find(Range(NAME, low=zero, low_open=True))
    assert {0.0: 2, 5e-324: 1} == tallied(column, None)


@pytest.mark.parametrize("end", [FLOAT_MAX, -FLOAT_MAX])
def test_a_range_may_stop_short_of_the_largest_double(end: float) -> None:
    """Beyond it there are the infinities alone."""
    numbers = np.array([-np.inf, -FLOAT_MAX, 0.0, FLOAT_MAX, np.inf])
    column = NumberColumn.of(NumberCells(numbers, np.ones(5, np.bool_)))

    below = column.find(Range(FieldName("n"), None, end, high_open=True))
    above = column.find(Range(FieldName("n"), end, None, low_open=True))

    assert np.flatnonzero(numbers < end).tolist() == list(below)
    assert np.flatnonzero(numbers > end).tolist() == list(above)


def test_an_older_column_reads_on_while_the_vocabulary_grows() -> None:
    """Readers keep the view they started with; codes they never saw mean nothing to them."""
    for bitmaps_max in BITMAPS_MAX:
        column, _ = built(FieldType.KEYWORD, [{0: "b", 1: None}], bitmaps_max)
        before = column.find(Range(NAME, low="a"))

        vocabulary_of(column).learn("c")

        assert BitMap([0]) == before == column.find(Range(NAME, low="a"))
        assert BitMap() == column.find(Equals(NAME, "c"))
        assert BitMap([0]) == column.find(OneOf(NAME, ("b", "c")))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=8))
def test_texts_are_ordered_by_their_bytes(texts: list[str]) -> None:
    """Not by UTF-16, not by language; a NUL at the end is a character like others."""
    vocabulary = Vocabulary(dict.fromkeys(texts))

    for text in (*texts, "", "\0", "a\0"):
        codes = vocabulary.matching(Range(NAME, low=text, low_open=True))

        found = {vocabulary.text(int(code)) for code in codes}
        assert {each for each in texts if each.encode() > text.encode()} == found


@st.composite
def steps_of(draw: Any, type_: FieldType) -> Step:
    """New values at some offsets."""
    offsets = draw(st.lists(st.integers(0, SIZE_MAX - 1), unique=True, max_size=6))
    return {offset: draw(values_of(type_)) for offset in offsets}


def tallied(column: Any, offsets: Any) -> Counter[Scalar]:
    """What ``tally`` says, in values."""
    values, counts = column.tally(offsets)
    kind: AnyColumn = column
    texts = [
        value if not hasattr(kind, "vocabulary") else vocabulary_of(column).text(value)
        for value in values.tolist()
    ]
    if type(column).__name__ == "FlagColumn":
        texts = [text == "True" for text in texts]
    return Counter(dict(zip(texts, counts.tolist(), strict=True)))


def vocabulary_of(column: Any) -> Vocabulary:
    """The column's vocabulary; an unused one for numbers."""
    found = getattr(column, "vocabulary", None)
    return found if isinstance(found, Vocabulary) else Vocabulary()
