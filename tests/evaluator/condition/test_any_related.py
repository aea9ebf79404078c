"""Whatever arrives about related records is a condition or a list of problems."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.condition.functions import FUNCTIONS
from evaluator.condition.language import compile_condition, describe, read
from evaluator.condition.operators import OPERATORS
from indexer.model.errors import BadCondition
from tests.evaluator.condition.asking import LIMITS, NOW
from tests.evaluator.condition.linked import AROUND, CUSTOMERS, PURCHASES

CODES = {
    "bad_shape", "too_deep", "too_many_values", "unknown_dataset", "unknown_field", "no_link",
    "ambiguous_link", "unknown_operator", "operator_not_for_type", "wrong_type", "bad_value",
}  # fmt: skip

literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.decimals(),
    st.text(max_size=3),
    st.dates().map(str),
    st.sampled_from(["1e999999999", "-1e-999999999", 10**400, "0." + "3" * 2_000]),
)
names = st.sampled_from([*(field.name for field in PURCHASES.fields), "_key", "state", "", "nope"])
operators = st.sampled_from([*(each.key for each in OPERATORS), "equals"])
values = st.one_of(literals, st.lists(literals, max_size=3))
compared = st.fixed_dictionaries({"op": operators, "value": values})
functions = st.fixed_dictionaries(
    {"fn": st.sampled_from([*FUNCTIONS, "total"]), "field": names},
    optional={"order_by": st.one_of(names, literals)},
)
windows = st.fixed_dictionaries(
    {"amount": st.integers(0, 100_001), "unit": st.sampled_from(["day", "month", "moon"])}
)


def steps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A step of a sequence, mostly a good one."""
    return st.fixed_dictionaries(
        {},
        optional={
            "where": inner,
            "within": st.one_of(windows, literals),
            "absent": st.one_of(st.just(True), literals),
        },
    )


def related(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A condition on related records with any keys it may have, and some others."""
    return st.fixed_dictionaries(
        {"related": st.sampled_from(["purchases", "customers", "accounts", "gifts", "nobody", 7])},
        optional={
            "via": st.sampled_from(["customer_id", "boss", "giver", "nope", None]),
            "where": inner,
            "count": st.one_of(compared, literals),
            "aggregate": st.one_of(functions, literals),
            "op": operators,
            "value": values,
            "sequence": st.one_of(st.lists(steps(inner), max_size=9), literals),
            "order_by": st.one_of(names, literals),
            "muted": st.booleans(),
            "else": literals,
        },
    )


leaves = st.fixed_dictionaries({"field": names, "op": operators, "value": values})
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        related(inner),
        st.lists(inner, max_size=3).map(lambda children: {"all": children}),
        inner.map(lambda child: {"not": child}),
        literals,
    ),
    max_leaves=6,
)
good = st.recursive(
    st.just({"field": "_key", "op": "gt", "value": 1}),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"related": st.just("customers"), "via": st.just("boss")},
                              optional={"where": inner, "count": compared}),
        st.fixed_dictionaries(
            {"related": st.just("purchases"), "op": operators, "value": values,
             "aggregate": functions}, optional={"where": inner}),
        st.fixed_dictionaries(
            {"related": st.just("purchases"), "sequence": st.lists(steps(inner), max_size=3),
             "order_by": st.sampled_from(["at", "day"])}),
    ),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.one_of(conditions, good))
def test_a_tree_of_odd_conditions_on_related_records_is_answered(data: Any) -> None:
    """With known codes only; one without problems has a plan and reads as English."""
    assert answer(data) <= CODES


def answer(data: Any) -> set[str]:
    """The codes of the problems; a condition without any is compiled and described, too."""
    try:
        checked = read(data, CUSTOMERS, LIMITS, AROUND)
    except BadCondition as bad:
        return {problem.code for problem in bad.problems} or {"no reason"}
    assert compile_condition(checked, CUSTOMERS, NOW, AROUND).plan is not None
    assert describe(checked.condition, CUSTOMERS, AROUND)
    return set()
