"""What functions of a field give for each target is what plain Python gives, to the last bit."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from indexer.dataset import ends, groups
from indexer.dataset.bounds import within
from indexer.dataset.ends import KeysAt
from indexer.dataset.folds import Folded, InTime, Matching, fold
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName
from indexer.plan.related import Fold, FoldName

LEAST, MOST = -(2**63), 2**63 - 1
NAMES: tuple[FoldName, ...] = get_args(FoldName)
UNTIMED = tuple(name for name in NAMES if name not in ("first", "last"))

Row = tuple[int, Any, int | None]
"""Target, value or None, time or None; its key is its place in the list."""


def cells_of(values: Sequence[Any], kind: Any = np.int64) -> NumberCells:
    """Numbers as cells, None as null."""
    numbers = np.array([0 if value is None else value for value in values], kind)
    return NumberCells(numbers, np.array([value is not None for value in values], np.bool_))


def as_placed(places: Any) -> npt.NDArray[np.int64]:
    """The key of a record is its place in the list."""
    found: npt.NDArray[np.int64] = places.astype(np.int64)
    return found


def folded(
    function: FoldName, rows: Sequence[Row], targets: int, keys: KeysAt | None = None
) -> Folded:
    """The function over these rows, which may be ints, floats or texts."""
    values = [value for _, value, _ in rows]
    kinds = {type(value) for value in values} - {type(None)}
    owners = np.array([owner for owner, _, _ in rows], np.int64)
    order = InTime(cells_of([time for _, _, time in rows]), keys or as_placed)
    if str in kinds:
        vocabulary = Vocabulary(["never used", "zzz"])
        codes = vocabulary.learn_array(pa.array(values, pa.large_string()))
        matching = Matching(owners, targets, CodedCells(codes), vocabulary)
    else:
        cells = cells_of(values, np.float64 if float in kinds else np.int64)
        matching = Matching(owners, targets, cells)
    return fold(function, matching, order)


def results(found: Folded) -> list[Any]:
    """Each target's result as Python has it, None for null."""
    values: list[Any] = found.values.tolist()
    for place, value in found.beyond.items():
        values[place] = value
    if found.vocabulary is not None:
        values = found.vocabulary.texts_of(found.values)
    elif found.values.dtype.kind == "i":
        shares = np.broadcast_to(np.array(found.shares), len(values)).tolist()
        values = [Fraction(value, share) for value, share in zip(values, shares, strict=True)]
    return [value if there else None for value, there in zip(values, found.filled, strict=True)]


def expected(function: FoldName, rows: Sequence[Row], targets: int) -> list[Any]:
    """The same, target by target."""
    told = []
    for target in range(targets):
        mine = [(time, key, value) for key, (owner, value, time) in enumerate(rows)
                if owner == target and value is not None]  # fmt: skip
        told.append(_expected(function, mine))
    return told


