"""The papers say what is there: links lead somewhere, recipes name real files, verbs exist."""

import re
from pathlib import Path

from tests.repo.sources import PACKAGES, ROOT

PAPERS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
SOURCE = re.compile(r'(?:src|srcset)="(?!https?:)([^"]+)"')
NAMED = re.compile(rf"`((?:{'|'.join(PACKAGES)}|proto|tests|benchmarks|requirements)/[\w./-]+)`")
MAKE = re.compile(r"`make ([a-z-]+)")
TARGET = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)


def test_a_link_in_a_paper_leads_somewhere() -> None:
    """Pictures too."""
    lost = [
        f"{paper}: {target}"
        for paper in PAPERS
        for target in (*LINK.findall(text(paper)), *SOURCE.findall(text(paper)))
        if not (ROOT / target).exists()
    ]

    assert [] == lost


def test_a_file_named_in_a_paper_exists() -> None:
    """A recipe with a wrong step is worse than none."""
    lost = [
        f"{paper}: {name}"
        for paper in PAPERS
        for name in NAMED.findall(text(paper))
        if paper != "CHANGELOG.md" and not (ROOT / name).exists()
    ]

    assert [] == lost


def test_a_make_verb_named_in_a_paper_exists() -> None:
    """And every verb has a line of help."""
    makefile = text("Makefile")
    verbs = set(TARGET.findall(makefile))

    unknown = {verb for paper in PAPERS for verb in MAKE.findall(text(paper))} - verbs
    helpless = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - verbs

    assert set() == unknown
    assert set() == helpless


def test_the_architecture_page_has_every_folder() -> None:
    """One paragraph each, as the question it answers."""
    page = text("ARCHITECTURE.md")
    folders = [
        folder.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for folder in (ROOT / package).iterdir()
        if (folder / "__init__.py").exists()
    ]

    assert [] == sorted(folder for folder in folders if f"`{folder}/`" not in page)


def text(name: str) -> str:
    """What a paper says."""
    return Path(ROOT, name).read_text("utf-8")
