"""A disk whose power is cut: a file system in a file, mounted, and copied while somebody writes."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

IMAGE_BYTES = 96 * 2**20


class NoMounts(Exception):
    """This machine does not let us mount."""


def made(image: Path) -> None:
    """An empty file system. Raises: NoMounts."""
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run("mkfs.ext4", "-q", "-F", str(image))


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[None]:
    """The file system, its journal replayed. Raises: NoMounts."""
    at.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", str(image), str(at))
    try:
        yield
    finally:
        with suppress(NoMounts):
            _run("umount", "-l", str(at))


def can_mount(folder: Path) -> bool:
    """Whether this machine lets us."""
    image = folder / "tried"
    try:
        made(image)
        with mounted(image, folder / "at"):
            return True
    except NoMounts:
        return False
    finally:
        image.unlink(missing_ok=True)


def _run(*command: str) -> None:
    program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        raise NoMounts(command[0])
    done = subprocess.run([program, *command[1:]], capture_output=True, check=False)
    if done.returncode:
        raise NoMounts(done.stderr.decode())
