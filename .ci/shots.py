"""Takes the pictures of README.md: the builder over the demo data, by day and by night.

Uses the service and the browser of the browser tests. `make shots`.
"""

import tempfile
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.builder import Builder
from tests.browser.chromium import FLAGS, browser_path
from tests.browser.site import DEMO, Site, serving

PICTURES = Path(__file__).resolve().parent.parent / "gateway" / "ui" / "pictures"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WINDOW: Any = {"width": 1440, "height": 900}
SHOPPERS: dict[str, Any] = {
    "all": [
        {"field": "income", "op": "in", "value": ["75-99K", "100-124K"]},
        {"field": "age", "op": "is", "value": "45-54"},
        {"any": [
            {"field": "home_ownership", "op": "is", "value": "Homeowner"},
            {"not": {"field": "kids_count", "op": "is", "value": "0"}},
        ]},
    ]
}  # fmt: skip


def shoot(browser: Browser, site: Site, scheme: Literal["light", "dark"]) -> None:
    """One picture, once counts and members are there and the demo's note is read."""
    context = browser.new_context(
        base_url=site.url,
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
        color_scheme=scheme,
        viewport=WINDOW,
        device_scale_factor=2,
    )
    builder = Builder(context.new_page())
    builder.open(SHOPPERS, dataset="households")
    expect(builder.page.get_by_role("table")).to_be_visible()
    builder.page.screenshot(path=PICTURES / f"builder-{scheme}.png")
    context.close()


def main() -> None:
    """Serve the demo from a folder of its own and take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), *DEMO) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        for scheme in SCHEMES:
            shoot(browser, site, scheme)
        browser.close()


if __name__ == "__main__":
    main()
