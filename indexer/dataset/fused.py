"""Runs assembled programs: counts of every output, or the members of one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.dataset.assembly import assemble
from indexer.dataset.engine import Engine
from indexer.dataset.given import NONE_GIVEN, Givens
from indexer.dataset.identities import Identities
from indexer.dataset.leaves import Leaves
from indexer.dataset.tables import Tables, packed
from indexer.dataset.view import DatasetView
from indexer.kernels.run import run
from indexer.plan.nodes import Everything, Given, Lookup
from indexer.plan.program import Find, Program, Without

REGISTERS_MAX = 256
"""A program that needs more is answered in parts."""
PREPARED_MAX = 1_000
"""Programs of one view kept ready to run."""
COMPLEMENT_STEPS = 3
"""A lookup, everything, and the one without the other."""
EVERYBODY = Find(Everything())
SHARED_BYTES_MIN = 4_000_000
"""Less than this is read before a second thread is awake."""

Words = npt.NDArray[np.uint64]


def counts(
    view: DatasetView, program: Program, engine: Engine, given: Givens = NONE_GIVEN
) -> list[int]:
    """One count per output. Cost: what the program reads, once, at the speed of memory."""
    if not view.shards:
        return [0] * len(program.outputs)
    leaves = engine.leaves(view)
    leaves.refresh()
    count = _stored_count(program, leaves)
    if count is not None:
        return [count] * len(program.outputs)
    identities = _identities(program, leaves, engine)
    known = identities.counts() if identities is not None else None
    if known is not None:
        return list(known)
    ready = leaves.prepared.get((program, False))
    if ready is not None:
        answer = _answer(ready.tables, _run(ready, leaves, engine)[0], view.records)
        if identities is not None:
            identities.keep_counts(tuple(answer))
        return answer
    tables = assemble(program, leaves, identities, given, emit=False)
    if tables.registers > REGISTERS_MAX and len(program.outputs) > 1:
        half = len(program.outputs) // 2
        parts = program.outputs[:half], program.outputs[half:]
        # The same steps, fewer of them asked for. Steps that nobody reads cost nothing.
        return [
            count
            for outputs in parts
            for count in counts(view, Program(program.steps, outputs), engine, given)
        ]
    ready = _ready(program, tables, leaves, engine, emit=False)
    found, words = _run(ready, leaves, engine)
    answer = _answer(tables, found, view.records)
    _keep(identities, tables, words)
    if identities is not None:
        identities.keep_counts(tuple(answer))
    return answer


def members(
    view: DatasetView, program: Program, engine: Engine, given: Givens = NONE_GIVEN
) -> Words:
    """The words of a program of one output, a row per shard. Nobody else has this array."""
    leaves = engine.leaves(view)
    leaves.refresh()
    if not view.shards:
        return np.zeros((0, leaves.words), np.uint64)
    ready = leaves.prepared.get((program, True))
    if ready is None:
        identities = _identities(program, leaves, engine)
        tables = assemble(program, leaves, identities, given, emit=True)
        ready = _ready(program, tables, leaves, engine, emit=True)
        _, words = _run(ready, leaves, engine)
        _keep(identities, tables, words)
        return words[0]
    return _run(ready, leaves, engine)[1][0]


def is_remembered(
    view: DatasetView, program: Program, engine: Engine, given: Givens = NONE_GIVEN
) -> bool:
    """Whether the answer to a program of one output, or all that it reads, is remembered."""
    leaves = engine.leaves(view)
    lookup, _ = _only_lookup(program)
    if isinstance(lookup, Given):
        return given[lookup.token].cached
    if lookup is not None and leaves.remembers(lookup):
        return True
    identities = _identities(program, leaves, engine) if view.shards else None
    return identities is not None and identities.counts() is not None


def method_of(view: DatasetView, program: Program, engine: Engine) -> str:
    """How a program of one output is answered, in a word or two."""
    lookup, _ = _only_lookup(program)
    if lookup is None or not view.shards:
        return "joined words" if view.shards else "nothing"
    leaves = engine.leaves(view)
    stored = leaves.stored_count(lookup) is not None
    return "stored count" if stored else leaves.form(lookup).method


def _stored_count(program: Program, leaves: Leaves) -> int | None:
    """The count of a program that is one lookup or its complement, if the index has it at hand."""
    lookup, inverted = _only_lookup(program)
    count = leaves.stored_count(lookup) if lookup is not None else None
    return leaves.view.records - count if inverted and count is not None else count


def _only_lookup(program: Program) -> tuple[Lookup | None, bool]:
    """The lookup that all outputs are, or (then true) are the complement of; None if it is more."""
    if len(program.steps) > COMPLEMENT_STEPS or len(set(program.outputs)) != 1:
        return None, False
    match program.steps[program.outputs[0]]:
        case Find(lookup):
            return lookup, False
        case Without(base, without) if program.steps[base] == EVERYBODY:
            inner = program.steps[without]
            return (inner.lookup, True) if isinstance(inner, Find) else (None, False)
        case _:
            return None, False


@dataclass(frozen=True, slots=True)
class Ready:
    """Tables as the kernel takes them."""

    tables: Tables
    operations: npt.NDArray[np.int64]
    slots: Words
    patches: Words
    scans: Words


def _ready(
    program: Program, tables: Tables, leaves: Leaves, engine: Engine, *, emit: bool
) -> Ready:
    """The tables packed, and kept if all they point to lies in the index anyway."""
    ready = Ready(tables, *packed(tables, len(leaves.view.shards)))
    if engine.switches.prepared and _may_stay(tables) and len(leaves.prepared) < PREPARED_MAX:
        leaves.prepared[program, emit] = ready
    return ready


def _may_stay(tables: Tables) -> bool:
    """Whether all it points to lies in the index anyway, and there is something to be read."""
    forms = tables.forms.values()
    return bool(tables.operations) and not tables.kept and all(form.stored for form in forms)


def _identities(program: Program, leaves: Leaves, engine: Engine) -> Identities | None:
    if not (engine.switches.answers or engine.switches.sub_trees):
        return None
    return Identities(program, leaves, engine.results, engine.switches)


def _keep(identities: Identities | None, tables: Tables, words: list[Words]) -> None:
    if identities is not None:
        for place, identity in enumerate(tables.kept):
            identities.keep_words(identity, words[tables.emitted + place])


def _answer(tables: Tables, found: npt.NDArray[np.int64], records: int) -> list[int]:
    answer: list[int] = found.tolist()
    for place in tables.inverted:
        answer[place] = records - answer[place]
    for place, count in tables.known.items():
        if count >= 0:
            answer[place] = count
    for place, count in tables.known.items():
        if count < 0:
            answer[place] = answer[-1 - count]
    return answer


def _run(ready: Ready, leaves: Leaves, engine: Engine) -> tuple[npt.NDArray[np.int64], list[Words]]:
    tables, shards, words = ready.tables, len(leaves.view.shards), leaves.words
    total = np.zeros(tables.outputs, np.int64)
    # Each array on its own, so that one that is remembered does not keep the others alive.
    out = [np.empty((shards, words), np.uint64) for _ in range(tables.emitted + len(tables.kept))]
    if not tables.operations:
        return total, out
    starts = np.array([each.ctypes.data for each in out], np.uint64)
    halves: list[npt.NDArray[np.int64]] = []

    def work(first: int, last: int) -> None:
        found = np.zeros(tables.outputs, np.int64)
        with engine.scratch.words(max(1, tables.registers), words) as memory:
            rows = np.arange(len(memory), dtype=np.uint64) * np.uint64(memory.strides[0])
            run(
                ready.operations, ready.slots, rows + np.uint64(memory.ctypes.data),
                ready.patches, ready.scans, found, starts, first, last, words,
                engine.switches.sparing,
            )  # fmt: skip
        halves.append(found)

    read = ready.slots.size * words * 8
    alone = not engine.switches.threads or read < SHARED_BYTES_MIN
    engine.scratch.shared(work, shards, alone=alone)
    for found in halves:
        total += found
    return total, out
