"""JSON lines: strict types, exact numbers, absent fields, lines that are no objects."""

from datetime import date
from pathlib import Path

import pytest

from indexer.intake.options import IntakeOptions
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType
from tests.indexer.intake.reading import Read, read_bytes

T = FieldType

CASES = [
    ("true, null, false", T.BOOL, [True, None, False]),
    ("1, -2", T.INT, [1, -2]),
    ("1.10, 2", T.DECIMAL, [110, 200]),
    ("1e3, 2", T.FLOAT, [1000.0, 2.0]),
    ('"2024-02-29"', T.DATE, [date(2024, 2, 29)]),
    ('"5", "6"', T.KEYWORD, ["5", "6"]),
    ('"true"', T.KEYWORD, ["true"]),
    ('1.50, "x", true', T.KEYWORD, ["1.50", "x", "true"]),
    ('["b", "a", "b"], []', T.SET, [["a", "b"], []]),
    ('"e\\u0301"', T.KEYWORD, ["\u00e9"]),
    ("null", T.KEYWORD, [None]),
]


@pytest.mark.parametrize(("cells", "kind", "stored"), CASES)
def test_a_field_gets_the_type_of_its_json(
    folder: Path, cells: str, kind: FieldType, stored: list[object]
) -> None:
    """A string is never a number or a bool, however it looks."""
    lines = cells.replace("], ", "]\n").replace(", ", "\n") if "[" not in cells else cells
    values = lines.split("\n") if "[" not in cells else ['["b", "a", "b"]', "[]"]

    read = read_lines(folder, [f'{{"x": {value}}}' for value in values])

    assert {"x": kind} == read.types
    assert (stored, []) == (read.column("x"), read.rejects)


DECLARED = [
    (T.INT, '"12"', 12),
    (T.INT, "1.5", None),
    (T.DECIMAL, '"1.5"', 1500),
    (T.BOOL, '"true"', None),
    (T.FLOAT, '"1.5"', None),
    (T.DATE, "20240101", None),
    (T.SET, '"b|a"', ["a", "b"]),
    (T.SET, "[1]", None),
    (T.KEYWORD, '["a"]', None),
    (T.KEYWORD, '{"a": 1}', None),
]


@pytest.mark.parametrize(("kind", "cell", "stored"), DECLARED)
def test_a_declared_field_takes_what_the_api_takes(
    folder: Path, kind: FieldType, cell: str, stored: object
) -> None:
    """Decimals and ints may be strings; nothing else changes its kind."""
    lines = ['{"x": null, "y": 1}', f'{{"x": {cell}}}', '{"x": null, "n": 1.125}']
    options = IntakeOptions("a.jsonl", types={"x": kind})

    read = read_lines(folder, lines, options)

    if stored is None:
        assert [(2, "x", "wrong_type")] == read.reasons
    else:
        scaled = 15 if kind is T.DECIMAL else stored
        assert [None, scaled, None] == read.column("x")


def test_a_field_that_a_line_lacks_is_null(folder: Path) -> None:
    """Fields stand in the order in which they first appear."""
    read = read_lines(folder, ['{"b": 1}', "", '{"a": 2, "b": 3}'])

    assert [{"b": 1, "a": None}, {"b": 3, "a": 2}] == read.records


def test_a_line_that_is_no_object_is_rejected(folder: Path) -> None:
    """With its line and its text; NaN and lone surrogates are no JSON either."""
    bad = ["[1]", "{", '{"id": NaN}', '{"id": "\\ud800"}', "[" * 5000, "nonsense"]
    options = IntakeOptions("a.jsonl", key=FieldName("id"))

    read = read_lines(folder, ['{"id": 1}', *bad, '{"id": 2}', "{}"], options)

    assert [1, 2] == read.column("_key")
    assert bad == [each.raw for each in read.rejects[:-1]]
    assert [*((line, None, "bad_json") for line in range(2, 8)), (9, "id", "no_key")] == (
        read.reasons
    )


def test_a_line_whose_key_holds_a_nul_is_rejected(folder: Path) -> None:
    """Keys are told apart up to it only."""
    options = IntakeOptions("a.jsonl", key=FieldName("id"))

    read = read_lines(folder, ['{"id": "a"}', '{"id": "a\\u0000b"}', '{"id": "\\u0000"}'], options)

    assert ["a"] == read.column("_key")
    assert [(2, "id", "bad_key"), (3, "id", "bad_key")] == read.reasons


def read_lines(folder: Path, lines: list[str], options: IntakeOptions | None = None) -> Read:
    """A JSON lines file of these lines."""
    content = "\n".join(lines).encode()
    return read_bytes(folder, content, options or IntakeOptions("a.jsonl"))
