"""A Chromium to test with: one that is there already, or the one that an npm package carries."""

import os
import shutil
import subprocess
from pathlib import Path

from gateway.ui import build

HERE = Path(__file__).resolve().parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str:
    """Where the program is. The package needs no root, and only the package registry."""
    if path := os.environ.get("CARDINAL_CHROMIUM"):
        return path
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path), None) or _unpacked()


def _unpacked() -> str:
    build.install(HERE)
    node = str(build.node_home() / "bin" / "node")
    done = subprocess.run(
        [node, "path.mjs"],
        cwd=HERE,
        env=build.node_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()
