"""The builder as a person meets it: rows by name, numbers as read, keys as pressed."""

import json
import re
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

DIGITS = re.compile(r"\d")


class Builder:
    """The builder page of one dataset."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._size = page.get_by_test_id("total")

    def open(self, condition: object = None, dataset: str = "shoppers") -> None:
        """Go to the page, with a condition in the address, and wait for its first counts."""
        address = "" if condition is None else f"#condition={quote(json.dumps(condition))}"
        self.page.goto(f"/build/{dataset}{address}")
        expect(self._size).to_have_text(DIGITS)

    def size(self) -> int:
        """The size as shown, once it is that of the last edit."""
        expect(self._size).to_have_text(DIGITS)
        expect(self.page.locator(".size-total[data-stale]")).to_have_count(0)
        return int(self._size.inner_text().replace(",", ""))

    def row(self, field: str) -> Locator:
        """The condition on a field, by its label."""
        return self.page.get_by_role("group", name=f"Condition on {field}")

    def rows(self) -> list[str]:
        """What each row is about, from the top down."""
        names = self.page.locator(".rule").evaluate_all(
            "rows => rows.map(row => row.getAttribute('aria-label'))"
        )
        return [name.removeprefix("Condition on ") for name in names]

    def count(self, part: Locator) -> int:
        """The count beside a row or at the head of a group."""
        self.size()
        badge = part.locator("[data-testid^=count-] .count-number").first
        return int(badge.inner_text().replace(",", ""))

    def handle(self, field: str) -> Locator:
        """The grip of a row."""
        return self.page.get_by_role("button", name=f"Move condition on {field}")

    def groups(self) -> Locator:
        """Every group, the outermost first."""
        return self.page.locator(".group")

    def choose(self, picker: Locator, option: str) -> None:
        """Open a picker and take one of its options."""
        picker.click()
        self.page.get_by_role("option", name=option).first.click()

    def condition(self) -> Any:
        """The condition as the page would copy it."""
        self.page.get_by_role("button", name="More for this condition").click()
        self.page.get_by_role("menuitem", name="View or paste JSON").click()
        text = self.page.get_by_role("textbox", name="Condition as JSON").input_value()
        self.page.get_by_role("button", name="Cancel").click()
        return json.loads(text)
