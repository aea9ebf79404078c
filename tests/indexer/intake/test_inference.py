"""Which type a column of text gets: API.md's table, and a reading in plain Python as oracle."""

import math
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.intake.options import IntakeOptions
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType
from tests.indexer.intake.reading import read_csv

T = FieldType

CASES = [
    ("bools in any case", ["true", "FALSE", "True"], T.BOOL, 0),
    ("bools and a word", ["true", "yes"], T.KEYWORD, 0),
    ("ones are no bools", ["1", "0"], T.INT, 0),
    ("ints", ["0", "-5", "12"], T.INT, 0),
    ("minus zero is an int", ["-0", "1"], T.INT, 0),
    ("leading zeros stay text", ["007", "12"], T.KEYWORD, 0),
    ("a plus sign is text", ["+5"], T.KEYWORD, 0),
    ("spaces are text", [" 5"], T.KEYWORD, 0),
    ("hexadecimal is text", ["0x1F"], T.KEYWORD, 0),
    ("the widest ints", ["9223372036854775807", "-9223372036854775808"], T.INT, 0),
    ("one more than fits is a float", ["9223372036854775808"], T.FLOAT, 0),
    ("one less than fits is a float", ["-9223372036854775809"], T.FLOAT, 0),
    ("the largest scale seen", ["1.5", "2.255", "3"], T.DECIMAL, 3),
    ("trailing zeros count", ["1.500"], T.DECIMAL, 3),
    ("18 digits", ["12345678901234.5678"], T.DECIMAL, 4),
    ("18 digits after the point", ["0.123456789012345678"], T.DECIMAL, 18),
    ("19 digits are a float", ["12345678901234.56789"], T.FLOAT, 0),
    ("18 digits in total over all values", ["123456789012345678", "0.5"], T.FLOAT, 0),
    ("no digit before the point", [".5", "-.25"], T.DECIMAL, 2),
    ("padded decimals stay text", ["00.5"], T.KEYWORD, 0),
    ("exponents", ["1e5", "2.5E-3", "7"], T.FLOAT, 0),
    ("too large for a double", ["1e999"], T.KEYWORD, 0),
    ("NaN is a word", ["NaN", "1.5"], T.KEYWORD, 0),
    ("infinity is a word", ["inf", "1.5"], T.KEYWORD, 0),
    ("two points", ["1.2.3"], T.KEYWORD, 0),
    ("a sign inside", ["1-2"], T.KEYWORD, 0),
    ("only a sign", ["-"], T.KEYWORD, 0),
    ("dates", ["2024-02-29", "0001-01-01", "9999-12-31"], T.DATE, 0),
    ("a day that isn't", ["2023-02-29"], T.KEYWORD, 0),
    ("year 0 isn't", ["0000-01-01"], T.KEYWORD, 0),
    ("short dates", ["2024-1-1"], T.KEYWORD, 0),
    ("slashes", ["01/02/2024"], T.KEYWORD, 0),
    ("timestamps", ["2024-01-01T10:00:00", "2024-01-01 10:00"], T.TIMESTAMP, 0),
    ("fractions and zones", ["2024-01-01T10:00:00.1234567Z", "2024-01-01 10:00+02:00"],
     T.TIMESTAMP, 0),
    ("dates among timestamps", ["2024-01-01", "2024-01-01T10:00:00"], T.TIMESTAMP, 0),
    ("hour 24", ["2024-01-01T24:00:00"], T.KEYWORD, 0),
    ("a time alone", ["10:00:00"], T.KEYWORD, 0),
    ("an int among dates", ["2024-01-01", "20240101"], T.KEYWORD, 0),
    ("a bool among ints", ["1", "true"], T.KEYWORD, 0),
    ("nothing but nulls", [None, None], T.KEYWORD, 0),
    ("nulls say nothing", [None, "7", None], T.INT, 0),
    ("the empty text is a word", ["", "7"], T.KEYWORD, 0),
    ("NULL is a word", ["NULL", "7"], T.KEYWORD, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind", "scale"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_column_gets_the_first_type_that_fits_it_all(
    folder: Path, cells: list[str | None], kind: FieldType, scale: int
) -> None:
    """The table of API.md, case by case."""
    field = infer(folder, cells)

    assert (kind, scale) == (field.type, field.scale)


NUMBERS = st.one_of(
    st.integers(-20, 20).map(str),
    st.integers(-(2**65), 2**65).map(str),
    st.decimals(-(10**9), 10**9, places=3).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda d: f"{d:.5f}"[:30]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"[-+]?0?[0-9]{0,3}\.?[0-9]{0,3}([eE][-+]?[0-9]{1,3})?", fullmatch=True),
)
TIMES = st.one_of(
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda t: t.isoformat(timespec="minutes") + "Z"),
    st.from_regex(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9])?", fullmatch=True),
)
BOOLS = st.sampled_from(["true", "false", "TRUE", "tru"])
COLUMNS = st.one_of(
    *(st.lists(st.none() | cells, min_size=1, max_size=6) for cells in (NUMBERS, TIMES, BOOLS)),
    st.lists(st.none() | NUMBERS | TIMES | BOOLS, min_size=1, max_size=3),
)


