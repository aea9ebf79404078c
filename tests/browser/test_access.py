"""For everybody: what axe finds, in both schemes, on every page and with things open."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.builder import Builder

CONDITION: dict[str, Any] = {
    "all": [
        {"field": "state", "op": "in", "value": ["CA", "TX"]},
        {"field": "orders", "op": "gte", "value": "wrong"},
        {"any": [
            {"field": "spend", "op": "between", "value": ["1", "2"]},
            {"not": {"field": "subscribed", "op": "is", "value": True}},
            {"field": "last_order", "op": "in_last", "value": {"amount": 3, "unit": "day"}},
        ]},
    ]
}  # fmt: skip
SERIOUS = {"serious", "critical"}
pytestmark = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_in_the_builder(
    builder: Builder, axe: str, scheme: Any, width: int
) -> None:
    """With every kind of row, and one that is wrong."""
    builder.page.set_viewport_size({"width": width, "height": 900})
    builder.page.emulate_media(color_scheme=scheme)

    builder.open(CONDITION)
    expect(builder.page.get_by_role("table")).to_be_visible()

    assert [] == serious(builder.page, axe)


def test_axe_finds_nothing_serious_with_a_list_open(
    builder: Builder, axe: str, scheme: Any
) -> None:
    """Pickers and suggestions are the parts that are built most."""
    builder.page.emulate_media(color_scheme=scheme)
    builder.open(CONDITION)

    builder.row("State").get_by_label("Value for State").click()
    expect(builder.page.get_by_role("option").first).to_be_visible()
    values = serious(builder.page, axe)
    builder.page.keyboard.press("Escape")
    builder.row("State").get_by_role("combobox", name="Field").click()
    expect(builder.page.get_by_role("option").first).to_be_visible()

    assert [] == values
    assert [] == serious(builder.page, axe)


@pytest.mark.parametrize("path", ["/datasets", "/patterns"])
def test_axe_finds_nothing_serious_elsewhere(
    page: Page, complaints: list[str], axe: str, scheme: Any, path: str
) -> None:
    """The datasets, and every part in every state."""
    page.emulate_media(color_scheme=scheme)

    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("table").first).to_be_visible()

    assert [] == complaints
    assert [] == serious(page, axe)


def serious(page: Page, axe: str) -> list[str]:
    """What axe calls serious or critical, with an example of each."""
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [
        f"{each['id']} × {len(each['nodes'])}: {each['nodes'][0]['html'][:160]}"
        f" {each['nodes'][0]['failureSummary']}"
        for each in found
        if each["impact"] in SERIOUS
    ]
