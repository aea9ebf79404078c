"""Formulas computed for many records at once equal formulas read record by record."""

import re
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.encoding.cells import cells_of_values, column_of_cells, fresh_vocabulary
from indexer.formula.compute import OPERATIONS, Records, compute
from indexer.formula.fault import FormulaFault
from indexer.formula.fields import checked_formula
from indexer.formula.functions import FUNCTIONS, OPERATORS
from indexer.formula.vectors import Vector, cells_of, vector_of
from indexer.formula.zone import Zone
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.support.formulas import value_of

FIELDS = (
    Field(FieldName("i"), FieldType.INT),
    Field(FieldName("j"), FieldType.INT),
    Field(FieldName("d"), FieldType.DECIMAL, scale=2),
    Field(FieldName("e"), FieldType.DECIMAL, scale=6),
    Field(FieldName("f"), FieldType.FLOAT),
    Field(FieldName("g"), FieldType.FLOAT),
    Field(FieldName("t"), FieldType.KEYWORD),
    Field(FieldName("u"), FieldType.TEXT),
    Field(FieldName("b"), FieldType.BOOL),
    Field(FieldName("c"), FieldType.BOOL),
    Field(FieldName("day1"), FieldType.DATE),
    Field(FieldName("at"), FieldType.TIMESTAMP),
    Field(FieldName("s"), FieldType.SET),
)
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
NOW = 1_748_736_000_123_456

_INTS = st.one_of(st.integers(-20, 20), st.integers(-(2**63), 2**63 - 1))
_UNITS = st.one_of(st.integers(-2_000, 2_000), st.integers(-(10**18) + 1, 10**18 - 1))
_DOUBLES = st.one_of(
    st.sampled_from([0.0, 0.5, 2.5, -2.5, 2.675, 0.1, 1e308, 1e-308, 2.0**53, -(2.0**63)]),
    st.floats(-1e6, 1e6),
    st.floats(allow_nan=False),
).map(lambda number: number + 0.0)
_TEXTS = st.one_of(
    st.sampled_from(["", "a", " Straße ", "ÅNGSTRÖM", "12", "-7.125", "İ", "e\u0301x", "ab"]),
    st.text("aB1 .é\u0301ß\x00", max_size=6),
)
_DAYS = st.one_of(st.integers(20_000, 20_400), st.integers(-500_000, 2_500_000))
_MOMENTS = st.one_of(
    st.integers(1_735_689_600, 1_767_225_600).map(lambda second: second * 1_000_000 + 7),
    st.integers(-(5 * 10**16), 2 * 10**17),
)
_VALUES = {
    FieldType.INT: _INTS,
    FieldType.DECIMAL: _UNITS,
    FieldType.FLOAT: _DOUBLES,
    FieldType.BOOL: st.booleans(),
    FieldType.DATE: _DAYS,
    FieldType.TIMESTAMP: _MOMENTS,
    FieldType.SET: st.just(("x",)),
}


