"""The whole language in the builder: related records, why, formulas; each as a person does it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.builder import Builder
from tests.browser.site import Site

AMOUNT = {"field": "amount", "op": "gt", "value": "50"}
VISITS = "visit_id,shopper_id,amount,made_at\n" + "".join(
    f"{key},{key % 40 + 1},{key % 90}.50,2017-12-{key % 27 + 1:02d}T10:00:00Z\n"
    for key in range(1, 201)
)


@pytest.fixture(scope="module", autouse=True)
def visits(site: Site) -> None:
    """Five visits of each of forty shoppers."""
    fields = [
        {"name": "visit_id", "type": "int"},
        {"name": "shopper_id", "type": "int"},
        {"name": "amount", "type": "decimal", "scale": 2, "label": "Amount"},
        {"name": "made_at", "type": "timestamp", "label": "Made at"},
    ]
    links = [{"name": "shopper_id", "field": "shopper_id", "to": "shoppers"}]
    schema = {"name": "visits", "key": "visit_id", "fields": fields, "links": links}
    site.ask("POST", "/datasets", json=schema)
    site.load("visits", VISITS)


def test_related_records_are_counted_where_they_satisfy_a_condition(
    builder: Builder, site: Site
) -> None:
    """The dataset stands among the fields; its own fields are in the conditions within."""
    builder.open()
    row = builder.page.locator(".rule").first

    builder.choose(row.get_by_role("combobox", name="Field"), "visits")
    builder.choose(row.get_by_role("combobox", name="What is asked"), "how many")
    row.get_by_label("Number of visits").fill("2")
    row.get_by_role("button", name="Only those where").click()
    builder.page.get_by_role("option", name="Amount").click()
    inner = row.get_by_role("group", name="Condition on Amount")
    builder.choose(inner.get_by_role("combobox", name="Operator"), "is greater than")
    inner.get_by_label("Value for Amount").fill("50")

    built = {"related": "visits", "where": AMOUNT, "count": {"op": "gte", "value": 2}}
    assert {"all": [built]} == builder.condition()
    assert site.count("shoppers", built)["count"] == builder.size()
    expect(inner.locator(".count")).to_have_count(0)


def test_a_problem_within_stands_on_the_row_within(builder: Builder) -> None:
    """And the row is counted without it."""
    wrong = {"field": "amount", "op": "gt", "value": "a lot"}
    builder.open({"all": [{"related": "visits", "where": {"all": [AMOUNT, wrong]}}]})

    inner = builder.page.get_by_role("group", name="Condition on Amount")

    expect(inner.nth(1).get_by_role("alert")).to_be_visible()
    expect(inner.nth(0).get_by_role("alert")).to_have_count(0)
    assert builder.size() > 0


def test_a_chosen_record_says_why_it_is_in(builder: Builder) -> None:
    """From the sample, or by its key; on the rows and beside them."""
    state = {"field": "state", "op": "is", "value": "CA"}
    builder.open({"any": [state, {"field": "orders", "op": "gte", "value": 0}]})
    card = builder.page.get_by_role("region", name="Why in or out?")

    builder.page.get_by_role("button", name="1", exact=True).click()

    expect(card.get_by_text("It is in.")).to_be_visible()
    expect(builder.row("Orders").get_by_text("holds, it has")).to_be_visible()
    builder.choose(builder.row("Orders").get_by_role("combobox", name="Operator"), "is less than")
    expect(builder.row("Orders").get_by_text("does not hold, it has")).to_be_visible()
    card.get_by_role("button", name="Stop asking").click()
    expect(builder.page.locator(".why-note")).to_have_count(0)


def test_a_formula_says_its_type_and_what_is_wrong_where(page: Page, complaints: list[str]) -> None:
    """Names are completed by Tab; a fault is underlined."""
    page.goto("/datasets")
    page.get_by_role("button", name="New formula field").first.click()
    formula = page.get_by_role("textbox", name="Formula")

    formula.press_sequentially("spe")
    formula.press("Tab")
    formula.press_sequentially(" / nowhere ")

    expect(page.get_by_text("no field 'nowhere'")).to_be_visible()
    expect(page.locator(".formula-behind mark")).to_have_text("nowhere")
    formula.fill("spend / 2 ")
    expect(page.get_by_text("is a decimal")).to_be_visible()
    assert [] == complaints


def test_a_new_formula_field_is_what_the_row_is_about(builder: Builder, site: Site) -> None:
    """Written from the field's own list, without leaving the condition."""
    builder.open({"all": [{"field": "state", "op": "is", "value": "CA"}]})
    page = builder.page
    page.get_by_role("button", name="Condition", exact=True).click()
    page.get_by_role("option", name="new formula field").click()

    page.get_by_role("textbox", name="Name").fill("Twice ordered")
    page.get_by_role("textbox", name="Formula").fill("orders * 2 ")
    page.get_by_role("button", name="Add field").click()
    builder.row("Twice ordered").get_by_label("Value for Twice ordered").fill("8")

    built = {"field": "twice_ordered", "op": "is", "value": 8}
    assert [{"field": "state", "op": "is", "value": "CA"}, built] == builder.condition()["all"]
    half = {"field": "orders", "op": "is", "value": 4}
    assert site.count("shoppers", half)["count"] == site.count("shoppers", built)["count"]


def test_totals_and_sequences_are_counted_and_kept_as_they_were(
    builder: Builder, site: Site
) -> None:
    """They go through the page unharmed."""
    within: dict[str, Any] = {"amount": 7, "unit": "day"}
    total = {"aggregate": {"fn": "sum", "field": "amount"}, "op": "gt", "value": "10"}
    steps = [{"where": AMOUNT}, {"where": {"all": []}, "within": within, "absent": True}]
    asked = [
        {"related": "visits", **total},
        {"related": "visits", "sequence": steps, "order_by": "made_at"},
    ]

    builder.open({"any": asked})

    assert site.count("shoppers", {"any": asked})["count"] == builder.size()
    assert {"any": asked} == builder.condition()
