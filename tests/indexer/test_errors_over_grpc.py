"""Every error of the tree has a gRPC status and comes back as what it was."""

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.model.errors import CardinalError, NodeUnavailable, Problem, leaves
from indexer.runtime.grpc import PROBLEMS_BYTES_MAX, STATUS_OF, from_status, to_status

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PROBLEMS = st.lists(st.builds(Problem, TEXTS, TEXTS, TEXTS, st.none() | TEXTS), max_size=5)
MILLISECONDS = st.integers(0, 10**9).map(lambda number: number / 1000)


def facts(error: CardinalError) -> tuple[object, ...]:
    """What has to survive."""
    return type(error), error.code, error.message, error.problems, error.retry_after_s


def test_every_leaf_is_in_the_table_and_nothing_else() -> None:
    """A new error without a status would travel as an internal one."""
    assert set(leaves()) == set(STATUS_OF)
    assert len(leaves()) == len({leaf.code for leaf in leaves()})
    assert grpc.StatusCode.OK not in STATUS_OF.values()


@pytest.mark.parametrize("leaf", leaves())
@given(message=TEXTS, problems=PROBLEMS, retry_after_s=st.none() | MILLISECONDS)
def test_an_error_survives_the_wire(
    leaf: type[CardinalError], message: str, problems: list[Problem], retry_after_s: float | None
) -> None:
    """With its problems, their ids (none is not empty) and when to come back."""
    error = leaf(message, problems=tuple(problems), retry_after_s=retry_after_s)

    status = to_status(error)

    assert STATUS_OF[leaf].value[0] == status.code
    assert facts(error) == facts(from_status(status))


@pytest.mark.parametrize("leaf", leaves())
def test_of_very_many_problems_the_first_ones_travel(leaf: type[CardinalError]) -> None:
    """A trailer that is too large would lose all of them."""
    problems = tuple(Problem("bad_value", f"/all/{n}", "ü" * 20, "id" * 5) for n in range(2_000))

    status = to_status(leaf("too much", problems=problems))

    found = from_status(status).problems
    assert problems[: len(found)] == found
    assert 20 < len(found)
    assert 2 * PROBLEMS_BYTES_MAX > status.ByteSize()


def test_what_is_not_ours_is_an_unavailable_node() -> None:
    """A proxy's status, or one of a code this version does not know."""
    status = to_status(CardinalError("odd"))

    assert grpc.StatusCode.INTERNAL.value[0] == status.code
    assert isinstance(from_status(status), NodeUnavailable)
