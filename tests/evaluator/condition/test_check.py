"""A condition against a schema: fields, operators for types, literals, zones."""

from typing import Any

import pytest

from evaluator.condition.entry import ValueShape
from evaluator.condition.language import ConditionLimits
from evaluator.condition.operators import BY_KEY, OPERATORS
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.evaluator.condition.asking import found, leaf, messages, schema

SECRET = "s3cr3t-value"
WINDOW = {"amount": 1, "unit": "day"}
VALUES = {
    FieldType.BOOL: True,
    FieldType.INT: 1,
    FieldType.DECIMAL: "1.5",
    FieldType.FLOAT: 1.5,
    FieldType.DATE: "2025-05-31",
    FieldType.TIMESTAMP: "2025-05-31T14:30:00Z",
    FieldType.KEYWORD: "a",
    FieldType.TEXT: "a",
    FieldType.SET: "a",
}
TYPE, VALUE = "wrong_type", "bad_value"


def a_leaf(kind: FieldType, op: str, literal: Any) -> Any:
    """A leaf with the literal in the place where its operator takes one."""
    match BY_KEY[op].value:
        case ValueShape.ONE:
            return leaf(kind, op, literal)
        case ValueShape.LIST:
            return leaf(kind, op, [literal])
        case ValueShape.RANGE:
            return leaf(kind, op, [literal, literal])
        case ValueShape.WINDOW:
            return leaf(kind, op, WINDOW)
        case ValueShape.AGO_SPAN:
            return leaf(kind, op, {"from": 2, "to": 0, "unit": "day"})
        case ValueShape.PERIOD:
            return leaf(kind, op, {"period": "week", "offset": -1})
        case ValueShape.ANNIVERSARY:
            return leaf(kind, op, {"in_next": 7})
        case ValueShape.WEEKDAYS:
            return leaf(kind, op, [1, 7])
        case ValueShape.HOURS:
            return leaf(kind, op, [22, 6])
        case ValueShape.SAMPLE:
            return leaf(kind, op, {"from": 0, "to": 10, "salt": ""})
        case ValueShape.NONE:
            return leaf(kind, op)


@pytest.mark.parametrize("kind", FieldType)
@pytest.mark.parametrize("op", [operator.key for operator in OPERATORS])
def test_an_operator_goes_with_its_types_and_no_other(kind: FieldType, op: str) -> None:
    """The whole table, cell by cell."""
    expected = [] if kind in BY_KEY[op].types else [("operator_not_for_type", "")]

    literal = 1 if op.startswith("size_") else VALUES[kind]

    assert expected == found(a_leaf(kind, op, literal))