def _schema(zone: str) -> Schema:
    return Schema(DatasetName("all"), None, FieldType.INT, FIELDS, time_zone=zone)


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some records with a value or null for every field."""

    def value(field: Field) -> Any:
        drawn: Any = _VALUES.get(field.type, _TEXTS)
        found = draw(st.none() | drawn)
        return unicodedata.normalize("NFC", found) if isinstance(found, str) else found

    size = draw(st.integers(0, 12))
    return [{field.name: value(field) for field in FIELDS} for _ in range(size)]


_SHAPES = {
    "number": [
        "{n} + {n}", "{n} - {n}", "{n} * {n}", "{n} / {n}", "{n} % {n}", "-{n}", "abs({n})",
        "round({n})", "round({n}, 1)", "round({n}, -2)", "floor({n})", "ceil({n})",
        "min({n}, {n})", "max({n}, {n}, {n})", "length({t})", "year({w})", "month({w})",
        "day({w})", "weekday({w})", "days_between({w}, {w})", "days_since({w})", "to_int({n})",
        "to_int({t})", "to_int({b})", "to_decimal({n}, 2)", "to_decimal({t})", "if({b}, {n}, {n})",
        "coalesce({n}, {n})", "if({b}, {n})",
    ],
    "truth": [
        "{n} = {n}", "{n} < {n}", "{n} >= {n}", "{t} = {t}", "{t} < {t}", "{t} >= {t}",
        "{t} != {t}",
        "{w} < {w}", "{w} = {w}", "{w} >= {w}", "{b} and {b}", "{b} or {b}", "not {b}", "{b} = {b}",
        "{n} in ({n}, {n})", "{t} not in ({t}, {t})", "{w} in ({w}, {w})", "is_null({t})",
        "is_null({n})", "is_null(s)", "contains({t}, {t})", "starts_with({t}, {t})",
        "ends_with({t}, {t})", "if({b}, {b}, {b})", "coalesce({b}, {b})",
    ],
    "text": [
        "lower({t})", "upper({t})", "trim({t})", "{t} || {t}", "concat({t}, {t}, {t})",
        "substr({t}, {n1}, {n1})", "substr({t}, 2)", "substr({t}, 2, 1)", "to_text({n})",
        "to_text({b})", "to_text({t})", "to_text({w})", "if({b}, {t}, {t})", "coalesce({t}, {t})",
        "min({t}, {t})", "max({t}, {t})",
    ],
    "time": [
        "date_trunc('day', {w})", "date_trunc('week', {w})", "date_trunc('month', {w})",
        "date_trunc('quarter', {w})", "date_trunc('year', {w})", "date_trunc('hour', at)",
        "date_trunc('minute', at)", "if({b}, at, at)", "max(day1, day1)", "coalesce(at, now())",
    ],
}  # fmt: skip
_LEAVES = {
    "number": ["i", "j", "d", "e", "f", "g", "0", "7", "0.5", "2.675", "1e2", "null"],
    "truth": ["b", "c", "true", "false", "null"],
    "text": ["t", "u", "'a'", "''", "'e\u0301'", "null"],
    "time": ["day1", "at", "now()", "at", "day1", "date_trunc('day', at)"],
}
_HOLES = {"n": "number", "n1": "small", "b": "truth", "t": "text", "w": "time"}


def formulas(sort: str, depth: int = 3) -> st.SearchStrategy[str]:
    """Formulas that nearly all have a type."""
    if sort == "small":
        return st.sampled_from(["i", "j", "length(t)", "0", "2"])
    leaves = st.sampled_from(_LEAVES[sort])
    if not depth:
        return leaves
    shaped = st.sampled_from(_SHAPES[sort]).flatmap(lambda shape: _filled(shape, depth))
    return st.one_of(leaves, shaped, shaped, shaped)


def _filled(shape: str, depth: int) -> st.SearchStrategy[str]:
    holes = re.findall(r"{(\w+)}", shape)
    inner = [formulas(_HOLES[hole], depth - 1) for hole in holes]

    def fill(parts: tuple[str, ...]) -> str:
        coming = iter(parts)
        return "(" + re.sub(r"{\w+}", lambda _: next(coming), shape) + ")"

    return st.tuples(*inner).map(fill)


_ANY = st.sampled_from(list(_SHAPES)).flatmap(formulas)


def _computed(text: str, rows: list[dict[str, Any]], zone: str) -> tuple[list[Any], list[Any]]:
    schema = _schema(zone)
    formula = checked_formula(text, schema, {})

    def field_of(name: FieldName) -> Vector:
        field = next(each for each in FIELDS if each.name == name)
        vocabulary = fresh_vocabulary(field)
        cells = cells_of_values(field, [row[name] for row in rows], vocabulary)
        return vector_of(field, cells, vocabulary)

    vector = compute(formula.tree, Records(len(rows), field_of, Zone(zone), NOW))
    vocabulary = fresh_vocabulary(formula.field)
    cells = cells_of(vector, vocabulary)
    column: Any = column_of_cells(formula.field, cells, vocabulary, bitmaps_max=0)
    expected = [value_of(formula.tree, row, zone, NOW) for row in rows]
    return expected, column.values(np.arange(len(rows)))


@settings(max_examples=250, deadline=None)
@given(_ANY, records(), st.sampled_from(ZONES))
def test_a_column_at_a_time_equals_a_record_at_a_time(
    text: str, rows: list[dict[str, Any]], zone: str
) -> None:
    """Any formula that has a type gives the oracle's value for every record."""
    try:
        checked_formula(text, _schema(zone), {})
    except FormulaFault:
        return
    expected, found = _computed(text, rows, zone)

    assert list(map(_shown, expected)) == list(map(_shown, found))


