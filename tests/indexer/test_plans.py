"""Plans as programs and bytes, and their algebra against Python's sets."""

import random
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.model.ids import FieldName
from indexer.model.schema import FieldType
from indexer.plan import algebra
from indexer.plan.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    Equals,
    Everything,
    Leaf,
    Lookup,
    Minus,
    Nothing,
    Or,
    Plan,
    complement,
)
from indexer.plan.program import (
    Every,
    Find,
    Program,
    Some,
    Without,
    from_bytes,
    program_of,
    to_bytes,
)
from tests.indexer.drawing import FIELDS, plans, schema_with

SCHEMA = schema_with("id", FieldType.KEYWORD, FIELDS)
LETTERS = "abcd"
LIVE = frozenset(range(0, 20, 2))
SETS = {letter: frozenset(range(0, 20, 2 + 2 * at)) for at, letter in enumerate(LETTERS)}


def leaf(letter: str) -> Leaf:
    """The records that have this letter."""
    return Leaf(Equals(FieldName("letter"), letter))


def algebraic() -> st.SearchStrategy[Plan]:
    """Plans over four sets, the universe and nothing."""
    leaves = st.one_of(st.sampled_from(LETTERS).map(leaf), st.sampled_from((EVERYTHING, NOTHING)))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4).map(lambda found: And(tuple(found))),
            st.lists(inner, max_size=4).map(lambda found: Or(tuple(found))),
            st.tuples(inner, inner).map(lambda pair: Minus(*pair)),
            inner.map(complement),
        ),
        max_leaves=12,
    )


def by_sets(plan: Plan) -> frozenset[int]:
    """The plan's records, by Python's own sets."""
    match plan:
        case Leaf(Everything()):
            return LIVE
        case Leaf(Nothing()):
            return frozenset()
        case Leaf(Equals(_, str(letter))):
            return SETS[letter]
        case And(children):
            return LIVE.intersection(*map(by_sets, children))
        case Or(children):
            return frozenset().union(*map(by_sets, children))
        case Minus(base, without):
            return by_sets(base) - by_sets(without)
        case _:
            raise AssertionError(plan)


def find(lookup: Lookup) -> BitMap:
    """The same sets as bitmaps, a new one each time so that changing it would change nothing."""
    return BitMap(by_sets(Leaf(lookup)))


@given(asked=st.lists(algebraic(), max_size=5))
def test_the_algebra_is_that_of_sets(asked: list[Plan]) -> None:
    """Several plans at once, sharing what they share; the same plan may be asked twice."""
    asked = [*asked, *asked[:1]]
    program = program_of(asked)

    counts = algebra.counts(program, find, BitMap(LIVE))

    assert [len(by_sets(plan)) for plan in asked] == counts
    for plan in asked:
        found = algebra.members(program_of([plan]), find, BitMap(LIVE))
        assert by_sets(plan) == set(found)


@given(asked=st.lists(algebraic(), min_size=1, max_size=4))
def test_a_step_may_be_an_answer_and_a_part_of_others(asked: list[Plan]) -> None:
    """The whole, its parts, and the parts again: what per-node counts ask for."""
    whole = And((Or(tuple(asked)), *asked))
    everything = [*asked, whole, Minus(whole, asked[0]), Minus(whole, whole), *asked]

    counts = algebra.counts(program_of(everything), find, BitMap(LIVE))

    assert [len(by_sets(plan)) for plan in everything] == counts


def test_what_is_published_is_never_changed() -> None:
    """Bitmaps that ``find`` hands out belong to readers of the same view."""
    held = {letter: BitMap(SETS[letter]) for letter in LETTERS}
    live = BitMap(LIVE)
    a, b = leaf("a"), leaf("b")
    asked: list[Plan] = [
        a,
        And((a, b)),
        Or((a, b)),
        Minus(a, b),
        And(()),
        Minus(EVERYTHING, a),
        Or((a,)),
    ]

    def published(lookup: Lookup) -> BitMap:
        return held[str(lookup.value)] if isinstance(lookup, Equals) else live

    for plan in asked:
        found = algebra.members(program_of([plan]), published, live)
        algebra.counts(program_of([plan, plan]), published, live)
        assert by_sets(plan) == set(found)

    assert {letter: BitMap(SETS[letter]) for letter in LETTERS} == held
    assert BitMap(LIVE) == live


