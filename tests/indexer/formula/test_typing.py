"""What formulas mean: their types, and where what is wrong with them stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.formula.fault import FormulaFault
from indexer.formula.fields import checked_formula, formulas_of, typed_schema
from indexer.formula.parse import DEPTH_MAX
from indexer.formula.tokens import CHARS_MAX
from indexer.model.errors import BadSchema
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Link, Schema

PEOPLE = Schema(
    name=DatasetName("people"),
    key=FieldName("id"),
    key_type=FieldType.INT,
    fields=(
        Field(FieldName("spent"), FieldType.DECIMAL, scale=2),
        Field(FieldName("orders"), FieldType.INT),
        Field(FieldName("state"), FieldType.KEYWORD),
        Field(FieldName("born"), FieldType.DATE),
        Field(FieldName("seen"), FieldType.TIMESTAMP),
        Field(FieldName("score"), FieldType.FLOAT),
        Field(FieldName("tags"), FieldType.SET),
        Field(FieldName("vip"), FieldType.BOOL),
        Field(FieldName("Last order (text)"), FieldType.TEXT),
    ),
)
PURCHASES = Schema(
    name=DatasetName("purchases"),
    key=None,
    key_type=FieldType.INT,
    fields=(
        Field(FieldName("person"), FieldType.INT),
        Field(FieldName("amount"), FieldType.DECIMAL, scale=2),
        Field(FieldName("shop"), FieldType.KEYWORD),
        Field(FieldName("ts"), FieldType.TIMESTAMP),
    ),
    links=(Link("person", FieldName("person"), DatasetName("people")),),
)
ALL = {PEOPLE.name: PEOPLE, PURCHASES.name: PURCHASES}

TYPES = {
    "spent / orders": "decimal 6",
    "spent * 1.05": "decimal 4",
    "spent + orders": "decimal 2",
    "orders + 1": "int",
    "orders * score": "float",
    "orders % 3": "int",
    "- spent": "decimal 2",
    "if(spent >= 1000, 'gold', if(spent >= 200, 'silver', 'none'))": "keyword",
    "if(vip, 1, 2.5)": "decimal 1",
    "if(vip, born)": "date",
    "coalesce(null, orders, 1e3)": "float",
    "state || ' ' || \"Last order (text)\"": "keyword",
    "state IN ('CA', 'NY') AND NOT is_null(tags)": "bool",
    "state not in ('CA')": "bool",
    "born > '2025-01-01' or seen < '2025-01-01T08:00'": "bool",
    "born < seen": "bool",
    "round(spent)": "int",
    "round(spent, 1)": "decimal 1",
    "round(spent, 9)": "decimal 2",
    "round(orders, -2)": "int",
    "round(score, 2)": "float",
    "floor(spent)": "int",
    "ceil(score)": "float",
    "abs(spent)": "decimal 2",
    "min(orders, spent, 2.125)": "decimal 3",
    "max(born, born)": "date",
    "length(trim(upper(state)))": "int",
    "substr(state, 1, orders)": "keyword",
    "contains(state, 'A')": "bool",
    "days_between(born, seen) + weekday(seen)": "int",
    "date_trunc('month', seen)": "timestamp",
    "date_trunc('week', born)": "date",
    "to_int(state) + to_int(vip)": "int",
    "to_decimal(state, 2)": "decimal 2",
    "to_text(seen)": "keyword",
    "id % 10": "int",
    "_key": "int",
    "days_since(seen)": "int, asked",
    "now()": "timestamp, asked",
    "count(purchases)": "int, asked",
    "sum(purchases.amount) / count(purchases)": "decimal 6, asked",
    "last(purchases.ts)": "timestamp, asked",
    "last(purchases.shop, purchases.ts)": "keyword, asked",
    "min(purchases.amount)": "decimal 2, asked",
    "median(purchases.amount)": "decimal 3, asked",
    "count_distinct(purchases.shop)": "int, asked",
}

FAULTS = {
    "spent +": ("formula_syntax", 7),
    "": ("formula_syntax", 0),
    "(spent": ("formula_syntax", 6),
    "spent)": ("formula_syntax", 5),
    "'gold": ("formula_syntax", 0),
    "spent == 1": ("formula_syntax", 7),
    "spent <> 1": ("formula_syntax", 7),
    "1 < orders < 3": ("formula_syntax", 11),
    "orders in ()": ("formula_syntax", 11),
    "orders not 3": ("formula_syntax", 11),
    "spent ! 1": ("formula_syntax", 6),
    "'\ud800'": ("formula_syntax", 0),
    "if(vip, 1": ("formula_syntax", 9),
    "purchases.": ("formula_syntax", 10),
    "purchases.amount": ("formula_type", 0),
    "spend": ("formula_type", 0),
    "spent + stat": ("formula_type", 8),
    "orders + state": ("formula_type", 9),
    "length(orders)": ("formula_type", 7),
    "lower(state, 1)": ("formula_type", 0),
    "flor(spent)": ("formula_type", 0),
    "state < 3": ("formula_type", 8),
    "vip < true": ("formula_type", 0),
    "tags = 'a'": ("formula_type", 0),
    "if(orders, 1, 2)": ("formula_type", 3),
    "if(vip, 1, 'a')": ("formula_type", 11),
    "null": ("formula_type", 0),
    "tags": ("formula_type", 0),
    "born > 'soon'": ("formula_type", 7),
    "date_trunc('hour', born)": ("formula_type", 11),
    "round(spent, orders)": ("formula_type", 13),
    "99999999999999999999": ("formula_type", 0),
    "0.1234567890123456789": ("formula_type", 0),
    "spent / orders * spent / orders * to_decimal(spent, 18)": ("formula_type", 32),
    "count(purchase)": ("formula_type", 6),
    "count(people)": ("formula_type", 6),
    "sum(purchases.shop)": ("formula_type", 4),
    "last(purchases.amount)": ("formula_type", 0),
    "x" * (CHARS_MAX + 1): ("formula_syntax", CHARS_MAX),
    "(" * (DEPTH_MAX + 2): ("formula_syntax", DEPTH_MAX + 1),
    "-" * 2_000: ("formula_syntax", DEPTH_MAX + 1),
}


@pytest.mark.parametrize("text", list(TYPES))
def test_the_type_of_a_formula_is_inferred(text: str) -> None:
    """Type, scale, and whether it is stored follow from the formula and the schema."""
    field = checked_formula(text, PEOPLE, ALL).field

    scale = f" {field.scale}" if field.type is FieldType.DECIMAL else ""
    assert TYPES[text] == f"{field.type}{scale}{'' if field.stored else ', asked'}"


@pytest.mark.parametrize("text", list(FAULTS))
def test_a_fault_stands_at_its_character(text: str) -> None:
    """Whatever is wrong is told with its code and the place of what is wrong."""
    with pytest.raises(FormulaFault) as caught:
        checked_formula(text, PEOPLE, ALL)

    assert FAULTS[text] == (caught.value.code, caught.value.position)


@given(st.text(alphabet="()'\"+-*/%=!<>|,. abif1\u00e9\u0301\x00not in", max_size=60))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    """Any text is a formula or a fault inside it, never anything else."""
    position = 0
    try:
        checked_formula(text, PEOPLE, ALL)
    except FormulaFault as fault:
        position = fault.position

    assert 0 <= position <= len(text)


def _with(**formulas: str) -> Schema:
    more = tuple(
        Field(FieldName(name), FieldType.BOOL, formula=text) for name, text in formulas.items()
    )
    return Schema(PEOPLE.name, PEOPLE.key, PEOPLE.key_type, (*more, *PEOPLE.fields))


def test_a_formula_may_need_another_formula() -> None:
    """They are computed in the order of what needs what, however they are declared."""
    schema = typed_schema(_with(tier="if(average > 10, 'a', 'b')", average="spent / orders"))

    assert ["average", "tier"] == [each.field.name for each in formulas_of(schema)]
    assert [FieldType.KEYWORD, FieldType.DECIMAL] == [field.type for field in schema.fields[:2]]
    assert 6 == schema.fields[1].scale


def test_what_needs_the_time_makes_all_that_needs_it_so() -> None:
    """A formula over one that is not stored is not stored either."""
    schema = typed_schema(_with(age="days_since(seen)", old="age > 30", big="spent > 5"))

    assert [False, False, True] == [field.stored for field in schema.fields[:3]]
    assert {"age", "old"}.isdisjoint(field.name for field in schema.columns)


def test_formulas_in_a_circle_are_named() -> None:
    """Every one of the circle has the problem, what needs them and what is right has none."""
    with pytest.raises(BadSchema) as caught:
        typed_schema(_with(a="b + 1", b="c", c="a", d="a + 1", e="spent"))

    paths = [problem.path for problem in caught.value.problems]
    assert ["/fields/0/formula", "/fields/1/formula", "/fields/2/formula"] == paths
    assert "→" in caught.value.problems[0].message


def test_every_wrong_formula_of_a_schema_is_told() -> None:
    """Not only the first, each with its position."""
    with pytest.raises(BadSchema) as caught:
        typed_schema(_with(a="spent +", b="spent", c="1 + nothing"))

    problems = [(each.code, each.path, each.position) for each in caught.value.problems]
    assert [
        ("formula_syntax", "/fields/0/formula", 7),
        ("formula_type", "/fields/2/formula", 4),
    ] == problems
