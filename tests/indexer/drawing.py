"""Hypothesis strategies in stored form: few values, so that records collide, and nasty ones."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from indexer.intake.arrow_types import arrow_type
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName, RecordKey
from indexer.model.record import Change, Delete, Scalar, Upsert, Value
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import (
    And,
    Compare,
    Equals,
    Everything,
    Exactly,
    HasValue,
    Leaf,
    Minus,
    Nothing,
    OneOf,
    Or,
    Pattern,
    Plan,
    Range,
    Sampled,
    Size,
    TextMatch,
)
from tests.indexer.reference import Row, ranked
from tests.support.oracle import nfc

Draw = Callable[[st.SearchStrategy[Any]], Any]

INT64 = (-(2**63), 2**63 - 1)
TEXTS = (
    "",
    "a",
    "A",
    "a\0",
    "a\0b",
    "b",
    "\u00e4",
    "\u00df",
    "\uffff",
    "\U0001f600",
    "\U0001f600a",
)
"""The empty text, NUL inside and at the end, letters whose UTF-16 order is another one."""
NUMBERS = (0, 1, -1, 2, 65_535, 2**53 + 1, *INT64)
DAYS = (0, 1, -1, 20_000, 2**31 - 1, -(2**31))
FLOATS = (0.0, -0.0, 0.5, -0.5, 5e-324, 2.0**53, 1e300, -math.inf, math.inf)
POOLS: dict[FieldType, tuple[Scalar, ...]] = {
    FieldType.BOOL: (False, True),
    FieldType.INT: NUMBERS,
    FieldType.DECIMAL: NUMBERS,
    FieldType.FLOAT: FLOATS,
    FieldType.DATE: DAYS,
    FieldType.TIMESTAMP: NUMBERS,
    FieldType.KEYWORD: TEXTS,
    FieldType.TEXT: TEXTS,
    FieldType.SET: TEXTS,
}
ABSENT: dict[FieldType, tuple[Scalar, ...]] = {
    FieldType.INT: (3,),
    FieldType.DECIMAL: (3,),
    FieldType.DATE: (3, 2**31, INT64[0]),
    FieldType.TIMESTAMP: (3,),
    FieldType.FLOAT: (0.25,),
    FieldType.KEYWORD: ("z", "a\0\0", "\0"),
    FieldType.TEXT: ("z", "a\0\0", "\0"),
    FieldType.SET: ("z", "a\0\0", "\0"),
}
"""Values to ask for that no record has; days among them that none could have."""
BEYOND = (2**63, -(2**63) - 1, 10**30, -(10**30))
"""Whole numbers that no field can hold and that no wire carries."""
UNORDERED = (FieldType.BOOL,)
FOLDED = tuple({nfc(text.casefold()) for text in TEXTS})
KIN = ((FieldType.INT, FieldType.FLOAT), (FieldType.KEYWORD, FieldType.TEXT), (FieldType.BOOL,))
"""Types whose stored forms Python compares by itself."""

PEOPLE = DatasetName("people")
FIELDS = tuple(Field(FieldName(f"{type_}_field"), type_) for type_ in FieldType)
"""One field of each of the nine types."""
INT_KEYS: tuple[RecordKey, ...] = (1, 2, 3, 5, 8, 13, -1, 2**40)
TEXT_KEYS: tuple[RecordKey, ...] = TEXTS[:8]


def keys_of(schema: Schema) -> tuple[RecordKey, ...]:
    """Few keys, so that records meet."""
    return TEXT_KEYS if schema.key_type is FieldType.KEYWORD else INT_KEYS


def schema_with(key: str | None, key_type: FieldType | None, fields: Sequence[Field]) -> Schema:
    """A dataset of people with these fields."""
    return Schema(PEOPLE, None if key is None else FieldName(key), key_type, tuple(fields))


def values_of(type_: FieldType) -> st.SearchStrategy[Value]:
    """A stored value of the type, or null."""
    pool = st.sampled_from(POOLS[type_])
    if type_ is FieldType.SET:
        return st.one_of(st.none(), st.lists(pool, max_size=3).map(texts_of))
    return st.one_of(st.none(), pool)


def texts_of(members: Sequence[Scalar]) -> tuple[str, ...]:
    """A set in stored form."""
    return tuple(sorted({str(member) for member in members}))


@st.composite
def changes(draw: Draw, schema: Schema) -> Change:
    """One change of one of few records; sometimes of one whose key is still to be made."""
    key = draw(st.sampled_from(keys_of(schema)))
    if draw(st.integers(0, 3)) == 0:
        return Delete(key)
    if schema.key is None and draw(st.booleans()):
        key = None
    return Upsert(key, draw(cells(schema)))


@st.composite
def cells(draw: Draw, schema: Schema) -> dict[FieldName, Value]:
    """Values for some of the fields."""
    named = draw(st.lists(st.sampled_from(schema.columns), max_size=4, unique_by=lambda f: f.name))
    return {each.name: draw(values_of(each.type)) for each in named}


@st.composite
def tables(draw: Draw, schema: Schema) -> list[Row]:
    """Rows that all name the same fields, repeated keys among them."""
    made = schema.key is None and draw(st.booleans())
    columns = st.sampled_from(schema.columns)
    named = draw(st.lists(columns, min_size=made, max_size=4, unique_by=lambda f: f.name))
    rows = st.tuples(
        st.none() if made else st.sampled_from(keys_of(schema)),
        st.fixed_dictionaries({each.name: values_of(each.type) for each in named}),
    )
    found: list[Row] = draw(st.lists(rows, max_size=8))
    return found


def batches_of(schema: Schema, rows: Sequence[Row], *, at_once: int = 3) -> list[pa.RecordBatch]:
    """The rows as typed batches of at most so many."""
    return [_batch(schema, rows[start : start + at_once]) for start in range(0, len(rows), at_once)]


def _batch(schema: Schema, rows: Sequence[Row]) -> pa.RecordBatch:
    arrays = {}
    if rows[0][0] is not None:
        kind = pa.int64() if schema.key_type is FieldType.INT else pa.string()
        arrays[KEY_FIELD] = pa.array([key for key, _ in rows], kind)
    for each in schema.columns:
        if each.name in rows[0][1]:
            arrays[each.name] = pa.array([row[each.name] for _, row in rows], arrow_type(each))
    return pa.RecordBatch.from_pydict(arrays)


def plans(schema: Schema, *, leaves: int = 6) -> st.SearchStrategy[Plan]:
    """Random plans over the schema's fields and its key."""
    return st.recursive(
        lookups(schema).map(Leaf),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda found: And(tuple(found))),
            st.lists(inner, max_size=3).map(lambda found: Or(tuple(found))),
            st.tuples(inner, inner).map(lambda pair: Minus(*pair)),
        ),
        max_leaves=leaves,
    )


