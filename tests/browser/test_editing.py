"""Building: fields, values, groups, keys, dragging, undo."""

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.builder import Builder
from tests.browser.site import Site

STATE = {"field": "state", "op": "is", "value": "CA"}
PLAN = {"field": "plan", "op": "in", "value": ["growth"]}
ORDERS = {"field": "orders", "op": "gte", "value": 3}
FLAT: dict[str, Any] = {"all": [STATE, PLAN, ORDERS]}
NESTED: dict[str, Any] = {"all": [STATE, {"any": [PLAN, ORDERS]}]}


def test_a_condition_is_built_from_nothing(builder: Builder, site: Site) -> None:
    """Field, operator, value: each chosen with a pointer."""
    builder.open()
    row = builder.page.locator(".rule")

    builder.choose(row.get_by_role("combobox", name="Field"), "Lifetime spend")
    builder.choose(row.get_by_role("combobox", name="Operator"), "is between")
    row.get_by_label("Value for Lifetime spend, from").fill("100.10")
    row.get_by_label("Value for Lifetime spend, to").fill("250")

    built = {"field": "spend", "op": "between", "value": ["100.10", "250"]}
    assert {"all": [built]} == builder.condition()
    assert site.count("shoppers", built)["count"] == builder.size()


def test_a_value_is_chosen_by_its_first_letters_and_count(builder: Builder, site: Site) -> None:
    """The list says how many records each value has."""
    builder.open({"all": [PLAN]})
    values = site.ask("GET", "/datasets/shoppers/fields/plan/values?prefix=st")["items"]

    builder.row("Plan").get_by_label("Value for Plan").press_sequentially("st")
    builder.page.get_by_role("option", name=f"starter {values[0]['count']:,}").click()

    assert ["growth", "starter"] == builder.condition()["all"][0]["value"]


def test_values_may_be_pasted_one_per_line(builder: Builder) -> None:
    """A list from a spreadsheet becomes values, each once."""
    builder.open({"all": [PLAN]})
    field = builder.row("Plan").get_by_label("Value for Plan")

    field.evaluate("""input => {
        const data = new DataTransfer();
        data.setData('text', 'free\\nstarter\\r\\ngrowth\\nfree');
        input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
    }""")

    expect(builder.row("Plan").get_by_text("starter")).to_be_visible()
    assert ["growth", "free", "starter"] == builder.condition()["all"][0]["value"]


def test_every_kind_of_value_has_its_input(builder: Builder) -> None:
    """Yes or no, a date, members of a set, a window."""
    conditions = [
        {"field": "subscribed", "op": "is", "value": True},
        {"field": "birthday", "op": "gte", "value": "1980-05-01"},
        {"field": "tags", "op": "has_any", "value": ["vip"]},
        {"field": "last_order", "op": "in_last", "value": {"amount": 2, "unit": "week"}},
        {"field": "spend", "op": "is_set"},
    ]
    builder.open({"all": conditions})

    builder.row("Subscribed").get_by_role("radio", name="No").check()
    builder.row("Birthday").get_by_label("Value for Birthday").fill("1990-12-31")
    builder.choose(builder.row("Last order").get_by_role("combobox", name="unit"), "months")
    builder.row("Last order").get_by_role("radio", name="whole months").check()

    changed = builder.condition()["all"]
    assert {"field": "subscribed", "op": "is", "value": False} == changed[0]
    assert changed[1]["value"] == "1990-12-31"
    assert {"amount": 2, "unit": "month"} == changed[3]["value"]
    assert changed[3]["calendar"] is True


def test_keys_move_group_and_undo_with_the_focus_kept(builder: Builder) -> None:
    """Alt and arrows move, G groups, Ctrl Z takes it back; the handle stays in focus."""
    builder.open(NESTED)
    handle = builder.handle("State")

    handle.press("Alt+ArrowDown")

    assert builder.condition() == {"all": [{"any": [STATE, PLAN, ORDERS]}]}
    handle.press("g")
    expect(builder.groups()).to_have_count(3)
    expect(handle).to_be_focused()
    handle.press("Control+z")
    handle.press("Control+z")
    assert NESTED == builder.condition()
    builder.page.keyboard.press("Control+Shift+z")
    assert ["State", "Plan", "Orders"] == builder.rows()


def test_keys_walk_duplicate_and_remove(builder: Builder) -> None:
    """Arrows go between rows; what is removed hands the focus on."""
    builder.open(FLAT)

    builder.handle("State").press("ArrowDown")
    expect(builder.handle("Plan")).to_be_focused()
    rules = builder.page.locator(".rule")
    builder.page.keyboard.press("d")
    expect(rules).to_have_count(4)
    assert ["State", "Plan", "Plan", "Orders"] == builder.rows()
    builder.page.keyboard.press("Delete")
    # The focus goes to the row that is left; the next key is for that one.
    expect(rules).to_have_count(3)
    expect(builder.handle("Plan")).to_be_focused()
    builder.page.keyboard.press("Delete")
    expect(rules).to_have_count(2)

    assert ["State", "Orders"] == builder.rows()
    expect(builder.handle("Orders")).to_be_focused()


def test_single_letters_can_be_switched_off(builder: Builder) -> None:
    """For people whose speech or switch types letters."""
    builder.open(FLAT)

    builder.page.keyboard.press("?")
    builder.page.get_by_label("Single-letter keys").click()
    builder.page.get_by_role("button", name="Close").click()
    builder.handle("State").press("d")

    assert ["State", "Plan", "Orders"] == builder.rows()