def _expected(function: FoldName, mine: list[tuple[Any, int, Any]]) -> Any:
    values = [value for _, _, value in mine]
    timed = sorted(row for row in mine if row[0] is not None)
    match function:
        case "count_distinct":
            return len(set(values))
        case "sum":
            return _total(values)
        case "first":
            return timed[0][2] if timed else None
        case "last":
            return timed[-1][2] if timed else None
        case _ if not values:
            return None
        case "avg" if isinstance(values[0], float):
            return _total(values) / len(values)
        case "avg":
            return Fraction(sum(values), len(values))
        case "median":
            ordered = sorted(values)
            low, high = ordered[(len(values) - 1) // 2], ordered[len(values) // 2]
            half = (Fraction(low) + Fraction(high)) / 2
            return float(half) if isinstance(low, float) else half
        case "min" | "max":
            by_bytes = [value.encode() if isinstance(value, str) else value for value in values]
            place = by_bytes.index((min if function == "min" else max)(by_bytes))
            return values[place]
        case _:
            raise AssertionError(function)


def _total(values: list[Any]) -> Any:
    return math.fsum(values) if values and isinstance(values[0], float) else sum(values)


TARGETS = st.integers(0, 5)
TIMES = st.none() | st.integers(-2, 2) | st.sampled_from((LEAST, MOST))
INTS = st.none() | st.integers(-3, 3) | st.integers(LEAST, MOST) | st.sampled_from((LEAST, MOST))
DOUBLES = (
    st.none()
    | st.sampled_from((0.1, 0.2, 0.3, -0.1, 0.0, -0.0, 1e16, -1e16, 5e-324, 2.0**53, 1.0))
    | st.floats(-1e290, 1e290)
)
TEXTS = st.none() | st.sampled_from(
    ("", "a", "a\0", "ab", "exactly", "exactly8", "exactly88", "é", "\U0001f600", "\uffff")
)


def rows_of(values: Any) -> Any:
    """Up to forty rows of few targets."""
    return st.lists(st.tuples(TARGETS, values, TIMES), max_size=40)


@settings(max_examples=150)
@given(rows=rows_of(INTS), function=st.sampled_from(NAMES))
@example(rows=[(0, MOST, 0)] * 9 + [(1, LEAST, 0)] * 9, function="sum")
@example(rows=[(0, MOST, 0)] * 9 + [(1, LEAST, 0)] * 9, function="avg")
@example(rows=[(0, MOST, 0), (0, MOST - 1, 0), (1, LEAST, 0)], function="median")
def test_functions_of_ints_are_exact(rows: list[Row], function: FoldName) -> None:
    """Also where sums are beyond 64 bits."""
    assert expected(function, rows, 6) == results(folded(function, rows, 6))


@settings(max_examples=200)
@given(rows=rows_of(DOUBLES), function=st.sampled_from(NAMES))
@example(rows=[(0, 1e100, 0), (0, 1.0, 0), (0, -1e100, 0), (0, 1e-100, 0)], function="sum")
@example(rows=[(0, 1.0, 0), (0, 2.0**-53, 0), (0, 2.0**-110, 0)], function="sum")
@example(rows=[(0, 0.1, 0)] * 10, function="avg")
def test_sums_of_doubles_are_correctly_rounded(rows: list[Row], function: FoldName) -> None:
    """As fsum has them; averages are those divided by the number."""
    if any(isinstance(value, float) for _, value, _ in rows):
        assert expected(function, rows, 6) == results(folded(function, rows, 6))


@settings(max_examples=100)
@given(rows=rows_of(TEXTS), sorted_max=st.sampled_from((0, 2, 4_096)),
       function=st.sampled_from(("min", "max", "first", "last", "count_distinct")))  # fmt: skip
def test_texts_are_ordered_by_their_bytes(
    rows: list[Row], sorted_max: int, function: FoldName
) -> None:
    """Whether they are sorted, or looked at a few bytes at a time."""
    assume(any(value is not None for _, value, _ in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ends, "SORTED_MAX", sorted_max)

        found = folded(function, rows, 6)

    assert expected(function, rows, 6) == results(found)


@settings(max_examples=60)
@given(rows=rows_of(st.integers(0, 3)), function=st.sampled_from(("first", "last")))
def test_records_at_one_time_go_by_key(rows: list[Row], function: FoldName) -> None:
    """Keys may be texts, whose order is that of their bytes."""
    names = sorted(f"{key}é"[: key % 3 + 1] + chr(key + 48) for key in range(len(rows)))
    assume(len(set(names)) == len(names))

    found = folded(function, rows, 6, lambda places: Texts.of(
        pa.array([names[place] for place in places.tolist()], pa.large_string())))  # fmt: skip

    assert expected(function, rows, 6) == results(found)


@settings(max_examples=60)
@given(rows=rows_of(INTS), function=st.sampled_from(UNTIMED), seed=st.integers(0, 9))
def test_the_order_of_the_records_changes_nothing(
    rows: list[Row], function: FoldName, seed: int
) -> None:
    """Neither for ints nor for doubles."""
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    doubles, moved = (
        [(owner, None if value is None else value / 7, time) for owner, value, time in each]
        for each in (rows, shuffled)
    )

    found = [results(folded(function, each, 6)) for each in (rows, shuffled, doubles, moved)]

    assert found[0] == found[1]
    assert found[2] == found[3]


@pytest.mark.parametrize(
    ("values", "total", "average", "middle"),
    [
        ([1e308, 1e308], math.inf, 1e308, 1e308),
        ([1e308, 1e308, -1e308], 1e308, 1e308 / 3, 1e308),
        ([1e308, 1e308, -1e308, -1e308, 5e-324], 5e-324, 0.0, 5e-324),
        ([math.inf, 1.0], math.inf, math.inf, math.inf),
        ([-math.inf, 1.0, 1e308], -math.inf, -math.inf, 1.0),
        ([math.inf, -math.inf], None, None, None),
        ([math.inf, -math.inf, 2.0], None, None, 2.0),
        ([-1e308] * 3, -math.inf, -1e308, -1e308),
        ([-0.0], 0.0, 0.0, 0.0),
    ],
)
def test_what_is_near_the_end_of_the_doubles(
    values: list[float], total: float | None, average: float | None, middle: float | None
) -> None:
    """A sum may be infinite where the average is not; opposite infinities have neither."""
    rows = [(1, value, None) for value in values] + [(0, 0.5, None)]

    found = [results(folded(name, rows, 2)) for name in ("sum", "avg", "median")]

    assert [[0.5, total], [0.5, average], [0.5, middle]] == found


@pytest.mark.parametrize("targets", [0, 1, 63, 64, 65, 65_535, 65_536])
@pytest.mark.parametrize("function", NAMES)
def test_any_number_of_targets_has_results(targets: int, function: FoldName) -> None:
    """Those of no record too: the last one has a record, and the first one another."""
    places = sorted({0, targets - 1}) if targets else []
    rows = [(place, place, 0) for place in places]

    found = folded(function, rows, targets)

    of_nothing = Fraction(0) if function in ("sum", "count_distinct") else None
    of_one = Fraction(1) if function == "count_distinct" else None
    told = {place: Fraction(place) if of_one is None else of_one for place in places}
    assert [told.get(place, of_nothing) for place in range(targets)] == results(found)


@pytest.mark.parametrize("size", [1, 5, 13, 14, 1_000, 16_384, 16_385, 70_000])
def test_groups_of_any_size_are_ordered(size: int) -> None:
    """Small ones by our own sort, large ones by numpy's; each number takes its byte along."""
    drawn = np.random.default_rng(size)
    numbers = drawn.integers(0, max(2, size // 3), size)
    owners = np.where(np.arange(size) % 5 == 0, 2, 1)
    carried = (numbers % 251).astype(np.uint8)

    found = groups.Groups.of(owners, numbers, 4, carried).ordered()

    parts = [np.sort(numbers[owners == target]) for target in range(4)]
    assert np.concatenate(parts).tolist() == found.numbers.tolist()
    assert (found.numbers % 251).tolist() == found.carried.tolist()
    assert [len(np.unique(part)) for part in parts] == found.distinct().tolist()


BOUNDS = st.none() | st.decimals(-10, 10, places=3) | st.sampled_from(
    [Decimal(text) for text in ("1E+30", "-1E+400", "1E-400", "9223372036854775807", "0.1")]
)  # fmt: skip


@settings(max_examples=200)
@given(rows=rows_of(INTS), low=BOUNDS, high=BOUNDS, opens=st.tuples(st.booleans(), st.booleans()),
       function=st.sampled_from(("sum", "avg", "median")), scale=st.integers(0, 2))  # fmt: skip
def test_bounds_are_compared_without_rounding(
    rows: list[Row],
    low: Decimal | None,
    high: Decimal | None,
    opens: tuple[bool, bool],
    function: FoldName,
    scale: int,
) -> None:
    """Sums, averages and medians of decimals, whose bounds are said in their own unit."""
    first, last = (None if end is None else str(end) for end in (low, high))
    measure = Fold(function, FieldName("f"), first, last, *opens)

    found = within(folded(function, rows, 6), measure, scale)

    exact = [
        None if value is None else Fraction(value) / 10**scale
        for value in expected(function, rows, 6)
    ]
    assert [_lies(value, low, high, opens) for value in exact] == found.tolist()


@settings(max_examples=100)
@given(rows=rows_of(INTS), low=INTS, high=INTS, opens=st.tuples(st.booleans(), st.booleans()),
       function=st.sampled_from(("min", "max", "first", "last", "count_distinct")))  # fmt: skip
def test_bounds_of_ints_are_stored_forms(
    rows: list[Row],
    low: int | None,
    high: int | None,
    opens: tuple[bool, bool],
    function: FoldName,
) -> None:
    """As in a range over the field itself."""
    measure = Fold(function, FieldName("f"), low, high, *opens)

    found = within(folded(function, rows, 6), measure)

    told = expected(function, rows, 6)
    assert [_lies(value, low, high, opens) for value in told] == found.tolist()


@settings(max_examples=100)
@given(rows=rows_of(DOUBLES | st.sampled_from((0.25, 0.5))), low=DOUBLES, high=DOUBLES,
       opens=st.tuples(st.booleans(), st.booleans()),
       function=st.sampled_from(tuple(set(NAMES) - {"count_distinct"})))  # fmt: skip
def test_bounds_of_doubles_are_doubles(
    rows: list[Row],
    low: float | None,
    high: float | None,
    opens: tuple[bool, bool],
    function: FoldName,
) -> None:
    """A result of null lies nowhere."""
    assume(any(isinstance(value, float) for _, value, _ in rows))
    measure = Fold(function, FieldName("f"), low, high, *opens)

    found = within(folded(function, rows, 6), measure)

    told = expected(function, rows, 6)
    assert [_lies(value, low, high, opens) for value in told] == found.tolist()


@settings(max_examples=60)
@given(rows=rows_of(TEXTS), low=TEXTS, high=TEXTS, opens=st.tuples(st.booleans(), st.booleans()),
       function=st.sampled_from(("min", "max", "first", "last")))  # fmt: skip
def test_bounds_of_texts_go_by_bytes(
    rows: list[Row],
    low: str | None,
    high: str | None,
    opens: tuple[bool, bool],
    function: FoldName,
) -> None:
    """Whether the bound is a text that some record has or not."""
    assume(any(value is not None for _, value, _ in rows))
    measure = Fold(function, FieldName("f"), low, high, *opens)

    found = within(folded(function, rows, 6), measure)

    told = [value if value is None else value.encode() for value in expected(function, rows, 6)]
    first, last = (None if end is None else end.encode() for end in (low, high))
    assert [_lies(value, first, last, opens) for value in told] == found.tolist()


def test_a_bool_is_first_or_last_too() -> None:
    """Bounds are bools, as stored."""
    vocabulary = Vocabulary(("False", "True"))
    cells = CodedCells(np.array([1, 0, -1, 0], np.int32))
    order = InTime(cells_of([3, 1, 0, None]), as_placed)
    matching = Matching(np.array([0, 0, 0, 1]), 3, cells, vocabulary)

    last = fold("last", matching, order)

    is_true = Fold("last", FieldName("f"), True, True)
    assert ["True", None, None] == results(last)
    assert [True, False, False] == within(last, is_true).tolist()


def test_many_texts_of_few_targets_are_found() -> None:
    """More than are sorted, alike in their first bytes."""
    drawn = np.random.default_rng(7).permutation(20_000)
    rows = [(int(number) % 3, f"a common start {number:05}", None) for number in drawn]

    found = [results(folded(name, rows, 1_000_000))[:4] for name in ("min", "max")]

    edges = [[f"a common start {number:05}" for number in numbers]
             for numbers in ((0, 1, 2), (19_998, 19_999, 19_997))]  # fmt: skip
    assert [[*edge, None] for edge in edges] == found


def _lies(value: Any, low: Any, high: Any, opens: tuple[bool, bool]) -> bool:
    if value is None:
        return False
    above = low is None or (value > low if opens[0] else value >= low)
    return above and (high is None or (value < high if opens[1] else value <= high))
