"""One fixed life of a log, in which any call to the disk can be made to fail in any way."""

import errno
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

from indexer.model.errors import CardinalError, DiskFull, LogPoisoned
from tests.support.logged import ERASED, Logged, Wrong, drawn_group
from tests.support.simulated_disk import PowerCut, SimulatedDisk, fault

OPERATIONS = 200
SEGMENT_BYTES = 2_000
ERASE_EVERY, CUT_EVERY, KEPT = 40, 25, 12
AFTERWARDS = 20
"""Operations that must still work after room was made."""

Fault = Callable[[SimulatedDisk, int], None]


def _raising(error: BaseException) -> Fault:
    def fail(disk: SimulatedDisk, at: int) -> None:
        def before(call: str) -> None:
            if disk.calls == at:
                raise error

        disk.before = before

    return fail


def _cut_after(disk: SimulatedDisk, at: int) -> None:
    def after(call: str) -> None:
        if disk.calls == at:
            raise PowerCut

    disk.after = after


def _short(disk: SimulatedDisk, at: int) -> None:
    disk.short = lambda size: size * 2 // 3 if disk.calls == at else size


FAULTS: dict[str, Fault] = {
    "an input or output error": _raising(fault(errno.EIO)),
    "no space": _raising(fault(errno.ENOSPC)),
    "a short write": _short,
    "the power goes before": _raising(PowerCut()),
    "the power goes after": _cut_after,
}


def operations() -> Iterator[Callable[[Logged], None]]:
    """The fixed life: appends of several sizes, a cut and an erasure now and then."""
    dice = Random(4)
    for number in range(1, OPERATIONS + 1):
        if number % ERASE_EVERY == 0:
            yield lambda logged: logged.erase({len(logged.acknowledged) - 2})
        elif number % CUT_EVERY == 0:
            yield lambda logged: logged.cut(len(logged.acknowledged) - KEPT)
        else:
            group = drawn_group(dice)
            yield lambda logged, group=group: logged.append(group)  # type: ignore[misc]


def run_script(how: Fault, at: int, dice: Random) -> bool:
    """The life with a fault in its call ``at``; whether there was such a call.

    Ends with a power cut, a start and a check, twice. Raises: Wrong, CardinalError.
    """
    logged = Logged(SEGMENT_BYTES)
    how(logged.disk, at)
    left = OPERATIONS + 1
    try:
        logged.open()
        for operation in operations():
            over = logged.disk.calls >= at
            try:
                operation(logged)
            except DiskFull as full:
                if over:
                    raise Wrong("did not go on after there was room again") from full
            if logged.disk.calls >= at:
                left = min(left - 1, AFTERWARDS)
            if not left:
                break
    except LogPoisoned:
        logged.must_refuse()
    except PowerCut:
        pass
    except CardinalError:
        if not logged.disk.failed:
            raise
    reached = logged.disk.calls >= at
    # The machine goes down, or only the process: then what a failed sync lost can still be read.
    if logged.disk.on and dice.random() < 0.5:
        logged.disk.restart()
    else:
        logged.disk.cut_power(dice)
    logged.open()
    logged.append([b"it", b"goes", b"on"])
    logged.disk.cut_power(dice)
    logged.open()
    return reached


def run_rewrite(how: Fault, at: int, dice: Random) -> bool:
    """Erasing in a log of several segments, with a fault in its call ``at``; whether it was hit.

    Whatever happens, asking again erases all of it. Raises: Wrong, CardinalError.
    """
    logged = Logged(SEGMENT_BYTES)
    logged.open()
    secret = dice.randbytes(40)
    for number in range(30):
        logged.append([dice.randbytes(100), secret] if number % 4 == 0 else drawn_group(dice))
    sequences = {n for n, each in enumerate(logged.acknowledged, 1) if each == secret}
    before = logged.disk.calls
    how(logged.disk, before + at)
    with suppress(PowerCut, CardinalError):
        logged.erase(sequences)
    reached = logged.disk.calls >= before + at
    if not logged.disk.on or dice.random() < 0.5:
        logged.disk.cut_power(dice)
    else:
        logged.disk.restart()
    logged.open()
    logged.erase(sequences)
    logged.disk.cut_power(dice)
    logged.open()
    if secret in logged.disk.everything():
        raise Wrong("the bytes of somebody erased are still there")
    if {logged.acknowledged[sequence - 1] for sequence in sequences} != {ERASED}:
        raise Wrong("not erased")
    return reached