def _shown(value: Any) -> str:
    """With its type, and a double with all its digits and its sign."""
    return repr(value)


VALUES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "spent / orders of 10 and 3": ("d / i", {"d": 1_000, "i": 3}, 3_333_333),
    "a quotient is rounded half away from zero": ("i / j", {"i": -1, "j": 2_000_000}, -1),
    "a positive one too": ("i / j", {"i": 1, "j": 2_000_000}, 1),
    "less than a half goes down": ("i / j", {"i": 1, "j": 2_000_001}, 0),
    "division by zero is null": ("i / 0", {"i": 1}, None),
    "a remainder has the sign of the divisor": ("i % -3", {"i": 7}, -2),
    "and that of a negative number too": ("i % 3", {"i": -7}, 2),
    "a remainder by zero is null": ("i % 0", {"i": 1}, None),
    "the greatest int has no next": ("i + 1", {"i": 2**63 - 1}, None),
    "the least int has no opposite": ("-i", {"i": -(2**63)}, None),
    "the least int by -1 overflows": ("i % -1", {"i": -(2**63)}, 0),
    "a product of 19 digits is null": ("d * d", {"d": 10**10}, None),
    "round goes away from zero": ("round(d)", {"d": -250}, -3),
    "round keeps digits": ("round(e, 2)", {"e": 1_005_000}, 101),
    "a double is rounded by what it is": ("round(f, 2)", {"f": 2.675}, 2.67),
    "digits before the point": ("round(i, -2)", {"i": 1_250}, 1_300),
    "floor of a negative decimal": ("floor(d)", {"d": -1}, -1),
    "false and null": ("b and c", {"b": False, "c": None}, False),
    "null and true": ("b and c", {"b": None, "c": True}, None),
    "true or null": ("b or c", {"b": True, "c": None}, True),
    "a null test is false": ("if(b, 1, 2)", {"b": None}, 2),
    "null is the empty text": ("t || 'x'", {"t": None}, "x"),
    "no else is null": ("if(b, 1)", {"b": False}, None),
    "characters are counted from 1": ("substr(t, 2, 2)", {"t": "héllo"}, "él"),
    "characters before the first are empty": ("substr(t, 0, 2)", {"t": "abc"}, "a"),
    "length counts characters": ("length(t)", {"t": "日本é"}, 3),
    "joined texts are composed": ("t || '\u0301'", {"t": "e"}, "é"),
    "capitals may be longer": ("upper(t)", {"t": "straße"}, "STRASSE"),
    "what is null makes a least null": ("min(i, j)", {"i": 1, "j": None}, None),
    "huge ints against doubles": ("i = f", {"i": 2**53 + 1, "f": 2.0**53}, False),
    "a fraction beside a double": ("f = 0.1", {"f": 0.1}, True),
    "a member of a list with a null": ("i in (1, j)", {"i": 1, "j": None}, None),
    "to_int cuts": ("to_int(d)", {"d": -199}, -1),
    "no number is null": ("to_int(t)", {"t": "12a"}, None),
    "days since, of 24 hours": ("days_since(at)", {"at": NOW - 2 * 86_400_000_000 + 1}, 1),
}


@pytest.mark.parametrize("name", list(VALUES))
def test_the_contract_by_example(name: str) -> None:
    """Each sentence of the contract with a value."""
    text, values, expected = VALUES[name]
    row: dict[str, Any] = {field.name: values.get(field.name) for field in FIELDS}

    oracle, found = _computed(text, [row], "UTC")

    assert [[expected], [expected]] == [oracle, found]


def test_every_operation_of_the_table_can_be_computed() -> None:
    """What may be called has a way to be computed."""
    rewritten = {"not in", "||", "now"}
    names = {each.name for each in (*FUNCTIONS, *OPERATORS)} - rewritten

    assert set() == names - OPERATIONS.keys()
