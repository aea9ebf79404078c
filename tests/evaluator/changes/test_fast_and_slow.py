"""The short way gives what the careful one gives: values, refusals, words and places."""

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.changes.checking import Checked, check
from evaluator.changes.fitting import fit_key_of, fit_of, fitting_of
from evaluator.changes.reading import read_batch, read_changes
from evaluator.changes.values import Unfit, from_json, key_from_json
from evaluator.condition.local_time import LocalTime
from indexer.model.errors import BadBody, BadShape, CardinalError, Problem, TooLarge
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.support.slow_changes import slowly

BERLIN = LocalTime(ZoneInfo("Europe/Berlin"))
PLENTY = 10**9
NUMBERS = (
    "0", "-0", "7", "-7", "0.0", "-0.0", "1.5", "1.50", "-1.50", "1.500", "1.234", "0.125", "1e3",
    "1E-3", "12.50", "999999999999999999", "1000000000000000000", "9999999999999999.99",
    "10000000000000000.00", "0.000000000000000001", "-0.999999999999999999", "1.0",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9007199254740993",
    "1e308", "1e309", "-1e400", "1e-400", "1e999999999", "1e-999999999", "1e99999999999999999999",
    "0e99999999999999999999", "0.1000000000000000000000000000000000000000000000000001",
)  # fmt: skip
TEXTS = (
    "", "CA", "a|b", "e\u0301", "\u00e9", "\u212b", "\u0661", "\u0661\u0662.\u0663\u0664", ".5",
    "5.", "-", "-.50", "+1.50", " 1.50", "1.50 ", "1_0.00", "true", "NaN", "inf", "Infinity",
    "2025-05-31", "2025-02-30", "20250531", "2025-W01-1", "0000-01-01", "0001-01-01",
    "9999-12-31", "2025-5-1", "2025-05-31T08:00:00Z", "2025-05-31t08:00:00z",
    "2025-05-31 08:00:00Z", "2025-05-31T08:00:00", "2025-05-31T08:00", "2025-05-31T24:00:00Z",
    "2025-05-31T08:00:60Z", "2025-05-31T08:00:00.123Z", "2025-05-31T08:00:00.123456Z",
    "2025-05-31T08:00:00.1234567Z", "2025-05-31T08:00:00.12\u0663Z", "2025-05-31T08:00:00,123Z",
    "2025-05-31T08:00:00+02:00", "2025-05-31T08:00:00-0200", "0001-01-01T00:00:00+14:00",
    "2025-W01-1T08:00:00Z", "2025-05-31T080000.1Z", "2025-05-31T08:00:0\u0663Z",
    "2025-03-30T02:30", "9999-12-31T23:59:59Z", "0000-12-31T23:59:59Z", "2025-05-31T08:00+01Z",
    "2025-05-31T08:00:00ZZZZZ", "2025-05-31T08:00:00.+12Z", "2025-05-31T-8:00:00Z",
)  # fmt: skip
FIELDS = (
    Field(FieldName("id"), FieldType.INT),
    Field(FieldName("flag"), FieldType.BOOL),
    Field(FieldName("whole"), FieldType.INT),
    *(Field(FieldName(f"scaled{n}"), FieldType.DECIMAL, scale=n) for n in (0, 2, 17, 18)),
    Field(FieldName("float"), FieldType.FLOAT),
    Field(FieldName("day"), FieldType.DATE),
    Field(FieldName("seen"), FieldType.TIMESTAMP),
    Field(FieldName("word"), FieldType.KEYWORD),
    Field(FieldName("about"), FieldType.TEXT),
    Field(FieldName("tags"), FieldType.SET),
)
KINDS = {field.name: field for field in FIELDS}


def schema_of(key: str | None, key_type: FieldType | None) -> Schema:
    """Every type once, over Berlin's clock."""
    named = None if key is None else FieldName(key)
    return Schema(DatasetName("all"), named, key_type, FIELDS, time_zone="Europe/Berlin")


