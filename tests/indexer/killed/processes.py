"""Starts processes that write, and kills them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.indexer.killed.ledger import Ledger


class Maker:
    """The process that forks others, and its two pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def run(
        self,
        folder: Path,
        seed: int,
        ledger: Ledger,
        *,
        lines: int,
        wait_s: float,
        die_at: int = 0,
        stopped: Callable[[], object] = lambda: None,
    ) -> None:
        """Have a process write until it has told so many lines and a while is over, or it died.

        All it told goes into the ledger. ``stopped`` is called when it stands still, at its end.
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
                os.kill(number, signal.SIGSTOP)
                while not stands_still(number):
                    os.sched_yield()
                stopped()
                os.kill(number, signal.SIGKILL)


def stands_still(number: int) -> bool:
    """Whether all threads of a process are stopped, or it is gone."""
    tasks = Path(f"/proc/{number}/task").glob("*/stat")
    return all(task.read_text().rpartition(") ")[2][0] in "TZ" for task in tasks)


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