@pytest.mark.parametrize(
    "kind, literal, code",
    [
        *((kind, None, TYPE) for kind in FieldType),
        *((kind, ["x"], TYPE) for kind in FieldType),
        *((kind, {"x": 1}, TYPE) for kind in FieldType),
        *((kind, 1, TYPE) for kind in FieldType if kind not in ("int", "decimal", "float")),
        *((kind, True, TYPE) for kind in FieldType if kind != "bool"),
        ("bool", "true", TYPE),
        ("bool", 0, TYPE),
        *((kind, "abc", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, " 1", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "1_000", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "1,5", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "NaN", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "Infinity", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "\u0661", TYPE) for kind in ("int", "decimal", "float")),
        *((kind, float("nan"), TYPE) for kind in ("int", "decimal", "float")),
        *((kind, float("inf"), TYPE) for kind in ("int", "decimal", "float")),
        *((kind, "soon", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-5-31", TYPE) for kind in ("date", "timestamp")),
        *((kind, "20250531", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-W22-6", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T14", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T14:30.5Z", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T14:30:00 Europe/Berlin", TYPE) for kind in ("date", "timestamp")),
        *((kind, "\u0662025-05-31", TYPE) for kind in ("date", "timestamp")),
        *((kind, "2025-02-31", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-02-29", VALUE) for kind in ("date", "timestamp")),
        *((kind, "0000-01-01", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-13-01T00:00:00Z", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T24:00:00Z", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T23:59:60Z", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T12:00:00+24:00", VALUE) for kind in ("date", "timestamp")),
        *((kind, "2025-05-31T12:00:00+02:60", VALUE) for kind in ("date", "timestamp")),
        *((kind, "\ud800", VALUE) for kind in ("keyword", "text")),
    ],
)
def test_a_literal_must_suit_its_field(kind: str, literal: Any, code: str) -> None:
    """Alone, at the end of a list and as either end of a range it is the same problem."""
    field, good = FieldType(kind), VALUES[FieldType(kind)]
    if field is FieldType.SET:
        assert [(code, "")] == found(leaf(kind, "has_any", [good, literal]))
        return
    assert [(code, "")] == found(leaf(kind, "is", literal))
    assert [(code, "")] == found(leaf(kind, "not_in", [good, good, literal]))
    if field in BY_KEY["between"].types:
        assert [(code, "")] == found(leaf(kind, "between", [literal, good]))
        assert [(code, "")] == found(leaf(kind, "between", [good, literal]))


@pytest.mark.parametrize(
    "kind, literal",
    [
        *((kind, number) for kind in ("int", "decimal", "float")
          for number in (0, -1, 10**300, 2.5, "1.5", "-1e3", "1E+999999999", "9" * 5_000, "007")),
        *((kind, text) for kind in ("date", "timestamp")
          for text in ("0001-01-01", "9999-12-31", "2024-02-29", "2025-05-31T14:30",
                       "2025-05-31 14:30:00", "2025-05-31t14:30:00z", "0001-01-01T00:00+14:00",
                       "9999-12-31T23:59:59.9999999-12:00", "2025-05-31T14:30:00.5+0530",
                       "2025-05-31T14:30:00+02", "2025-03-30T02:30:00")),
        *((kind, text) for kind in ("keyword", "text")
          for text in ("", "\0", "\u202e", "A\u030a", "\U0001f600", "x" * 100_000)),
    ],
)  # fmt: skip
def test_every_way_to_write_a_literal_is_accepted(kind: str, literal: Any) -> None:
    """Far out, padded, without a zone, empty: all of these are values one can ask for."""
    assert [] == found(leaf(kind, "is", literal))
    assert [] == found(leaf(kind, "in", [literal]))


def test_an_unknown_field_is_reported_with_a_suggestion() -> None:
    """As the page words it."""
    problem = messages(leaf("stat", "is", "CA"))

    assert ["customers has no field 'stat'; did you mean 'state'?"] == problem
    assert ["customers has no field 'zzz'"] == messages(leaf("zzz", "is", "CA"))


def test_names_that_nobody_chose_are_not_repeated() -> None:
    """Ten thousand characters, or ones that turn a line around."""
    for name in ("x" * 10_000, "sta\u202ete\n", "\0"):
        assert "no field of this name" in messages(leaf(name, "is", "CA"))[0]
        assert messages(leaf("state", name, "CA"))[0].startswith("this is not an operator")


def test_suggestions_end_after_some() -> None:
    """Two thousand wrong names must not take seconds to compare with two thousand fields."""
    assert 11 == len(schema().fields) + 1
    condition = {"all": [leaf("stat", "is", "CA")] * 3}
    limits = ConditionLimits(name_comparisons_max=15)

    said = messages(condition, limits=limits)

    assert 3 == len(said)
    assert 2 == sum("did you mean 'state'?" in message for message in said)


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Atlantis", "europe/berlin", "", "/etc/passwd", "../UTC", "America", "UTC+2",
        "localtime", "posixrules", "tzdata.zi", "a\0b", "A" * 5_000, "\ud800", "Europe/Berlin ",
    ],
)  # fmt: skip
def test_a_zone_must_exist(zone: str) -> None:
    """Folders, paths and the machine's own zone are no zones."""
    assert [("bad_zone", "")] == found(leaf("date", "is", "2025-05-31", tz=zone))


@pytest.mark.parametrize(
    "condition",
    [
        leaf("state", "is", "CA", tz="UTC"),
        leaf("int", "between", [1, 2], tz="UTC"),
        leaf("date", "is_set", tz="UTC"),
    ],
)
def test_a_zone_needs_a_time_to_speak_of(condition: Any) -> None:
    """On other leaves it would be ignored, which hides a mistake."""
    assert [("bad_shape", "")] == found(condition)


@pytest.mark.parametrize(
    "key_type, literal, problems",
    [
        (FieldType.INT, 7, []),
        (FieldType.INT, "7", []),
        (FieldType.INT, "c-7", [(TYPE, "")]),
        (FieldType.KEYWORD, "c-7", []),
        (FieldType.KEYWORD, 7, [(TYPE, "")]),
        (None, 7, []),
        (None, 1.5, []),
        (None, "c-7", []),
        (None, True, [(TYPE, "")]),
        (None, None, [(TYPE, "")]),
    ],
)
@pytest.mark.parametrize("name", ["_key", "id"])
def test_the_key_is_a_field_like_others(
    name: str, key_type: FieldType | None, literal: Any, problems: list[tuple[str, str]]
) -> None:
    """By either name; before the first record has decided its type, both types are fine."""
    over = schema(key_type=key_type)

    assert problems == found(leaf(name, "is", literal), over)
    assert problems == found(leaf(name, "in", [literal]), over)


@pytest.mark.parametrize(
    "condition",
    [
        *(leaf(kind, "is", SECRET) for kind in ("bool", "int", "decimal", "float", "date")),
        leaf("int", "in", [1, SECRET]),
        leaf("set", "has_any", SECRET),
        leaf("timestamp", "is", f"2025-02-31T00:00:00{SECRET}"),
        leaf("date", "is", "2025-05-31", tz=SECRET),
        leaf("date", "in_last", {"amount": SECRET, "unit": "day"}),
        leaf("date", "in_last", {"amount": 1, "unit": SECRET}),
        leaf("date", "in_last", {"amount": 1, "unit": "day", SECRET: 1}),
        leaf("state", "is_not", "CA", nulls=SECRET),
        leaf("state", "is", "CA", **{SECRET: SECRET}),
        {"all": SECRET},
        {"all": [SECRET]},
        {"segment": SECRET},
        {"related": SECRET},
        {SECRET: SECRET},
        SECRET,
    ],
)
def test_a_message_never_repeats_a_value(condition: Any) -> None:
    """Problems end up in logs and screenshots."""
    said = messages(condition)

    assert 1 <= len(said)
    assert SECRET not in " ".join(said)


def test_a_wide_schema_still_answers_two_thousand_wrong_names() -> None:
    """Every one is found."""
    fields = tuple(Field(FieldName(f"field_{i}"), FieldType.INT) for i in range(2_000))
    over = Schema(DatasetName("wide"), None, FieldType.INT, fields)
    condition = {"any": [leaf(f"feild_{i}", "is", 1) for i in range(1_999)]}

    assert 1_999 == len(found(condition, over))


@pytest.mark.parametrize(
    "pattern",
    [
        "(", "[", "a**", "\\1", "(?=a)", "(?<a", "\\", "x{1001}", "(((x{10}){10}){10}){10}",
        "a" * 1_001, r"\pL{1000}", r"(\pL|\pN|\pP){300}", r"[\pL\pN]{900}", "(.{1000}){0}" * 80,
    ],
)  # fmt: skip
def test_a_pattern_must_be_one_that_re2_takes(pattern: str) -> None:
    """What RE2 refuses, what is too long, and what unfolds to too much; its words stay inside."""
    said = messages(leaf("text", "matches", pattern))

    assert [("bad_pattern", "")] == found(leaf("text", "not_matches", pattern))
    assert 1 == len(said)
    assert pattern not in said[0] or len(pattern) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a", "^[a-z0-9._%+-]{1,64}@[a-z0-9.-]{1,255}\\.[a-z]{2,63}$", r"\pL{1,50}",
        "(?i)\u00df",
        "(x+x+)+y", "(a|b)*a(a|b){12}", "\0", "a" * 1_000, r"\Qa.b\E", "[[:alpha:]]+", "(?P<n>a)",
    ],
)  # fmt: skip
def test_patterns_that_people_write_are_taken(pattern: str) -> None:
    """None of them takes RE2 longer than the text is."""
    assert [] == found(leaf("text", "matches", pattern))


