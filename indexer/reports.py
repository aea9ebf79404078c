"""How the outputs of a program come about: expected, counted and timed one by one.

Times, and so stands outside the pure modules.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import assert_never

import numpy as np

from indexer.api import Explained, StepReport
from indexer.dataset.keys import MISSING
from indexer.dataset.present import Present
from indexer.model.errors import UnknownRecord
from indexer.model.ids import FieldName, Ordinal, RecordKey, SequenceNo
from indexer.plan.program import Every, Find, Program, Some, Step, Without, alone
from indexer.runtime.clock import stopwatch_ms


def explained(
    present: Present,
    program: Program,
    *,
    key: RecordKey | None,
    fields: Sequence[FieldName],
    as_of: SequenceNo,
) -> Explained:
    """See ``indexer.api.Index.explain``. Cost: every output is run on its own."""
    record, ordinal = None, None
    if key is not None:
        overlay = present.overlay
        ordinals = overlay.find_keys([key])
        if ordinals[0] == MISSING:
            raise UnknownRecord(f"dataset {overlay.schema.name!r} has no record of that key")
        (record,), ordinal = overlay.read(ordinals, fields), Ordinal(int(ordinals[0]))
    # Estimates come after: to count the lookups would have what they find remembered.
    found = [_report(present, alone(program, each), ordinal) for each in program.outputs]
    expected = _estimates(present, program)
    steps = tuple(
        replace(report, estimate=expected[output])
        for report, output in zip(found, program.outputs, strict=True)
    )
    return Explained(steps, record, as_of)


def _report(present: Present, program: Program, ordinal: Ordinal | None) -> StepReport:
    """The report of one output, its estimate still to come."""
    cached = present.is_remembered(program)
    started = stopwatch_ms()
    (actual,) = present.counts(program)
    took = stopwatch_ms() - started
    method = present.method_of(program)
    holds = None if ordinal is None else bool(present.holds(program, np.array([ordinal]))[0])
    return StepReport(method, 0, actual, took, cached=cached, holds=holds)


def _estimates(present: Present, program: Program) -> list[int]:
    """For each step how many records to expect: exact for lookups, above them as if every step
    were independent of the others.
    """
    lookups = [place for place, step in enumerate(program.steps) if isinstance(step, Find)]
    counted = present.counts(Program(program.steps, tuple(lookups)))
    known = dict(zip(lookups, counted, strict=True))
    shares: list[float] = []
    whole = max(1, present.records)
    for place, step in enumerate(program.steps):
        shares.append(known[place] / whole if place in known else _share(step, shares))
    return [round(share * present.records) for share in shares]


def _share(step: Step, shares: Sequence[float]) -> float:
    """The share of the records in a step, given the shares of the steps before it."""
    match step:
        case Every(steps):
            return prod(shares[child] for child in steps)
        case Some(steps):
            return 1 - prod(1 - shares[child] for child in steps)
        case Without(base, without):
            return shares[base] * (1 - shares[without])
        case Find():
            raise AssertionError("lookups are counted")
        case _:
            assert_never(step)
