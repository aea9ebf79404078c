"""The pictures of the papers, taken of the demo: ``make shots``."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gateway.ui import build
from tests.browser.builder import Builder
from tests.browser.site import Site

PICTURES = build.UI / "pictures"
VIEW: Any = {"width": 1360, "height": 850}
CONDITION: dict[str, Any] = {
    "all": [
        {"field": "income", "op": "in", "value": ["50-74K", "75-99K", "100-124K"]},
        {"any": [
            {"field": "age", "op": "is", "value": "45-54"},
            {"all": [
                {"field": "household_size", "op": "in", "value": ["3", "4"]},
                {"field": "kids_count", "op": "is_not", "value": "0"},
            ]},
        ]},
        {"not": {"field": "home_ownership", "op": "is", "value": "Renter"}},
    ]
}  # fmt: skip


@pytest.mark.pictures
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_builder_is_pictured(browser: Browser, demo: Site, scheme: Any) -> None:
    """Counts on every part, over the households of a grocery chain."""
    context = browser.new_context(
        base_url=demo.url,
        viewport=VIEW,
        color_scheme=scheme,
        device_scale_factor=1.5,
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    builder = Builder(context.new_page())
    builder.open(CONDITION, dataset="households")
    expect(builder.page.get_by_role("table")).to_be_visible()
    # The first answer includes starting up; the picture shows the pace of every later one.
    for value in ("35-44", "45-54"):
        builder.row("Age").get_by_label("Value for Age").fill(value)
        builder.size()
    builder.page.get_by_role("heading", level=1).click()

    builder.page.screenshot(path=PICTURES / f"builder-{scheme}.png")

    context.close()