@st.composite
def lookups(draw: Draw, schema: Schema) -> Any:
    """One question about one field, or about none."""
    key = Field(KEY_FIELD, schema.key_type or FieldType.INT)
    asked = draw(st.sampled_from((*schema.columns, key)))
    known = INT_KEYS if asked is key and asked.type is FieldType.INT else POOLS[asked.type]
    values = st.sampled_from((*known, *ABSENT.get(asked.type, ())))
    if draw(st.integers(0, 3)) == 0:
        return draw(_inner_lookups(asked, schema))
    match draw(st.integers(0, 6)):
        case 0:
            return draw(st.sampled_from((Everything(), Nothing(), HasValue(asked.name))))
        case 1 | 2:
            return Equals(asked.name, draw(values))
        case 3 | 4:
            return OneOf(asked.name, ranked(draw(st.lists(values, max_size=4))))
        case _ if asked.type in UNORDERED:
            return HasValue(asked.name)
        case _:
            ends = st.none() | st.sampled_from(known)
            low, high = draw(ends), draw(ends)
            return Range(asked.name, low, high, draw(st.booleans()), draw(st.booleans()))


@st.composite
def _inner_lookups(draw: Draw, asked: Field, schema: Schema) -> Any:
    """A question about the inside of a value, about two fields, or about chance."""
    if asked.name == KEY_FIELD and draw(st.booleans()):
        first, last = draw(DRAWS), draw(DRAWS)
        return Sampled(first, last, draw(st.sampled_from(("", "a", "\u00e4 long salt"))))
    kin = next((each for each in KIN if asked.type in each), ())
    others = [each for each in schema.columns if each.type in kin]
    if others and draw(st.booleans()):
        fold = asked.type in KIN[1] and draw(st.booleans())
        other = draw(st.sampled_from(others))
        sign = draw(st.sampled_from(("=",) if fold else ("=", "<", "<=")))
        return Compare(asked.name, sign, other.name, fold)
    if asked.type is FieldType.SET:
        members = ranked(draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)))
        size = Size(asked.name, draw(st.integers(0, 3)), draw(st.none() | st.integers(0, 3)))
        return draw(st.sampled_from((size, Exactly(asked.name, members))))  # type: ignore[arg-type]
    if asked.type not in KIN[1]:
        return HasValue(asked.name)
    fold = draw(st.booleans())
    if draw(st.integers(0, 3)) == 0:
        return Pattern(asked.name, draw(st.sampled_from(PATTERNS)), fold)
    how = draw(st.sampled_from(("contains", "starts_with", "ends_with", *(("equals",) * fold))))
    texts = st.sampled_from([text for text in (FOLDED if fold else TEXTS) if text])
    sought = sorted(draw(st.sets(texts, min_size=1, max_size=10)))
    return TextMatch(asked.name, how, tuple(sought), fold)


DRAWS = st.sampled_from((0, 2**62, 2**63, 2**64 - 1))
PATTERNS = ("a", "^a", "b$", "[ab]", "^$", "\u00e4|s", ".", "a\0b")
