"""One service and one browser for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from gateway.ui import build
from tests.browser.builder import Builder
from tests.browser.chromium import FLAGS, browser_path
from tests.browser.shoppers import put_shoppers
from tests.browser.site import DEMO, SERVE, Site, serving

PICTURES = "pictures"


def pytest_configure(config: pytest.Config) -> None:
    """Taking pictures is no test: it is done when asked for, by its mark."""
    config.addinivalue_line("markers", f"{PICTURES}: takes the pictures of the papers")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the pictures of the papers as they are in an ordinary run."""
    asked = config.getoption("markexpr") == PICTURES
    return True if collection_path.stem == f"test_{PICTURES}" and not asked else None


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How the browser is started: none is ever downloaded by Playwright."""
    return {"executable_path": browser_path(), "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], base_url: str) -> dict[str, Any]:
    """The same language and zone everywhere; reduced motion, so that nothing is half faded."""
    ours = {"locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}
    return {**browser_context_args, **ours, "base_url": base_url}


@pytest.fixture(scope="session", autouse=True)
def page_files() -> Path:
    """The page as its sources are now."""
    return build.build()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running service that holds the shoppers."""
    with serving(tmp_path_factory.mktemp("site"), *SERVE) as running:
        put_shoppers(running)
        yield running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running service that holds the demo data."""
    with serving(tmp_path_factory.mktemp("demo"), *DEMO) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    """What addresses in the tests are relative to."""
    return site.url


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the page complained of; anything fails the test, unless it takes it from the list."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    yield said
    assert [] == said


@pytest.fixture
def builder(page: Page, complaints: list[str]) -> Builder:
    """The builder page, not opened yet."""
    assert [] == complaints
    return Builder(page)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which the UI's lock names."""
    build.install()
    return (Path(build.UI) / "node_modules" / "axe-core" / "axe.min.js").read_text()
