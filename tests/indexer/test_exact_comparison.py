"""Numbers of two types compared as mathematics does; fractions are the independent reading."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.encoding.exact import order_of

INT64 = (-(2**63), 2**63 - 1)
SCALES = st.integers(0, 18)
units = st.one_of(
    st.integers(-3, 3),
    st.integers(*INT64),
    st.sampled_from((*INT64, 2**53, 2**53 + 1, -(2**53) - 1, 10**17, 10**18, 10**18 + 1)),
)
doubles = st.one_of(
    st.floats(allow_nan=False),
    st.sampled_from((0.0, -0.0, 5e-324, -5e-324, 0.1, 2.0**53, 2.0**63, -(2.0**63), math.inf)),
)


@settings(max_examples=500)
@given(left=units, right=units, left_scale=SCALES, right_scale=SCALES)
def test_decimals_of_two_scales_compare_exactly(
    left: int, right: int, left_scale: int, right_scale: int
) -> None:
    """Also where bringing one to the scale of the other leaves 64 bits."""
    expected = _sign(Fraction(left, 10**left_scale) - Fraction(right, 10**right_scale))

    order = order_of(np.array([left]), np.array([right]), left_scale, right_scale)

    assert [expected] == order.tolist()


@settings(max_examples=1_000)
@given(left=units, right=doubles, scale=SCALES)
def test_a_decimal_and_a_double_compare_exactly(left: int, right: float, scale: int) -> None:
    """In both directions; an infinity is beyond all."""
    expected = _against(Fraction(left, 10**scale), right)

    order = order_of(np.array([left]), np.array([right]), scale, 0)
    turned = order_of(np.array([right]), np.array([left]), 0, scale)

    assert [expected] == order.tolist()
    assert [-expected] == turned.tolist()


@settings(max_examples=1_000)
@given(left=units, scale=SCALES, step=st.integers(-2, 2))
def test_a_decimal_and_the_doubles_around_it_compare_exactly(
    left: int, scale: int, step: int
) -> None:
    """Where the last bit decides."""
    exact = Fraction(left, 10**scale)
    near = float(exact)
    for _ in range(abs(step)):
        near = math.nextafter(near, math.copysign(math.inf, step))

    order = order_of(np.array([left]), np.array([near]), scale, 0)

    assert [_against(exact, near)] == order.tolist()


def _against(exact: Fraction, double: float) -> int:
    if math.isinf(double):
        return -1 if double > 0 else 1
    return _sign(exact - Fraction(double))


def _sign(difference: Fraction) -> int:
    return (difference > 0) - (difference < 0)
