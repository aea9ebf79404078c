"""Draws are a promise: the same for ever, even, and independent between salts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.plan.draws import draws
from indexer.plan.texts import texts_of
from tests.support.draws import KNOWN, draw

keys = st.lists(st.text(max_size=20), max_size=8)
MANY = 20_000


@pytest.mark.parametrize("key, salt", list(KNOWN))
def test_a_draw_never_changes(key: int | str, salt: str) -> None:
    """Numbers that were written down when the promise was made."""
    assert [KNOWN[key, salt]] == draws(texts_of([str(key)]), salt).tolist()
    assert KNOWN[key, salt] == draw(key, salt)


@given(keys, st.text(max_size=20), st.integers(0, 2))
def test_draws_side_by_side_are_those_one_by_one(held: list[str], salt: str, skipped: int) -> None:
    """Texts of any length, in a slice too."""
    expected = [draw(key, salt) for key in held[skipped:]]

    assert expected == draws(texts_of(held).slice(skipped), salt).tolist()


def test_draws_are_spread_evenly_and_salts_are_independent() -> None:
    """Every tenth holds a tenth of the keys, and a tenth of those in another salt's tenth."""
    held = texts_of([str(number) for number in range(MANY)])

    one, other = (draws(held, salt) // np.uint64(2**64 // 10 + 1) for salt in ("a", "b"))

    both = np.bincount((one * np.uint64(10) + other).astype(np.int64), minlength=100)
    assert len(both) == 100
    assert (abs(both - MANY / 100) < 5 * (MANY / 100) ** 0.5).all()