SCHEMAS = (
    schema_of("id", FieldType.INT), schema_of("word", FieldType.KEYWORD),
    schema_of("word", None), schema_of(None, FieldType.INT),
)  # fmt: skip

PLAIN = st.sampled_from([*NUMBERS, *map(json.dumps, TEXTS), "true", "false", "null"])
SPELLED = PLAIN | st.integers().map(str) | st.text(max_size=4).map(json.dumps)
NESTED = SPELLED | st.lists(SPELLED, max_size=3).map(lambda each: f"[{','.join(each)}]")
NAMES = st.sampled_from([*KINDS, *KINDS, "_key", "nobody", "a/b~c"])
KEYS = st.sampled_from(["1", "2", '"a"', '"7"', "true", "null", "1.0", '"e\\u0301"', "1e400"])


def an_object(pairs: list[tuple[str, str]]) -> str:
    """JSON in which a name may stand twice."""
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in pairs) + "}"


def objects(names: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> Any:
    """Objects of up to four members."""
    return st.lists(st.tuples(names, values), max_size=4).map(an_object)


VALUES = objects(NAMES, NESTED | objects(NAMES, SPELLED))
OPS = st.sampled_from(['"upsert"', '"upsert"', '"delete"', '"zap"', "5", "null", "{}"])
MEMBERS = st.one_of(
    st.tuples(st.just("op"), OPS),
    st.tuples(st.just("key"), KEYS),
    st.tuples(st.just("values"), VALUES | NESTED),
    st.tuples(st.sampled_from(["more", "a/b", "Op"]), SPELLED),
)
USUAL = st.tuples(st.just('"upsert"'), KEYS, VALUES).map(
    lambda it: an_object(list(zip(("op", "key", "values"), it, strict=True)))
)
CHANGES = st.lists(
    USUAL
    | USUAL
    | KEYS.map(lambda key: an_object([("op", '"delete"'), ("key", key)]))
    | st.lists(MEMBERS, max_size=5).map(an_object)
    | st.sampled_from(["7", '"a"', "null", "true", "[]"]),
    max_size=5,
).map(lambda each: f"[{','.join(each)}]")
"""A fraction in the place of a change is left out: pydantic takes it for an object."""
IDEMPOTENCY = st.sampled_from(["null", '"k"', '""', f'"{"x" * 200}"', f'"{"x" * 201}"', "7"])
BODIES = st.one_of(
    CHANGES.map(lambda changes: an_object([("changes", changes)])),
    st.lists(
        st.tuples(st.just("changes"), CHANGES | SPELLED)
        | st.tuples(st.just("idempotency_key"), IDEMPOTENCY)
        | st.tuples(st.sampled_from(["more", "Changes"]), SPELLED),
        max_size=3,
    ).map(an_object),
    NESTED,
)


@pytest.mark.parametrize("name", KINDS)
@given(text=NESTED)
def test_a_value_fits_one_way_or_the_other_alike(name: str, text: str) -> None:
    """In its stored form and type, or refused with the same words."""
    field, value = KINDS[FieldName(name)], spelled(text)

    expected = _told(lambda: from_json(field, value, BERLIN))

    assert expected == _told(lambda: fit_of(field, BERLIN)(value))


@pytest.mark.parametrize("name", KINDS)
def test_every_odd_spelling_fits_alike(name: str) -> None:
    """Each at least once, whatever chance brings, and among the members of a set."""
    field = KINDS[FieldName(name)]
    fit = fit_of(field, BERLIN)

    for text in (*NUMBERS, *map(json.dumps, TEXTS), "true", "false", "null"):
        for value in (spelled(text), [spelled(text)]):
            expected = _told(lambda value=value: from_json(field, value, BERLIN))
            assert expected == _told(lambda value=value: fit(value))


@given(key_type=st.sampled_from([FieldType.INT, FieldType.KEYWORD, None]), text=SPELLED)
def test_a_key_fits_one_way_or_the_other_alike(key_type: FieldType | None, text: str) -> None:
    """Likewise."""
    value = spelled(text)

    expected = _told(lambda: key_from_json(value, key_type))

    assert expected == _told(lambda: fit_key_of(key_type)(value))


@given(schema=st.sampled_from(SCHEMAS), body=BODIES)
def test_a_body_is_read_one_way_or_the_other_alike(schema: Schema, body: str) -> None:
    """Changes, what is left out and why, what is wrong and where."""
    data = body.encode()

    expected = _outcome(lambda: slowly(data, schema))

    assert expected == _outcome(lambda: quickly(data, schema))


@given(body=st.binary(max_size=40) | BODIES.map(lambda text: text.encode()[:-1]))
def test_what_is_no_json_is_refused_alike(body: bytes) -> None:
    """Bytes of any kind, and bodies that end too soon."""
    expected = _outcome(lambda: slowly(body, SCHEMAS[0]))

    assert expected == _outcome(lambda: quickly(body, SCHEMAS[0]))


@given(changes=CHANGES)
def test_a_list_alone_is_read_like_the_one_of_a_body(changes: str) -> None:
    """Problems stand at its own places."""
    whole = _outcome(lambda: quickly(f'{{"changes": {changes}}}'.encode(), SCHEMAS[0]))

    alone = _outcome(lambda: _alone(f" {changes}".encode()))

    assert _unrooted(whole) == alone


def test_a_body_has_its_bounds() -> None:
    """In bytes, in changes, in depth and in the faults that are told."""
    body = b'{"changes": [{"op": "delete", "key": 1}, {"op": "delete", "key": 2}]}'
    deep = b'{"changes": [{"op": "upsert", "values": {"a": ' + b"[" * 10**5

    with pytest.raises(TooLarge):
        read_batch(body, bytes_max=len(body) - 1, changes_max=2)
    with pytest.raises(TooLarge):
        read_batch(body, bytes_max=len(body), changes_max=1)
    with pytest.raises(BadBody):
        read_batch(deep, bytes_max=PLENTY, changes_max=2)
    with pytest.raises(BadShape) as refused:
        read_batch(b'{"changes": [' + b"7," * 2_000 + b"7]}", bytes_max=PLENTY, changes_max=2)
    assert 1_000 == len(refused.value.problems)


def spelled(text: str) -> Any:
    """The value that JSON text spells, as it stands in a change."""
    batch = read_batch(
        f'{{"changes": [{{"op": "upsert", "values": {{"a": {text}}}}}]}}'.encode(),
        bytes_max=PLENTY,
        changes_max=1,
    )
    change: Any = batch.changes[0]
    return change.values["a"]


def quickly(body: bytes, schema: Schema) -> tuple[Checked, str | None]:
    """As the service does."""
    batch = read_batch(body, bytes_max=PLENTY, changes_max=PLENTY)
    return check(batch.changes, fitting_of(schema)), batch.idempotency_key


def _alone(body: bytes) -> tuple[Checked, str | None]:
    batch = read_changes(body, bytes_max=PLENTY, changes_max=PLENTY)
    return check(batch.changes, fitting_of(SCHEMAS[0])), batch.idempotency_key


def _told(fit: Any) -> tuple[str, str]:
    """A value with its type, since True is 1 and 0.0 is -0.0; or a refusal."""
    try:
        value = fit()
    except Unfit as unfit:
        return unfit.code, unfit.message
    assert not isinstance(value, Decimal), value
    return type(value).__name__, repr(value)


def _outcome(read: Any) -> tuple[Any, ...]:
    try:
        return "read", repr(read())
    except CardinalError as error:
        return error.code, error.message, error.problems


def _unrooted(outcome: tuple[Any, ...]) -> tuple[Any, ...]:
    match outcome:
        case (code, message, problems):
            cut = [
                (each.code, each.path.removeprefix("/changes"), each.message) for each in problems
            ]
            return code, message, tuple(Problem(*each) for each in cut)
        case _:
            return outcome
