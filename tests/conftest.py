"""What every test run needs: browser tests come last and together, random tests take their time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from xdist.scheduler import LoadScopeScheduling

from tests.support import duck

TOGETHER = ("tests/browser/", "tests/spec/demo/")
"""Folders whose tests share one expensive thing, so all of them run in one process."""

# A slow machine is no failure; drawing a whole dataset is slow and large by hypothesis' measure.
settings.register_profile(
    "house",
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("house")


class TogetherByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands single tests to whoever is free, but a folder of ``TOGETHER`` to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--torture``: only the tests that can be made larger, as large as they get."""
    parser.addoption("--torture", action="store_true", help="run the torture sizes, and only those")


@pytest.fixture
def torture_size(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """From the size for every run and the one for torture to the one that is meant now."""
    torture: bool = request.config.getoption("--torture")
    return lambda usual, large: large if torture else usual


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherByFolder:
    """With ``-n``: the scheduler above, whatever ``--dist`` says."""
    config.option.loadscopereorder = False
    return TogetherByFolder(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The demo first, as it takes longest; the browser last.

    Playwright keeps an event loop running in its thread, in which no other can start. At the end
    it also has the machine to itself, and that is where waiting is measured.
    """
    if config.getoption("--torture"):
        chosen = [each for each in items if "torture_size" in getattr(each, "fixturenames", ())]
        config.hook.pytest_deselected(items=[each for each in items if each not in chosen])
        items[:] = chosen
    items.sort(key=_turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured; a test that runs in another process can't do it itself."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            terminalreporter.write_line(f"measured {name}: {value}")


def pytest_unconfigure() -> None:
    """Leave nothing that complains after pytest's own last line."""
    duck.forget()


def _turn(item: pytest.Item) -> int:
    browser, demo = TOGETHER
    return 0 if item.nodeid.startswith(demo) else 2 if item.nodeid.startswith(browser) else 1


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A test that ran a command leaves the next one no logger that writes where it wrote."""
    yield
    structlog.reset_defaults()
