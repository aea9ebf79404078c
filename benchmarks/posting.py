"""Processes that post changes as fast as they are acknowledged.

``python -m benchmarks.posting ADDRESS SEED ROWS PLACE OF BATCHES SIZE`` makes its bodies, prints a
line, waits for one, posts, and prints ``{"started", "ended", "ack_ms"}`` in the machine's own time.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import msgspec

from benchmarks.data.changes import Change, Left, Writer, left_by
from benchmarks.serving import API, Caller, Service


@dataclass(frozen=True, slots=True)
class Work:
    """``batches`` of ``size`` changes from each writer."""

    writers: Sequence[Writer]
    batches: int
    size: int

    @property
    def changes(self) -> int:
        """All of them."""
        return len(self.writers) * self.batches * self.size

    def left(self) -> dict[int, Left]:
        """What is left of every record that was touched."""
        records: dict[int, Left] = {}
        for writer in self.writers:
            records |= left_by(writer.batches(self.batches, self.size))
        return records


@dataclass(frozen=True, slots=True)
class Posted:
    """Seconds from the first request to the last acknowledgement, and the time of each batch."""

    seconds: float
    ack_ms: Sequence[float]


def work_for(seed: int, rows: int, changes: int, size: int, writers: int) -> Work:
    """About so many changes, in whole batches, the same number from each writer."""
    batches = max(1, changes // size // writers)
    return Work([Writer(seed, rows, place, writers) for place in range(writers)], batches, size)


def posted(service: Service, work: Work, meanwhile: Callable[[], None]) -> Posted:
    """Post all of it, a process a writer; ``meanwhile`` is called again and again until the end.

    Raises: RuntimeError where a writer failed.
    """
    processes = [_process(service, writer, work) for writer in work.writers]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        while any(process.poll() is None for process in processes):
            meanwhile()
        told = [process.communicate()[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    if any(process.returncode for process in processes):
        raise RuntimeError("a writer failed")
    ended = [json.loads(each) for each in told]
    seconds = max(each["ended"] for each in ended) - min(each["started"] for each in ended)
    return Posted(seconds, [ms for each in ended for ms in each["ack_ms"]])


def body_of(changes: Sequence[Change]) -> bytes:
    """A batch as it is posted."""
    return msgspec.json.encode({"changes": changes})


def _process(service: Service, writer: Writer, work: Work) -> "subprocess.Popen[str]":
    numbers = (writer.seed, writer.rows, writer.place, writer.of, work.batches, work.size)
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.posting", service.address, *map(str, numbers)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def main(address: str, seed: int, rows: int, place: int, of: int, batches: int, size: int) -> None:
    """One writer."""
    bodies = [body_of(batch) for batch in Writer(seed, rows, place, of).batches(batches, size)]
    with closing(Caller(address)) as caller:
        caller.get(API)
        print("ready", flush=True)
        sys.stdin.readline()
        acks, started = [], time.monotonic()
        for body in bodies:
            before = time.perf_counter()
            answer = caller.post(f"{API}/changes", body)
            acks.append((time.perf_counter() - before) * 1e3)
            if answer["rejected"] or answer["applied"] + answer["unchanged"] != size:
                raise RuntimeError("some changes were left out")
        ended = time.monotonic()
    print(json.dumps({"started": started, "ended": ended, "ack_ms": acks}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
