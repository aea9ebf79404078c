"""Plans as one flat program: every distinct sub-plan once, children before parents.

This is the form that crosses processes and that caches are keyed by: equal plans give equal
bytes. A flat array has no depth, so no input can exhaust a stack here.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

import msgspec

from indexer.plan.nodes import And, Given, Leaf, Lookup, Minus, Or, Plan


class Find(msgspec.Struct, frozen=True, tag="find"):
    """The records of a lookup."""

    lookup: Lookup


class Every(msgspec.Struct, frozen=True, tag="every"):
    """Records in all the steps; of none: every live record."""

    steps: tuple[int, ...]


class Some(msgspec.Struct, frozen=True, tag="some"):
    """Records in any of the steps."""

    steps: tuple[int, ...]


class Without(msgspec.Struct, frozen=True, tag="without"):
    """Records of step ``base`` that are not in step ``without``."""

    base: int
    without: int


Step = Find | Every | Some | Without


class Program(msgspec.Struct, frozen=True):
    """``outputs`` names the step that answers each plan the program was made of."""

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]


def program_of(plans: Sequence[Plan]) -> Program:
    """One program that answers all the plans. Cost: linear in their distinct nodes."""
    steps: dict[Step, int] = {}
    seen: dict[int, int] = {}

    def place(plan: Plan) -> int:
        # Plans share sub-plans as objects (per-node counts do), so identity saves the walk.
        known = seen.get(id(plan))
        if known is None:
            known = seen[id(plan)] = steps.setdefault(step(plan), len(steps))
        return known

    def step(plan: Plan) -> Step:
        match plan:
            case Leaf(lookup):
                return Find(lookup)
            case And(children):
                return Every(tuple(sorted({place(child) for child in children})))
            case Or(children):
                return Some(tuple(sorted({place(child) for child in children})))
            case Minus(base, without):
                return Without(place(base), place(without))
            case _:
                assert_never(plan)

    outputs = tuple(place(plan) for plan in plans)
    return Program(tuple(steps), outputs)


def alone(program: Program, output: int) -> Program:
    """The program of this step only, and of what it reads."""
    needed = {output}
    for place in range(output, -1, -1):
        if place in needed:
            needed.update(children_of(program.steps[place]))
    kept = sorted(needed)
    moved = {old: new for new, old in enumerate(kept)}
    steps = tuple(_moved(program.steps[place], moved) for place in kept)
    return Program(steps, (moved[output],))


def to_bytes(program: Program) -> bytes:
    """Canonical bytes (MessagePack)."""
    return msgspec.msgpack.encode(program)


def from_bytes(data: bytes) -> Program:
    """The program of these bytes. Raises: ValueError if they are not one."""
    program = msgspec.msgpack.decode(data, type=Program)
    for place, step in enumerate(program.steps):
        if any(not 0 <= child < place for child in children_of(step)):
            raise ValueError("a step names a later one")
        if isinstance(step, Find) and isinstance(step.lookup, Given):
            raise ValueError("only an index gives records itself")  # noqa: TRY004
    if any(not 0 <= output < len(program.steps) for output in program.outputs):
        raise ValueError("an output names no step")
    return program


def children_of(step: Step) -> tuple[int, ...]:
    """The steps that this one reads."""
    match step:
        case Find():
            return ()
        case Every(steps) | Some(steps):
            return steps
        case Without(base, without):
            return (base, without)
        case _:
            assert_never(step)


def _moved(step: Step, moved: Mapping[int, int]) -> Step:
    match step:
        case Find():
            return step
        case Every(steps):
            return Every(tuple(moved[child] for child in steps))
        case Some(steps):
            return Some(tuple(moved[child] for child in steps))
        case Without(base, without):
            return Without(moved[base], moved[without])
        case _:
            assert_never(step)
