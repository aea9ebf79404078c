"""Python's collector of cycles: kept from what stays, back at work for what comes."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from indexer.runtime import cycles


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def thresholds() -> Iterator[None]:
    """Leaves the collector of the tests as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("thresholds")
def test_what_was_loaded_is_never_looked_at_and_what_comes_later_is() -> None:
    """Each is garbage when it is looked for."""
    with cycles.loading():
        works = gc.isenabled()
        loaded = weakref.ref(Knot())
    later = weakref.ref(Knot())

    gc.collect()

    assert [False, True] == [works, gc.isenabled()]
    assert cycles.THRESHOLDS == gc.get_threshold()
    assert loaded() is not None
    assert later() is None