def test_the_patterns_of_a_condition_have_one_budget() -> None:
    """Equal ones count once; of different ones the first too many is named."""
    heavy = [leaf("text", "matches", f"{place}[a-z]{{900}}") for place in range(5)]

    assert [] == found({"any": heavy[:1] * 50})
    assert [("bad_pattern", "/any/3"), ("bad_pattern", "/any/4")] == found({"any": heavy})


@pytest.mark.parametrize(
    "field, other, code",
    [
        ("int", "decimal", None), ("decimal", "float", None), ("float", "int", None),
        ("date", "timestamp", None), ("keyword", "text", None), ("bool", "bool", None),
        ("keyword", "_key", None), ("int", "_key", TYPE), ("int", "keyword", TYPE),
        ("date", "int", TYPE), ("bool", "int", TYPE), ("text", "set", TYPE),
        ("int", "nope", "unknown_field"), ("set", "set", "operator_not_for_type"),
    ],
)  # fmt: skip
def test_fields_of_one_family_compare(field: str, other: str, code: str | None) -> None:
    """Numbers with numbers, times with times, texts with texts, bools with bools."""
    expected = [] if code is None else [(code, "")]

    assert expected == found(leaf(field, "is", value_field=other))


def test_both_fields_of_a_comparison_are_looked_up() -> None:
    """Two unknown names are two problems."""
    assert [("unknown_field", "")] * 2 == found(leaf("nope", "is", value_field="neither"))


def test_a_key_without_a_type_yet_compares_with_all() -> None:
    """There is no record to be right or wrong about."""
    over = schema(key_type=None)

    assert [] == found(leaf("int", "is", value_field="_key"), over)
    assert [] == found(leaf("_key", "lt", value_field="date"), over)


def test_only_the_key_is_sampled() -> None:
    """A field of the key's type is not the key."""
    share = {"from": 0, "to": 10, "salt": ""}

    assert [("operator_not_for_type", "")] == found(leaf("keyword", "sample", share))
    assert [] == found(leaf("id", "sample", share))
    assert [] == found(leaf("_key", "sample", share), schema(key_type=FieldType.INT))


def test_text_operators_are_for_keys_of_text() -> None:
    """A number has no letters."""
    assert [] == found(leaf("_key", "contains", "a"))
    assert [("operator_not_for_type", "")] == found(
        leaf("_key", "contains", "a"), schema(key_type=FieldType.INT)
    )
