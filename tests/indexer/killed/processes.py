"""Starts processes that write, and kills them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.indexer.killed.ledger import Ledger


class Maker:
    """The process that forks others, and its two pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def run(
        self, folder: Path, seed: int, ledger: Ledger, *, lines: int, wait_s: float, die_at: int = 0
    ) -> None:
        """Have a process write until it has told so many lines and a while is over, or it died.

        All it told goes into the ledger.
        """
        asked = {"folder": str(folder), "seed": seed, "starts": ledger.starts, "die_at": die_at}
        taken, given = self._process.stdout, self._process.stdin
        assert taken is not None
        assert given is not None
        given.write(json.dumps(asked).encode() + b"\n")
        given.flush()
        number, told = 0, 0
        while True:
            line = taken.readline().decode()
            assert line, "the maker of processes has ended"
            word, *rest = line.split()
            if word == "ended":
                assert [str(-signal.SIGKILL)] == rest
                return
            if word == "began":
                number = int(rest[0])
            ledger.note(line)
            told += 1
            if told == lines + 1:
                select.select([], [], [], wait_s)
                os.kill(number, signal.SIGKILL)


@contextmanager
def maker() -> Iterator[Maker]:
    """One that is ready. Cost: a second, and then some milliseconds a process."""
    command = [sys.executable, "-m", "tests.indexer.killed.child"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Maker(process)
    finally:
        process.kill()
        process.communicate()
