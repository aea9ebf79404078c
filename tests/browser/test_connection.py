"""Without a connection, and without having signed in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.builder import Builder
from tests.browser.site import GUARDED, Site, serving

STATE = {"field": "state", "op": "is", "value": "CA"}


LINK = re.compile(r"http://\S+/signin\?ticket=\S+")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that wants to know who is asking."""
    with serving(tmp_path_factory.mktemp("guarded"), *GUARDED) as running:
        yield running


class Line:
    """The live connection, which can be cut and mended."""

    def __init__(self, page: Page) -> None:
        self.cut = False
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/api/v1/live"), self._route)

    def break_off(self) -> None:
        """Close what is open and let nothing open again."""
        self.cut = True
        for socket in self._sockets:
            socket.close()

    def _route(self, socket: WebSocketRoute) -> None:
        if self.cut:
            socket.close()
        else:
            socket.connect_to_server()
            self._sockets.append(socket)


def test_a_lost_connection_is_told_and_mended(builder: Builder, site: Site) -> None:
    """Edits go on meanwhile; the last one is counted once the line is back."""
    line = Line(builder.page)
    builder.open({"all": [STATE]})
    banner = builder.page.get_by_text("The connection to Cardinal is lost")

    line.break_off()
    expect(banner).to_be_visible()
    builder.row("State").get_by_label("Value for State").fill("TX")
    line.cut = False
    builder.page.get_by_role("button", name="Try now").click()

    expect(banner).to_have_count(0)
    assert site.count("shoppers", {**STATE, "value": "TX"})["count"] == builder.size()


def test_people_who_are_not_signed_in_are_told_how(page: Page, complaints: list[str]) -> None:
    """Any page says to use the sign-in link, and shows nothing else."""
    refused = {"error": {"code": "not_signed_in", "message": "Sign in first.", "problems": []}}
    page.route("**/api/v1/session", lambda route: route.fulfill(status=401, json=refused))

    page.goto("/build/shoppers")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
    expect(page.get_by_text("sign-in link")).to_be_visible()
    # Chromium itself writes a line for each answer that is an error.
    assert ["Failed to load resource" in each for each in complaints] == [True]
    complaints.clear()


def test_the_sign_in_link_opens_the_page_once(
    page: Page, complaints: list[str], guarded: Site
) -> None:
    """From the printed link to live counts, which need a ticket of their own."""
    link = LINK.search(guarded.said.read_text())
    assert link is not None

    page.goto(link.group())
    expect(page.get_by_role("heading", level=1)).to_have_text("No data yet")
    schema = {"name": "visits", "key": None, "fields": [{"name": "place", "type": "keyword"}]}
    made = page.request.post(
        f"{guarded.url}/api/v1/datasets", data=schema, headers={"Origin": guarded.url}
    )
    page.goto(f"{guarded.url}/build/visits")

    assert made.ok
    expect(page.get_by_test_id("total")).to_have_text("0")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    page.context.clear_cookies()
    page.goto(link.group())
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is used up")
    assert all("Failed to load resource" in each for each in complaints)
    complaints.clear()