@given(asked=st.lists(plans(SCHEMA), max_size=4))
def test_a_program_survives_the_wire(asked: list[Plan]) -> None:
    """Every lookup of every type, and equal plans give equal bytes."""
    program = program_of(asked)

    data = to_bytes(program)

    assert program == from_bytes(data)
    assert data == to_bytes(from_bytes(data))
    assert data == to_bytes(program_of(deepcopy(asked)))


def test_equal_parts_are_one_step() -> None:
    """Whether they are one object or equal ones, and in whatever order a group names them."""
    a, b = leaf("a"), leaf("b")

    program = program_of([And((a, b)), And((leaf("b"), leaf("a"))), Or((a, a)), a])

    assert 4 == len(program.steps)
    assert program.outputs[0] == program.outputs[1]


def test_a_deep_plan_is_a_flat_program() -> None:
    """As deep as a condition may be, and one step for every level."""
    plan: Plan = leaf("a")
    for _ in range(64):
        plan = complement(plan)

    program = from_bytes(to_bytes(program_of([plan])))

    assert 2 + 64 == len(program.steps)
    assert [len(SETS["a"])] == algebra.counts(program, find, BitMap(LIVE))


LOOKUP = Everything()
WRONG = [
    Program((Every((0,)),), (0,)),
    Program((Find(LOOKUP), Some((2,)), Find(LOOKUP)), (1,)),
    Program((Find(LOOKUP), Without(0, 1)), (0,)),
    Program((Find(LOOKUP), Without(-1, 0)), (0,)),
    Program((Find(LOOKUP),), (1,)),
    Program((Find(LOOKUP),), (-1,)),
    Program((), (0,)),
]


@pytest.mark.parametrize("program", WRONG)
def test_a_program_that_reads_what_is_not_there_is_refused(program: Program) -> None:
    """Itself, a later step, one before the first, or an answer of no step."""
    with pytest.raises(ValueError, match="step"):
        from_bytes(to_bytes(program))


def test_a_group_that_names_a_step_twice_is_one_group() -> None:
    """No plan becomes such a program, but bytes may."""
    program = Program(
        (Find(LOOKUP), Every((0, 0)), Some((0, 1, 0)), Without(2, 2)), (1, 2, 3, 3, 0)
    )

    counts = algebra.counts(from_bytes(to_bytes(program)), find, BitMap(LIVE))

    assert [len(LIVE), len(LIVE), 0, 0, len(LIVE)] == counts


@given(data=st.binary(max_size=64), asked=st.lists(plans(SCHEMA), max_size=2), seed=st.integers())
@settings(max_examples=150)
def test_bytes_that_are_no_program_are_refused_as_such(
    data: bytes, asked: list[Plan], seed: int
) -> None:
    """Random bytes, and a program with some of its bytes changed or cut off."""
    dice = random.Random(seed)
    damaged = bytearray(to_bytes(program_of(asked)))
    for _ in range(dice.randint(1, 3)):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)

    for hostile in (data, bytes(damaged), bytes(damaged[: dice.randrange(len(damaged))])):
        try:
            program = from_bytes(hostile)
        except ValueError:
            continue
        # As bytes: a damaged program may hold a NaN, which no value equals.
        assert to_bytes(program) == to_bytes(from_bytes(to_bytes(program)))


@pytest.mark.parametrize(
    "data", [b"", b"\x91" * 100_000, b"\x81" * 100_000, b"\xc1", b"\xdf\xff\xff\xff\xff"]
)
def test_a_bomb_is_refused_as_such(data: bytes) -> None:
    """Nothing, a nest of 100,000 arrays or maps, a map that claims four billion entries."""
    with pytest.raises(ValueError, match=r".*"):
        from_bytes(data)
