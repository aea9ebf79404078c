"""The changes that a service is held to: whose they are, what they leave, and that a loss shows."""

from benchmarks.data.changes import Left, left_by
from benchmarks.data.folder import Data
from benchmarks.posting import work_for
from benchmarks.survivors import expected_of, sample_of
from tests.benchmarks.small import ROWS


def test_writers_share_no_key() -> None:
    """Or what is left would hang on who came first."""
    work = work_for(seed=3, rows=ROWS, changes=900, size=100, writers=3)

    keys = [set(left_by(each.batches(3, 100))) for each in work.writers]

    assert 900 == work.changes
    assert sum(map(len, keys)) == len(set.union(*keys)) == len(work.left())


def test_what_is_left_of_a_record_is_what_it_was_told_last() -> None:
    """A removal takes everything along, and who comes back has nothing of before."""
    batches = [
        [
            {"op": "upsert", "key": 1, "values": {"age": 1, "plan": "pro"}},
            {"op": "delete", "key": 2},
            {"op": "delete", "key": 3},
        ],
        [
            {"op": "upsert", "key": 1, "values": {"age": 2}},
            {"op": "upsert", "key": 3, "values": {"age": 3}},
        ],
    ]

    left = left_by(batches)

    expected = {
        1: Left(values={"age": 2, "plan": "pro"}),
        2: Left(gone=True, anew=True),
        3: Left(anew=True, values={"age": 3}),
    }
    assert expected == left


def test_a_lost_change_is_seen(data: Data) -> None:
    """In the total for a record that is new or gone, in the sample for another value."""
    left = work_for(seed=3, rows=ROWS, changes=900, size=100, writers=3).left()
    keys = sample_of(left, 3)
    whole = expected_of(data.customers(), left, keys)

    gone = next(key for key, each in left.items() if each.gone and key <= ROWS)
    updated = next(key for key in keys if not left[key].gone and key <= ROWS)
    without = expected_of(data.customers(), {**left, gone: Left()}, keys)
    other = expected_of(data.customers(), {**left, updated: Left()}, keys)

    assert whole["total"] + 1 == without["total"]
    assert whole["records"] != other["records"]
    assert ROWS == expected_of(data.customers(), {}, [])["total"]
