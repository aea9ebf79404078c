"""Sizes and schemes: a phone, the dark, and that every page has a way to it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.builder import Builder

PHONE: Any = {"width": 360, "height": 740}
DEEP: dict[str, Any] = {
    "all": [
        {"field": "last_order", "op": "in_last", "value": {"amount": 30, "unit": "day"}},
        {"any": [
            {"field": "spend", "op": "between", "value": ["100.00", "250.00"]},
            {"all": [
                {"field": "tags", "op": "has_any", "value": ["new", "vip", "lapsed", "web"]},
                {"any": [{"field": "birthday", "op": "gte", "value": "1990-01-01"}]},
            ]},
        ]},
    ]
}  # fmt: skip
MIDDLE_GREY = 128


def test_a_phone_has_no_sideways_scroll_and_a_docked_size(builder: Builder) -> None:
    """Four groups deep, 360 pixels wide; the size stays in sight."""
    builder.page.set_viewport_size(PHONE)

    builder.open(DEEP)

    assert PHONE["width"] == builder.page.evaluate("document.documentElement.scrollWidth")
    card = builder.page.locator(".size-card").bounding_box()
    assert card is not None
    assert PHONE["height"] - 12 < card["y"] + card["height"] <= PHONE["height"]


@pytest.mark.parametrize("path", ["/datasets", "/patterns"])
def test_other_pages_fit_a_phone_too(page: Page, complaints: list[str], path: str) -> None:
    """Tables scroll inside their own box."""
    page.set_viewport_size(PHONE)

    page.goto(path)
    expect(page.get_by_role("table").first).to_be_visible()

    assert [] == complaints
    assert PHONE["width"] == page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_scheme_has_its_own_surfaces(builder: Builder, scheme: Any) -> None:
    """Page, group and card are all dark in the dark: none is left out by the build."""
    builder.page.emulate_media(color_scheme=scheme)

    builder.open(DEEP)

    backgrounds = [
        _brightness(builder.page, part)
        for part in ("body", ".group", ".size-card", ".rule .picker")
    ]
    assert [scheme == "light"] * len(backgrounds) == [each > MIDDLE_GREY for each in backgrounds]


def test_ctrl_j_switches_and_a_reload_remembers(builder: Builder) -> None:
    """The system's scheme first, then the person's."""
    builder.page.emulate_media(color_scheme="light")
    builder.open(DEEP)

    builder.page.keyboard.press("Control+j")
    builder.page.reload()

    expect(builder.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_the_first_page_is_the_builder(page: Page, complaints: list[str]) -> None:
    """Of the dataset there is; the menu leads to the datasets and back."""
    page.goto("/")

    expect(page).to_have_url(re.compile("/build/shoppers$"))
    page.get_by_role("link", name="Datasets").click()
    expect(page.get_by_role("heading", name="shoppers")).to_be_visible()
    card = page.get_by_role("region", name="shoppers", exact=True)
    card.get_by_role("link", name="Build on it").click()
    expect(page).to_have_url(re.compile("/build/shoppers$"))
    assert [] == complaints


def test_an_address_that_is_not_there_says_so(page: Page, complaints: list[str]) -> None:
    """A dataset that is gone, a page that never was."""
    page.goto("/build/nowhere")
    expect(page.get_by_role("heading", level=1)).to_contain_text("no dataset")

    page.goto("/elsewhere")

    expect(page.get_by_role("heading", level=1)).to_contain_text("no such page")
    assert [] == complaints


def _brightness(page: Page, selector: str) -> int:
    """Of the background as painted, 0 to 255: the middle of a one-pixel picture of it."""
    colour: list[int] = page.locator(selector).first.evaluate("""element => {
        const canvas = document.createElement('canvas').getContext('2d');
        canvas.fillStyle = getComputedStyle(element).backgroundColor;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    }""")
    return max(colour[:3])
