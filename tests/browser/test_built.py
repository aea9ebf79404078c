"""How the page is made: once, from its sources, without a shell."""

import shutil
from pathlib import Path

import pytest

from gateway.ui import build


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of everything the page is made from."""
    for name in build.SOURCES:
        source, copy = build.UI / name, tmp_path / name
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    return tmp_path


def test_unchanged_sources_are_not_built_again() -> None:
    """The second run only looks."""
    page = build.build()
    made = page.stat().st_mtime_ns

    again = build.build()

    assert made == again.stat().st_mtime_ns


def test_any_changed_source_is_noticed(sources: Path) -> None:
    """By what is in it, by its name and by its being there."""
    before = build.digest(sources)

    (sources / "index.html").write_text("<!doctype html>")
    changed = build.digest(sources)
    (sources / "src" / "tokens.css").rename(sources / "src" / "colours.css")
    renamed = build.digest(sources)

    assert build.digest() == before
    assert len({before, changed, renamed}) == len((before, changed, renamed))


def test_an_unknown_script_is_answered_with_those_there_are() -> None:
    """In one sentence."""
    with pytest.raises(SystemExit, match=r"no script 'biuld'.*build"):
        build.run_script("biuld")


def test_the_lock_names_exact_versions_and_no_address() -> None:
    """So that any registry serves it, and every machine gets the same."""
    package = (build.UI / "package.json").read_text()
    lock = (build.UI / "package-lock.json").read_text()

    assert "^" not in package
    assert "~" not in package
    assert '"resolved"' not in lock
