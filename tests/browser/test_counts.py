"""The numbers on the page: live, exact, on every part."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.builder import Builder
from tests.browser.site import Site

NESTED: dict[str, Any] = {
    "all": [
        {"field": "state", "op": "in", "value": ["CA", "TX"]},
        {"any": [
            {"field": "orders", "op": "gte", "value": 9},
            {"all": [
                {"field": "plan", "op": "is", "value": "growth"},
                {"field": "spend", "op": "gt", "value": "250.50"},
            ]},
        ]},
    ]
}  # fmt: skip
WINDOW = {"field": "last_order", "op": "in_last", "value": {"amount": 30, "unit": "day"}}


def test_an_edit_changes_the_size_to_what_the_api_counts(builder: Builder, site: Site) -> None:
    """The number on the page is the number of the API, before and after."""
    builder.open({"all": [WINDOW]})
    before = builder.size()

    builder.page.get_by_label("Value for Last order, amount").fill("90")

    longer = {**WINDOW, "value": {"amount": 90, "unit": "day"}}
    assert site.count("shoppers", WINDOW)["count"] == before
    assert site.count("shoppers", longer)["count"] == builder.size()
    assert before < builder.size()


def test_every_part_shows_its_own_count(builder: Builder, site: Site) -> None:
    """Rows and groups, by their pointers."""
    builder.open(NESTED)

    per_node = site.count("shoppers", NESTED)["per_node"]
    assert per_node["/all/0"] == builder.count(builder.row("State"))
    assert per_node["/all/1"] == builder.count(builder.groups().nth(1))
    assert per_node["/all/1/any/1"] == builder.count(builder.groups().nth(2))
    assert per_node["/all/1/any/1/all/1"] == builder.count(builder.row("Lifetime spend"))


def test_an_unfinished_condition_is_left_out(builder: Builder) -> None:
    """A row without a value is no error and counts nothing away."""
    builder.open({"all": [{"field": "state", "op": "is", "value": "CA"}]})
    before = builder.size()

    builder.page.get_by_role("button", name="Condition", exact=True).click()
    builder.page.get_by_role("option", name="Orders").click()

    assert before == builder.size()
    assert len(builder.condition()["all"]) == 1


def test_a_muted_condition_is_kept_and_not_counted(builder: Builder, site: Site) -> None:
    """M on its handle, and M again."""
    builder.open({"all": [WINDOW, {"field": "state", "op": "is", "value": "CA"}]})
    both = builder.size()

    builder.handle("State").press("m")

    assert site.count("shoppers", WINDOW)["count"] == builder.size()
    assert builder.condition()["all"][1]["muted"] is True
    expect(builder.row("State").get_by_text("muted")).to_be_visible()
    builder.handle("State").press("m")
    assert both == builder.size()


def test_not_turns_a_condition_around(builder: Builder, site: Site) -> None:
    """N on its handle: the others, null included."""
    inner = {"field": "spend", "op": "gte", "value": "100"}
    builder.open({"all": [inner]})

    builder.handle("Lifetime spend").press("n")

    assert site.count("shoppers", {"not": inner})["count"] == builder.size()
    assert {"all": [{"not": inner}]} == builder.condition()


def test_a_problem_stands_on_its_row_and_the_rest_is_counted(builder: Builder, site: Site) -> None:
    """What is typed stays, the row says why, and the other conditions go on."""
    state = {"field": "state", "op": "is", "value": "CA"}
    builder.open({"all": [state, {"field": "orders", "op": "gte", "value": 3}]})

    builder.row("Orders").get_by_label("Value for Orders").fill("3 or more")

    expect(builder.row("Orders").get_by_role("alert")).to_be_visible()
    expect(builder.row("State").get_by_role("alert")).to_have_count(0)
    assert site.count("shoppers", state)["count"] == builder.size()
    builder.row("Orders").get_by_label("Value for Orders").fill("4")
    expect(builder.row("Orders").get_by_role("alert")).to_have_count(0)


def test_a_sentence_says_what_the_condition_means(builder: Builder, site: Site) -> None:
    """In the words of the API, and again after an edit."""
    builder.open({"all": [WINDOW]})
    sentence = builder.page.get_by_test_id("sentence")
    body = {"condition": {"all": [WINDOW]}}

    told = site.ask("POST", "/datasets/shoppers/describe", json=body)["text"]

    expect(sentence).to_have_text(told)
    builder.page.get_by_label("Value for Last order, amount").fill("45")
    expect(sentence).to_have_text(told.replace("30", "45"))


def test_some_members_are_shown(builder: Builder, site: Site) -> None:
    """Ten of them, and those of the edited condition after an edit."""
    condition = {"field": "state", "op": "is", "value": "OH"}
    builder.open({"all": [condition]})
    table = builder.page.get_by_role("table")

    body = {"condition": condition, "limit": 10}
    members = site.ask("POST", "/datasets/shoppers/members", json=body)["items"]

    keys = table.locator("tbody th")
    expect(keys).to_have_text([str(member["key"]) for member in members])
    builder.row("State").get_by_label("Value for State").fill("nowhere")
    expect(builder.page.get_by_text("No record matches")).to_be_visible()


def test_the_clock_of_the_data_is_told(builder: Builder) -> None:
    """A window of days means the dataset's days."""
    builder.open({"all": [WINDOW]})

    expect(builder.page.get_by_text("Demo clock: it is 31 Dec 2017")).to_be_visible()
    expect(builder.row("Last order").get_by_text("to 31 Dec 2017, 12:00")).to_be_visible()
