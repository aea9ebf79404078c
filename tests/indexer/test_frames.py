"""Numbers, codes and lengths in as few bytes as they take: nothing is lost at any width."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.encoding.cells import cells_of_values, column_of_cells, empty_column, fresh_vocabulary
from indexer.encoding.coded import CodedCells, CodedColumn, narrow_codes, wide_codes
from indexer.encoding.frame import Frame, framed
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.encoding.serial import Serial
from indexer.encoding.sets import SetCells, SetColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType
from indexer.plan.nodes import Equals, OneOf, Range
from indexer.store.columns import column_of, parts_of

NAME = FieldName("field")
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
EDGES = (0, 1, 254, 255, 256, 65_534, 65_535, 65_536, 2**32 - 1, 2**32, INT64_MAX, INT64_MIN, -1)
SECOND_US = 1_000_000

INTS = st.one_of(st.sampled_from(EDGES), st.integers(INT64_MIN, INT64_MAX), st.integers(-3, 3))
UNITS = st.sampled_from((1, 2, 7, 60, SECOND_US, 86_400 * SECOND_US, 2**40))
BOUNDS = st.one_of(st.none(), INTS, st.sampled_from((-(2**70), 2**64, 2**63)))


def column_of_numbers(numbers: Sequence[int | None], type_: FieldType = FieldType.INT) -> Any:
    """A column made at once."""
    field = Field(NAME, type_)
    vocabulary = fresh_vocabulary(field)
    cells = cells_of_values(field, numbers, vocabulary)
    return column_of_cells(field, cells, vocabulary, bitmaps_max=4_096)


@st.composite
def number_lists(draw: Any) -> list[int | None]:
    """Numbers that share a unit or do not, near each other or at both ends, nulls among them."""
    unit, base = draw(UNITS), draw(st.integers(-(2**62), 2**62))
    near = st.integers(-(2**20), 2**20).map(lambda lane: base + unit * lane)
    near = near.filter(lambda number: INT64_MIN <= number <= INT64_MAX)
    numbers: list[int | None] = draw(
        st.lists(st.one_of(near, st.none(), INTS) if draw(st.booleans()) else near)
    )
    return numbers


@given(number_lists())
def test_lanes_give_back_every_number(numbers: list[int | None]) -> None:
    """Whatever the base and the unit; what is null stays null."""
    column = column_of_numbers(numbers)

    assert numbers == column.values(np.arange(len(numbers)))
    held = [at for at, number in enumerate(numbers) if number is not None]
    assert BitMap(held) == column.filled
    assert [numbers[at] for at in held] == column.numbers_at(np.array(held, np.int64)).tolist()
    assert [number or 0 for number in numbers] == column.numbers.tolist()


@given(number_lists(), BOUNDS, BOUNDS, st.booleans(), st.booleans())
def test_bounds_of_lanes_are_bounds_of_numbers(
    numbers: list[int | None], low: int | None, high: int | None, low_open: bool, high_open: bool
) -> None:
    """Of any size, between units and at them, open and closed."""
    column = column_of_numbers(numbers)

    found = column.lane_bounds(low, high, low_open=low_open, high_open=high_open)

    for at, number in enumerate(numbers):
        if number is not None:
            inside = (low is None or number > low or (number == low and not low_open)) and (
                high is None or number < high or (number == high and not high_open)
            )
            lane = int(column.lanes[at])
            assert inside == (found is not None and found[0] <= lane <= found[1])


@given(number_lists(), number_lists(), st.data())
def test_an_update_out_of_the_frame_makes_a_new_one(
    before: list[int | None], after: list[int | None], data: st.DataObject
) -> None:
    """And the numbers that stay are the same; one inside the frame leaves the rest as it is."""
    column = column_of_numbers(before)
    room = list(range(len(before)))
    places = data.draw(st.lists(st.sampled_from(room), unique=True)) if room else []
    places = places[: len(after)]
    cells = column_of_numbers(after[: len(places)]).cells(np.arange(len(places)))

    changed = column.updated(np.array(places, np.int64), cells)

    expected = list(before)
    for place, number in zip(places, after, strict=False):
        expected[place] = number
    assert expected == changed.values(np.arange(len(before)))
    assert before == column.values(np.arange(len(before)))


@pytest.mark.parametrize(
    ("numbers", "base", "unit", "lanes"),
    [
        ([], 0, 1, np.uint8),
        ([None, None], 0, 1, np.uint8),
        ([INT64_MIN], INT64_MIN, 1, np.uint8),
        ([5, None, 260], 5, 1, np.uint8),
        ([5, 261], 5, 256, np.uint8),
        ([5, 6, 261], 5, 1, np.uint16),
        ([0, 1, 65_535], 0, 1, np.uint16),
        ([0, 1, 65_536], 0, 1, np.uint32),
        ([0, 1, 2**32 - 1], 0, 1, np.uint32),
        ([0, 1, 2**32], 0, 1, np.uint64),
        ([INT64_MIN, 0, INT64_MAX], INT64_MIN, 1, np.uint64),
        ([INT64_MIN, INT64_MAX], INT64_MIN, 2**64 - 1, np.uint8),
        ([-10 * SECOND_US, 300 * SECOND_US], -10 * SECOND_US, 310 * SECOND_US, np.uint8),
        ([0, SECOND_US, 70_000 * SECOND_US], 0, SECOND_US, np.uint32),
        ([0, SECOND_US, 70_000 * SECOND_US + 1], 0, 1, np.uint64),
    ],
)
def test_a_frame_is_as_narrow_as_its_numbers_allow(
    numbers: list[int | None], base: int, unit: int, lanes: type
) -> None:
    """A unit is used only where it makes lanes narrower."""
    column = column_of_numbers(numbers)

    assert (base, unit, lanes) == (column.base, column.unit, column.lanes.dtype.type)


def test_a_unit_that_a_sample_suggests_is_held_against_all() -> None:
    """One odd number among a hundred thousand even ones is found."""
    numbers = np.arange(200_000) * 100_000
    numbers[77_777] += 8

    lanes, frame = framed(numbers)

    assert 8 == frame.unit
    assert numbers.tolist() == frame.numbers(lanes).tolist()


def test_dates_before_1970_and_fine_decimals_keep_their_width() -> None:
    """Two bytes for a lifetime of days, four for cents up to 40 million."""
    days = column_of_numbers([-25_567, 0, 20_000, None], FieldType.DATE)
    cents = column_of_numbers([-1, 4_294_967_294, 12], FieldType.DECIMAL)

    assert (np.uint16, np.uint32) == (days.lanes.dtype, cents.lanes.dtype)
    assert [-25_567, 0, 20_000, None] == days.values(np.arange(4))
    assert BitMap([0]) == days.find(Range(NAME, high=-1))
    assert BitMap([1, 2]) == cents.find(OneOf(NAME, (12, 4_294_967_294, 2**70)))


def test_a_null_is_not_the_base() -> None:
    """Its lane is 0, which stands for the least number there is."""
    column = column_of_numbers([7, None, 8])

    assert BitMap([0]) == column.find(Equals(NAME, 7))
    assert BitMap([0, 2]) == column.find(Range(NAME))
    assert BitMap([0]) == column.find(OneOf(NAME, (7, 9)))
    assert [[7, 8], [1, 1]] == [part.tolist() for part in column.tally(None)]


def test_doubles_are_their_own_lanes() -> None:
    """Open bounds become closed ones at the next double."""
    column = column_of_numbers([0.5, None, -0.0], FieldType.FLOAT)  # type: ignore[list-item]

    assert np.float64 == column.lanes.dtype
    assert (np.nextafter(0.5, 1), np.inf) == column.lane_bounds(0.5, None, low_open=True)
    assert column.lane_bounds(np.inf, None, low_open=True) is None
    assert BitMap([2]) == column.find(Range(NAME, high=0.5, high_open=True))


@pytest.mark.parametrize("values", [1, 254, 255, 256, 65_534, 65_535, 65_536])
def test_codes_widen_as_a_field_gets_more_values(values: int) -> None:
    """Null is all ones, so 255 values take one byte and 256 take two; likewise at 65,535."""
    vocabulary = Vocabulary(str(number) for number in range(values))
    codes = np.arange(values, dtype=np.int32)
    grown = empty_column(Field(NAME, FieldType.KEYWORD), vocabulary, bitmaps_max=2**20)
    assert isinstance(grown, CodedColumn)
    grown = grown.extended(values + 1)
    for start in range(0, values, 20_000):
        part = codes[start : start + 20_000]
        grown = grown.updated(part.astype(np.int64), CodedCells(part))

    whole = CodedColumn.of(
        vocabulary, CodedCells(np.append(codes, np.int32(-1))), bitmaps_max=2**20
    )

    width = 1 if values <= 255 else 2 if values <= 65_535 else 4
    for column in (grown, whole):
        assert width == column.codes.dtype.itemsize
        assert [*codes.tolist(), -1] == column.cells(np.arange(values + 1)).codes.tolist()
        assert BitMap(range(values)) == column.filled
        assert BitMap([values - 1]) == column.find(Equals(NAME, str(values - 1)))
        assert column.values(np.array([values])) == [None]
    assert grown.bitmaps == whole.bitmaps


@pytest.mark.parametrize("bitmaps_max", [0, 2**20])
def test_a_narrow_column_knows_nothing_of_codes_it_can_not_hold(bitmaps_max: int) -> None:
    """Code 300 of the vocabulary is not code 44 of a column of bytes, nor its null."""
    vocabulary = Vocabulary(str(number) for number in range(301))
    cells = CodedCells(np.array([44, -1], np.int32))
    column = CodedColumn.of(vocabulary, cells, bitmaps_max=bitmaps_max)

    for text in ("300", "255", "256"):
        assert BitMap() == column.find(Equals(NAME, text))
    assert BitMap([0]) == column.find(OneOf(NAME, ("300", "255", "44")))


@given(st.lists(st.integers(-1, 70_000)))
def test_codes_come_back_from_any_width(codes: list[int]) -> None:
    """And null with them."""
    given_codes = np.array(codes, np.int32)

    assert codes == wide_codes(narrow_codes(given_codes)).tolist()


@pytest.mark.parametrize("members", [0, 1, 255, 256, 65_535, 65_536])
@pytest.mark.parametrize("at", [0, 1, 63, 64, 65, 129])
def test_a_set_of_many_members_widens_the_lengths(members: int, at: int) -> None:
    """Wherever it stands in its block of 64, those after it are read right."""
    vocabulary = Vocabulary(str(number) for number in range(max(members, 3)))
    lengths = np.full(130, 2)
    lengths[at] = members
    codes = np.concatenate([np.arange(length) for length in lengths]).astype(np.int32)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    column = SetColumn.of(
        vocabulary, SetCells(starts, codes, np.ones(130, np.bool_)), bitmaps_max=0
    )

    for offset in (0, 63, 64, 65, 127, 128, 129):
        (found,) = column.values(np.array([offset]))
        assert found is not None
        assert lengths[offset] == len(found)  # type: ignore[arg-type]
    expected = np.flatnonzero(lengths == members).tolist()
    assert BitMap(expected) == column.sized(members, members)
    assert (members >= 256) == (column.lengths.dtype != np.uint8)


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("lanes", b""),
        ("lanes", b"\5uint8\0"),
        ("lanes", b"\4int8\0\0\0"),
        ("lanes", b"\7float64" + bytes(24)),
        ("lanes", b"\6uint64" + b"\xff" * 24),
        ("frame", bytes(16)),
        ("frame", b"\xff" * 7 + b"\x7f" + b"\xff" * 8),
        ("present", b""),
        ("present", b"\xff" * 8),
    ],
)
def test_parts_that_do_not_fit_are_told(part: str, data: bytes) -> None:
    """Before a number is believed."""
    column = column_of_numbers([1, 2, None])
    parts = {**parts_of(column), part: data}

    with pytest.raises(SnapshotCorrupt):
        column_of(Field(NAME, FieldType.INT), parts, Vocabulary(), 3, 0)


def test_a_column_is_made_at_once_as_it_is_step_by_step() -> None:
    """Same lanes, same presence."""
    field = Field(NAME, FieldType.TIMESTAMP)
    numbers = np.arange(200) * SECOND_US - 50
    cells = NumberCells(numbers, np.arange(200) % 7 != 0)
    step = empty_column(field, Vocabulary(), bitmaps_max=0).extended(200)

    made = NumberColumn.of(cells)
    updated: Any = step
    updated = updated.updated(np.arange(200), cells)

    assert Frame(int(numbers[1]), SECOND_US) == Frame(made.base, made.unit)
    assert made.lanes.tolist() == updated.lanes.tolist()
    assert made.present.tolist() == updated.present.tolist()


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(0, 5), st.data())
def test_codes_that_count_up_take_a_bit_a_record(
    there: list[bool], first: int, data: st.DataObject
) -> None:
    """As unique texts have them; every question is answered as by codes that are kept."""
    there = [*there, True]
    counted = iter(range(first, first + len(there)))
    codes = np.array([next(counted) if held else -1 for held in there], np.int32)
    vocabulary = Vocabulary(f"t{code}" for code in range(first + len(there)))
    serial = CodedColumn.of(vocabulary, CodedCells(codes), bitmaps_max=0)
    kept = CodedColumn.of(vocabulary, CodedCells(codes), bitmaps_max=2**20)
    offsets = np.array(data.draw(st.lists(st.integers(0, len(codes) - 1), max_size=20)), np.int64)
    value = f"t{data.draw(st.integers(0, first + len(there) - 1))}"

    assert isinstance(serial.held, Serial)
    assert kept.cells(offsets).codes.tolist() == serial.cells(offsets).codes.tolist()
    assert kept.all_cells().codes.tolist() == serial.all_cells().codes.tolist()
    assert kept.values(offsets) == serial.values(offsets)
    assert kept.filled == serial.filled
    assert kept.find(Equals(NAME, value)) == serial.find(Equals(NAME, value))
    assert kept.find(OneOf(NAME, ("t0", value))) == serial.find(OneOf(NAME, ("t0", value)))
    assert kept.tally(None)[0].tolist() == serial.tally(None)[0].tolist()
    field = Field(NAME, FieldType.TEXT)
    again: Any = column_of(field, parts_of(serial), vocabulary, len(codes), 2**20)
    assert serial.all_cells().codes.tolist() == again.cells(np.arange(len(codes))).codes.tolist()
    changed, fresh = np.unique(offsets), vocabulary.learn("other")
    cells = CodedCells(np.full(len(changed), fresh, np.int32))
    assert (
        kept.updated(changed, cells).all_cells().codes.tolist()
        == serial.updated(changed, cells).all_cells().codes.tolist()
    )
    assert [*codes.tolist(), -1] == serial.extended(len(codes) + 1).all_cells().codes.tolist()
