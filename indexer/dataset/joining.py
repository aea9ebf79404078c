"""Lookups about records of another dataset, answered beside a view.

What other records there are is asked of that dataset itself, as it is at the same moment, with
programs of its own that may hold such lookups too. Then links are followed, from the one end or
the other.
"""

from collections.abc import Callable
from typing import assert_never

from indexer.dataset.asked import Asked
from indexer.dataset.computed import ComputedRecords
from indexer.dataset.counted import Counted
from indexer.dataset.given import Found, Words
from indexer.dataset.led import Led
from indexer.dataset.memory import Memory
from indexer.dataset.near import Near
from indexer.model.errors import BadShape
from indexer.plan.nodes import Given
from indexer.plan.program import Find, Program
from indexer.plan.related import Beside, Computed, Fold, Followed, Linked, Related
from indexer.results import Identity

HOPS_MAX = 8
"""Datasets that one lookup may lead through; conditions are held to fewer."""


def asked_of(near: Near, program: Program) -> Asked:
    """The program with every lookup about another dataset answered.

    Cost: none without such lookups; else their identities now, and the work when it is read.
    Raises: UnknownDataset, UnknownField, BadShape.
    """
    found: dict[int, Found] = {}
    steps = list(program.steps)
    for place, step in enumerate(steps):
        if isinstance(step, Find) and isinstance(step.lookup, Beside):
            token, held = near.found(step.lookup)
            steps[place], found[token] = Find(Given(token)), held
    if not found:
        return Asked(program, near.overlay, near.reading)
    return Asked(Program(tuple(steps), program.outputs), near.overlay, near.reading, found)


def found_by(near: Near, lookup: Beside, number: int) -> tuple[int, Found]:
    """Who holds now, and the token of that answer: ``number`` where nothing is remembered.

    Raises: UnknownDataset, UnknownField, BadShape.
    """
    if isinstance(lookup, Computed):
        computed = ComputedRecords.of(near, lookup)
        return _found(near, number, computed.identity, computed.words, "computed fields")
    if near.hops >= HOPS_MAX:
        raise BadShape(f"a lookup leads through at most {HOPS_MAX} datasets")
    far = near.neighbour(lookup.dataset)
    match lookup:
        case Related():
            if isinstance(lookup.measure, Fold):
                return _folded(near, far, lookup, number)
            counted = Counted.of(near, far, lookup)
            return _found(near, number, counted.identity, counted.words, "related count")
        case Followed():
            return _sequenced(near, far, lookup, number)
        case Linked():
            led = Led.of(near, far, lookup)
            return _found(near, number, led.identity, led.words, "linked records")
        case _:
            assert_never(lookup)


def _folded(near: Near, far: Near, lookup: Related, number: int) -> tuple[int, Found]:
    # Only who asks for one loads the compiler.
    from indexer.dataset.folded import FoldedRecords  # noqa: PLC0415

    folded = FoldedRecords.of(near, far, lookup)
    return _found(near, number, folded.identity, folded.words, "related aggregate")


def _sequenced(near: Near, far: Near, lookup: Followed, number: int) -> tuple[int, Found]:
    from indexer.dataset.sequenced import Sequenced  # noqa: PLC0415

    sequenced = Sequenced.of(near, far, lookup)
    return _found(near, number, sequenced.identity, sequenced.words, "related sequence")


def _found(
    near: Near,
    number: int,
    identify: Callable[[Memory], Identity],
    find: Callable[[], Words],
    method: str,
) -> tuple[int, Found]:
    memory = near.reading.memory
    if memory is None:
        return number, Found(find, method)
    identity = identify(memory)
    known = memory.words(identity)
    if known is not None:
        return identity, Found(lambda: known, method, cached=True)

    def found() -> Words:
        words = find()
        memory.keep_words(identity, words)
        return words

    return identity, Found(found, method)
