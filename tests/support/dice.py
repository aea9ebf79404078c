"""Where random tests get their choices from: a seed, or hypothesis, behind one small face."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice(Protocol):
    """Makes choices. Every random thing in the tests comes from one of these."""

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        ...

    def pick(self, items: Sequence[T]) -> T:
        """One of these, which must not be empty."""
        ...


class SeededDice:
    """The same choices for the same seed, fast: for thousands of trees over real data."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def pick(self, items: Sequence[T]) -> T:
        """One of these, which must not be empty."""
        return self._random.choice(items)


class DrawnDice:
    """Choices that hypothesis makes, remembers and shrinks."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self._draw(st.integers(low, high)))

    def pick(self, items: Sequence[T]) -> T:
        """One of these, which must not be empty."""
        return items[self.number(0, len(items) - 1)]


def one_in(dice: Dice, chances: int) -> bool:
    """True once in so many times; hypothesis shrinks towards False."""
    return dice.number(0, chances - 1) == chances - 1


def some(dice: Dice, items: Sequence[T], at_most: int) -> list[T]:
    """Between none and ``at_most`` of these, repeats allowed."""
    return [dice.pick(items) for _ in range(dice.number(0, at_most))] if items else []
