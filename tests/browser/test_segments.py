"""Segments in the page: saved, opened, used in another, saved over, deleted."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.builder import Builder
from tests.browser.site import Site

STATE: dict[str, Any] = {"field": "state", "op": "is", "value": "CA"}


def test_a_condition_is_saved_under_a_name_and_opened_again(builder: Builder, site: Site) -> None:
    """With its tags; found on the page of segments by one of them."""
    builder.open({"all": [STATE]})
    page, size = builder.page, builder.size()

    page.keyboard.press("Control+s")
    page.get_by_label("Name").fill("Californians")
    page.get_by_role("combobox", name="Tags").fill("west")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save segment").click()
    expect(page).to_have_url(re.compile("segment=sg_"))

    page.get_by_role("link", name="Segments").click()
    page.get_by_label("Find a segment").fill("west")
    expect(page.get_by_role("row", name="Californians")).to_contain_text(f"{size:,}")
    page.get_by_role("link", name="Californians").click()
    expect(page.get_by_text("version 1, as saved")).to_be_visible()
    assert {"all": [STATE]} == builder.condition()
    assert [size] == [each["size"] for each in _named(site, "Californians")]


def test_a_segment_is_a_condition_of_another(builder: Builder, site: Site) -> None:
    """By its name; whoever is no member, too."""
    made = _made(site, "Texans", {**STATE, "value": "TX"})
    builder.open()
    row = builder.page.locator(".rule").first

    builder.choose(row.get_by_role("combobox", name="Field"), "segment")
    builder.choose(row.get_by_role("combobox", name="Segment", exact=True), "Texans")
    assert made["size"] == builder.size()
    builder.choose(row.get_by_role("combobox", name="Member or not"), "is no member of")

    assert {"all": [{"not": {"segment": made["id"]}}]} == builder.condition()
    expect(builder.page.get_by_test_id("sentence")).to_contain_text("Texans")


def test_who_saves_over_a_newer_version_is_asked(
    builder: Builder, site: Site, complaints: list[str]
) -> None:
    """Nothing of somebody else is lost without a word."""
    made = _made(site, "Floridians", {**STATE, "value": "FL"})
    page = builder.page
    page.goto(f"/build/shoppers?segment={made['id']}")
    expect(page.get_by_text("version 1, as saved")).to_be_visible()

    theirs = {"version": 1, "condition": {**STATE, "value": "GA"}}
    site.ask("PATCH", f"/segments/{made['id']}", json=theirs)
    builder.row("State").get_by_label("Value for State").fill("OH")
    page.get_by_role("button", name="Save version 2").click()

    expect(page.get_by_text("Somebody else has saved this segment")).to_be_visible()
    assert ["409 (Conflict)" in complaint for complaint in complaints] == [True]
    complaints.clear()
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("version 3, as saved")).to_be_visible()
    assert site.ask("GET", f"/segments/{made['id']}")["condition"] == {
        "all": [{**STATE, "value": "OH"}]
    }


def test_a_segment_in_use_is_not_deleted(page: Page, site: Site) -> None:
    """Its users are named; once they are gone, it can be."""
    used = _made(site, "Used", STATE)
    _made(site, "User", {"segment": used["id"]})
    page.goto("/segments")

    page.get_by_role("button", name="Delete Used").click()
    expect(page.get_by_role("dialog").get_by_role("link", name="User")).to_be_visible()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    for name in ("User", "Used"):
        page.get_by_role("button", name=f"Delete {name}", exact=True).click()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_role("dialog")).to_have_count(0)

    expect(page.get_by_role("link", name="Used")).to_have_count(0)
    assert [] == _named(site, "Used")


def _made(site: Site, name: str, condition: object) -> dict[str, Any]:
    body = {"name": name, "dataset": "shoppers", "condition": condition}
    return dict(site.ask("POST", "/segments", json=body))


def _named(site: Site, name: str) -> list[dict[str, Any]]:
    return [each for each in site.ask("GET", "/segments")["items"] if each["name"] == name]
