"""Servers to test against: those that are there already, or Debian's, unpacked into a cache.

Needs no root: packages are only downloaded and unpacked, below ``.venv/debian``, never installed.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = (Path(__file__).parents[2] / ".venv").resolve() / "debian"
HOMES = ("usr/bin", "usr/sbin", "usr/lib/postgresql/*/bin")
"""Where programs are below a root, as patterns."""
LIBRARIES = ("lib/*-linux-gnu", "usr/lib/*-linux-gnu")
DOWNLOAD_WITHIN_S = 300
WHOLE = ".whole"


class NoProgram(RuntimeError):
    """Neither the machine nor Debian gives the program; the message says what to do."""


def program(package: str, name: str) -> Path:
    """A program that can be started as it is: the machine's own, or one of a Debian package.

    The first call may download some megabytes; calls of several processes wait for each other.
    Raises: NoProgram.
    """
    found = shutil.which(name) or _in(Path("/"), name)
    if found is not None:
        return Path(found)
    with _alone(package):
        root = CACHE / package
        if not (root / WHOLE).exists():
            _unpack(package, root)
        real = _in(root, name)
        if real is None:
            raise NoProgram(f"Debian's {package} has no program {name}")
        return _started_with_its_libraries(root, real)


def copied_program(package: str, name: str, folder: Path) -> Path:
    """A program of a package that ``program`` unpacked, from a copy of it below a folder.

    For who may not look into the cache. Raises: NoProgram.
    """
    root = folder / package
    if not root.exists():
        shutil.copytree(CACHE / package, root, symlinks=True)
    real = _in(root, name)
    if real is None:
        raise NoProgram(f"Debian's {package} has no program {name}")
    return _started_with_its_libraries(root, real)


def _in(root: Path, name: str) -> Path | None:
    places = (place / name for home in HOMES for place in sorted(root.glob(home), reverse=True))
    return next((place for place in places if os.access(place, os.X_OK)), None)


@contextmanager
def _alone(package: str) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(package: str, root: Path) -> None:
    """The package and the libraries it needs that the machine lacks, below ``root``."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NoProgram(
            f"the tests need the program of Debian's package {package}: install it, or run them"
            " on Debian or Ubuntu, where they fetch it by themselves"
        )
    shutil.rmtree(root, ignore_errors=True)
    archives = root / "archives"
    archives.mkdir(parents=True)
    options = _download(_needed(package, ()), archives, ())
    if options is None:
        # The machine has no package lists, or old ones: get some of our own, which needs no root.
        fresh = _own_lists()
        _run("apt-get", *fresh, "update")
        options = _download(_needed(package, fresh), archives, fresh)
    if options is None:
        raise NoProgram(
            f"Debian's package {package} can't be downloaded here: install it with"
            f" `apt install {package}` and run the tests again"
        )
    for archive in sorted(archives.glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), str(root))
    shutil.rmtree(archives)
    (root / WHOLE).touch()


def _download(packages: list[str], folder: Path, options: tuple[str, ...]) -> object:
    """None where it fails."""
    done = _run("apt-get", *options, "-o", "APT::Sandbox::User=", "download", *packages, at=folder)
    return done if done.returncode == 0 and any(folder.glob("*.deb")) else None


def _needed(package: str, options: tuple[str, ...]) -> list[str]:
    """The package, its siblings and the libraries below it that are not installed."""
    family = package.split("-", maxsplit=1)[0]
    needed, waiting = [package], [package]
    while waiting:
        for name in _depends(waiting.pop(), options):
            if name in needed or not name.startswith(("lib", f"{family}-")) or _installed(name):
                continue
            needed.append(name)
            waiting.append(name)
    return needed


def _depends(package: str, options: tuple[str, ...]) -> list[str]:
    """The packages it can't do without; of alternatives the first."""
    told = _run("apt-cache", *options, "show", "--no-all-versions", package).stdout
    fields = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    listed = ", ".join(fields.get(name, "") for name in ("Pre-Depends", "Depends"))
    parts = (part.split("|")[0].split("(")[0].strip() for part in listed.split(","))
    return [part.split(":")[0] for part in parts if part]


def _installed(package: str) -> bool:
    asked = _run("dpkg-query", "-W", "-f=${Status}", package)
    return asked.stdout.endswith(" installed")


def _own_lists() -> tuple[str, ...]:
    state, kept = CACHE / "apt" / "state", CACHE / "apt" / "cache"
    for folder in (state / "lists" / "partial", kept / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    return (
        "-o", f"Dir::State={state}", "-o", f"Dir::Cache={kept}",
        "-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "APT::Sandbox::User=",
    )  # fmt: skip


def _run(*command: str, at: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=at, capture_output=True, text=True, check=False, timeout=DOWNLOAD_WITHIN_S,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip


def _started_with_its_libraries(root: Path, real: Path) -> Path:
    """A line of shell that becomes the program, so that its process id is the program's."""
    started = root / "start" / real.name
    started.parent.mkdir(exist_ok=True)
    libraries = ":".join(str(at) for place in LIBRARIES for at in sorted(root.glob(place)))
    lines = (
        "#!/bin/sh\n"
        f'LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n'
        f'export LD_LIBRARY_PATH\nexec "{real}" "$@"\n'
    )
    if not started.exists() or started.read_text() != lines:
        started.write_text(lines)
        started.chmod(0o755)
    return started