@settings(deadline=None, max_examples=200)
@given(cells=COLUMNS)
def test_inference_agrees_with_reading_every_cell(folder: Path, cells: list[str | None]) -> None:
    """Over columns of near-numbers, near-dates and near-bools."""
    expected = first_type([cell for cell in cells if cell is not None])

    field = infer(folder, cells)

    assert expected == (field.type, field.scale)


def test_declared_types_win_and_the_rest_is_inferred(folder: Path) -> None:
    """A declared decimal takes the largest scale seen; a separator declares a set."""
    options = IntakeOptions(
        "data.csv",
        types={"zip": T.KEYWORD, "price": T.DECIMAL, "tags": T.SET},
        separators={"tags": ";"},
    )

    read = read_csv(folder, "zip,price,tags,n\n1,5,a;b,1\n2,2.25,b,2\n3,dear,,3\n", options)

    assert {"zip": T.KEYWORD, "price": T.DECIMAL, "tags": T.SET, "n": T.INT} == read.types
    assert ["1", "2"] == read.column("zip")
    assert [500, 225] == read.column("price")
    assert [["a", "b"], ["b"]] == read.column("tags")
    assert [(4, "price", "wrong_type")] == read.reasons


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2"], T.INT),
        (["1.5", "2"], T.KEYWORD),
        (["2024-01-01"], T.KEYWORD),
        (["true"], T.KEYWORD),
        (["a", "1"], T.KEYWORD),
    ],
)
def test_a_key_is_an_int_or_the_text_as_written(
    folder: Path, cells: list[str], kind: FieldType
) -> None:
    """No other type can be a key."""
    text = "id,x\n" + "".join(f"{cell},1\n" for cell in cells)

    read = read_csv(folder, text, IntakeOptions("data.csv", key=FieldName("id")))

    assert ("id", kind) == (read.inferred.key, read.inferred.key_type)
    assert cells == [str(key) for key in read.column("_key")]


def infer(folder: Path, cells: list[str | None]) -> Field:
    """The field that a column of these cells becomes, every value having been stored."""
    text = "x,n\n" + "".join(f"{_cell(cell)},1\n" for cell in cells)
    read = read_csv(folder, text)
    assert ([], len(cells)) == (read.rejects, len(read.records))
    return read.inferred.fields[0]


def _cell(cell: str | None) -> str:
    return "" if cell is None else f'"{cell}"'


INT = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
NUMBER = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)", re.ASCII)
FLOAT = re.compile(NUMBER.pattern + r"([eE][+-]?\d+)?", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(DATE.pattern + r"([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?", re.ASCII)


def first_type(cells: list[str]) -> tuple[FieldType, int]:
    """The contract, read one cell at a time."""
    scale = max((len(cell.partition(".")[2]) for cell in cells), default=0)
    if not cells:
        return T.KEYWORD, 0
    if all(cell.lower() in ("true", "false") for cell in cells):
        return T.BOOL, 0
    if all(INT.fullmatch(cell) and -(2**63) <= int(cell) < 2**63 for cell in cells):
        return T.INT, 0
    if all(NUMBER.fullmatch(cell) and fits_18_digits(cell, scale) for cell in cells):
        return T.DECIMAL, scale
    if all(FLOAT.fullmatch(cell) and math.isfinite(float(cell)) for cell in cells):
        return T.FLOAT, 0
    if all(DATE.fullmatch(cell) and exists(cell) for cell in cells):
        return T.DATE, 0
    if all(MOMENT.fullmatch(cell) and exists(cell) for cell in cells):
        return T.TIMESTAMP, 0
    return T.KEYWORD, 0


def fits_18_digits(cell: str, scale: int) -> bool:
    """Whether the value is less than 10 ** 18 in units of the scale."""
    whole = abs(int(Decimal(cell).scaleb(0).to_integral_value(rounding="ROUND_DOWN")))
    return scale <= 18 and whole < 10 ** (18 - scale)


def exists(cell: str) -> bool:
    """Whether the clock and the calendar have it."""
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True