def test_a_row_is_dragged_into_a_nested_group(builder: Builder) -> None:
    """Dropped beside a row in there, it lands there, and is counted there."""
    builder.open(NESTED)
    before = builder.size()

    builder.handle("State").drag_to(builder.row("Orders"))

    inner = builder.page.get_by_role("group", name="Group at level 2: any of")
    expect(inner.get_by_role("group", name="Condition on State")).to_be_visible()
    assert before != builder.size()


def test_the_menu_of_a_row_does_what_the_keys_do(builder: Builder) -> None:
    """A way without dragging and without keys."""
    builder.open(FLAT)

    builder.row("Orders").get_by_role("button", name="Actions").click()
    builder.page.get_by_role("menuitem", name="Move up").click()
    assert ["State", "Orders", "Plan"] == builder.rows()
    builder.row("Orders").get_by_role("button", name="Actions").click()
    builder.page.get_by_role("menuitem", name="Put in a group").click()

    expect(builder.groups()).to_have_count(2)


def test_typing_is_one_step_of_undo(builder: Builder) -> None:
    """Three digits typed quickly go away together."""
    builder.open({"all": [ORDERS]})

    builder.row("Orders").get_by_label("Value for Orders").press_sequentially("000")
    builder.page.get_by_role("button", name="Undo").click()

    assert {"all": [ORDERS]} == builder.condition()


def test_a_reload_keeps_the_condition(builder: Builder) -> None:
    """Nothing is lost that was not saved."""
    builder.open(NESTED)
    builder.choose(builder.row("State").get_by_role("combobox", name="Operator"), "is not")
    size = builder.size()

    builder.page.reload()

    assert size == builder.size()
    assert [{**STATE, "op": "is_not"}, NESTED["all"][1]] == builder.condition()["all"]
    expect(builder.page).to_have_url(re.compile("/build/shoppers$"))


def test_every_shape_of_time_has_its_input(builder: Builder, site: Site) -> None:
    """Words for periods, days of the week, hours over midnight, an anniversary, the past."""
    times: list[dict[str, Any]] = [
        {"field": "last_order", "op": "in_period", "value": {"period": "month", "offset": 0}},
        {"field": "last_order", "op": "weekday_in", "value": [6]},
        {"field": "last_order", "op": "hour_between", "value": [22, 5]},
        {"field": "birthday", "op": "anniversary", "value": {"in_next": 7}},
    ]
    builder.open({"any": times})
    page = builder.page

    builder.choose(page.get_by_role("combobox", name="Value for Last order", exact=True), "last q")
    page.get_by_role("button", name="Sun").click()
    builder.choose(page.get_by_role("combobox", name="Value for Last order, to"), "06:00")
    page.get_by_label("Value for Birthday, days").fill("30")

    values = [{"period": "quarter", "offset": -1}, [6, 7], [22, 6], {"in_next": 30}]
    changed = [{**leaf, "value": value} for leaf, value in zip(times, values, strict=True)]
    assert {"any": changed} == builder.condition()
    assert site.count("shoppers", {"any": changed})["count"] == builder.size()


def test_options_of_a_row_are_in_its_menu(builder: Builder, site: Site) -> None:
    """Any case, no nulls; an option taken away again under the row."""
    builder.open({"all": [{"field": "state", "op": "is_not", "value": "ca"}]})
    row = builder.row("State")

    for option in ("In any case", "Leave out records with no value"):
        row.get_by_role("button", name="Actions").click()
        builder.page.get_by_role("menuitem", name=option).click()

    said = {"field": "state", "op": "is_not", "value": "ca", "case_sensitive": False}
    assert {"all": [{**said, "nulls": "exclude"}]} == builder.condition()
    assert site.count("shoppers", said)["count"] == builder.size()
    row.get_by_role("button", name="Remove: in any case").click()
    expect(row.get_by_text("in any case")).to_have_count(0)


def test_json_is_pasted_over_the_condition(builder: Builder) -> None:
    """Also what has no editor here yet: it stays as it is and says what is wrong with it."""
    builder.open({"all": [STATE]})
    pasted = {"any": [PLAN, {"nearby": "visits", "where": STATE}]}

    builder.page.get_by_role("button", name="More for this condition").click()
    builder.page.get_by_role("menuitem", name="View or paste JSON").click()
    builder.page.get_by_role("textbox", name="Condition as JSON").fill(json.dumps(pasted))
    builder.page.get_by_role("button", name="Apply").click()

    expect(builder.page.get_by_role("group", name="Condition as JSON")).to_be_visible()
    assert pasted == builder.condition()


def test_the_palette_finds_datasets_and_actions(builder: Builder) -> None:
    """Ctrl K from anywhere."""
    builder.open(FLAT)

    builder.page.keyboard.press("Control+k")
    builder.page.get_by_placeholder("Find a dataset").fill("start over")
    builder.page.keyboard.press("Enter")

    expect(builder.page.get_by_role("group", name="New condition")).to_be_visible()


def test_the_field_list_is_searched_by_name(builder: Builder) -> None:
    """Typing narrows it; Enter takes the first."""
    builder.open(FLAT)

    builder.row("State").get_by_role("combobox", name="Field").click()
    builder.page.keyboard.type("birth")
    builder.page.keyboard.press("Enter")

    assert ["Birthday", "Plan", "Orders"] == builder.rows()
