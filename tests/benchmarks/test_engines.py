"""Every engine, in every form and wording, gives the answer found by reading every record."""

from pathlib import Path

import pytest

from benchmarks.data.folder import Data
from benchmarks.data.names import CITIES, TAGS
from benchmarks.ours import LIMITS, SCHEMA, Ours, load_file
from benchmarks.peers.integer_form import OneOf, Within, codes_within, integer_form, runs
from benchmarks.peers.numpy_engine import NumpyAnswers
from benchmarks.questions import (
    BREAKDOWNS,
    COUNTS,
    NESTED,
    SIZES,
    BreakdownOf,
    Condition,
    CountOf,
    OverlapOf,
    Question,
    fields_of,
    leaves_of,
)
from indexer.intake.options import IntakeLimits, IntakeOptions
from tests.benchmarks.small import Engines, naive, rows_of

pytestmark = pytest.mark.xdist_group("benchmarks")

MORE: dict[str, Condition] = {
    "is on every kind": {
        "any": [
            {"field": "age", "op": "is", "value": 40},
            {"field": "consent", "op": "is", "value": False},
            {"field": "lifetime_value", "op": "is", "value": "100.00"},
        ]
    },
    "comparisons": {
        "all": [
            {"field": "age", "op": "gt", "value": 20},
            {"field": "lifetime_value", "op": "lte", "value": "500.00"},
            {"field": "last_login", "op": "lt", "value": "2025-10-01T00:00:00Z"},
            {"field": "signup", "op": "gt", "value": "2022-01-01T00:00:00+00:00"},
        ]
    },
    "nulls under not": {
        "not": {
            "any": [
                {"field": "last_login", "op": "in_last", "value": {"amount": 30, "unit": "day"}},
                {"not": {"field": "last_login", "op": "is_set"}},
                {"not": {"field": "last_login", "op": "lt", "value": "2025-10-20T00:00:00Z"}},
            ]
        }
    },
    "tags": {
        "all": [
            {"field": "tags", "op": "has_all", "value": [TAGS[0]]},
            {"field": "tags", "op": "has_none", "value": [TAGS[63], TAGS[64], TAGS[199]]},
        ]
    },
    "codes at both ends": {
        "any": [
            {"field": "city", "op": "in", "value": [CITIES[0], CITIES[1], CITIES[4_999]]},
            {"field": "plan", "op": "not_in", "value": ["free", "basic", "enterprise"]},
        ]
    },
    "groups of nothing": {"all": [{"not": {"any": []}}, {"field": "email", "op": "is_set"}]},
}
QUESTIONS: dict[str, Question] = {
    **COUNTS,
    **BREAKDOWNS,
    **{name: CountOf(condition) for name, condition in MORE.items()},
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_engine_agrees_with_reading_every_record(
    name: str, data: Data, engines: Engines
) -> None:
    """A time means nothing beside a wrong answer."""
    expected = naive(QUESTIONS[name], rows_of(data))

    answers = {
        f"{engine}, {way.how}": way.ask()
        for engine, held in engines.items()
        for way in held.ways(QUESTIONS[name])
    }

    assert dict.fromkeys(answers, expected) == answers
    assert expected == NumpyAnswers(data.integers()).answer(QUESTIONS[name])


def test_the_nested_question_has_twelve_conditions() -> None:
    """As it says."""
    assert 12 == len(list(leaves_of(NESTED)))


def test_an_index_with_only_what_is_asked_for_answers_the_same(data: Data) -> None:
    """Fields nobody asks for are left out, and texts of which only their absence counts."""
    lean = Ours.load_for(SIZES.values(), data.customers(), limits=LIMITS)
    rows = rows_of(data)

    expected = {name: naive(question, rows) for name, question in SIZES.items()}

    assert expected == {
        name: way.ask() for name, question in SIZES.items() for way in lean.ways(question)
    }
    assert {"id", "email", *fields_of(SIZES.values())} == lean.field_bytes().keys()
    assert "city" not in lean.field_bytes()


def test_records_loaded_in_parts_are_the_same_records(root: Path) -> None:
    """Part after part, until none is left."""
    path = Data(root, IntakeLimits().block_rows + 1_000, lambda sentence: None).customers()
    options = IntakeOptions(name=path.name, schema=SCHEMA)
    expected = Ours(load_file(path, SCHEMA, options))

    parted = Ours(load_file(path, SCHEMA, options, part_batches=1))

    for question in COUNTS.values():
        assert expected.ways(question)[0].ask() == parted.ways(question)[0].ask()


def test_fields_are_told_with_whether_their_values_matter() -> None:
    """Of both sides of an overlap and of a breakdown too."""
    set_only: Condition = {"not": {"field": "email", "op": "is_not_set"}}
    old: Condition = {"any": [{"field": "age", "op": "gt", "value": 60}]}

    assert {"email": False} == fields_of([CountOf(set_only)])
    assert {"email": False, "age": True} == fields_of([OverlapOf(set_only, old)])
    assert {"email": True} == fields_of([BreakdownOf(set_only, "email")])


def test_codes_that_touch_become_ranges() -> None:
    """Open at the ends of the column's codes, which saves the engine a comparison."""
    form = OneOf("plan", (0, 1, 3, 4), 5)

    assert [(0, 1), (3, 4)] == runs(form.codes)
    assert [Within("plan", None, 1), Within("plan", 3, None)] == codes_within(form)


def test_a_condition_no_benchmark_asks_is_refused() -> None:
    """Better than a wrong translation."""
    with pytest.raises(ValueError, match="no benchmark asks"):
        integer_form({"field": "age", "op": "sample", "value": 1})
    with pytest.raises(ValueError, match="finer than its column"):
        integer_form({"field": "lifetime_value", "op": "gte", "value": "1.005"})
