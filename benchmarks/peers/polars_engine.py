"""Polars: one chunk a column, expressions made once, run lazily on its own threads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, assert_never

from benchmarks.data.customers import COMPARED
from benchmarks.data.integers import CODES
from benchmarks.peers.api import Way, by_value, keys_digest
from benchmarks.peers.frames import pl
from benchmarks.peers.integer_polars import integer_expression
from benchmarks.peers.loaded_polars import loaded_expression
from benchmarks.questions import (
    BreakdownOf,
    Condition,
    CountOf,
    KeysOf,
    OverlapOf,
    Question,
    StoredOverlapOf,
)

Expression = Callable[[Condition], pl.Expr]
ValueName = Callable[[str, Any], str]
"""The text that a value of a field stands for."""


class PolarsEngine:
    """``benchmarks.peers.api.Engine``."""

    name = "polars"

    def __init__(self, frame: pl.DataFrame, expression: Expression, name_of: ValueName) -> None:
        self.frame = frame
        self._expression = expression
        self._name_of = name_of

    @classmethod
    def in_integers(cls, path: Path) -> Self:
        """Over ``benchmarks.data.integers``."""
        return cls(
            pl.read_parquet(path).rechunk(),
            integer_expression,
            lambda field, code: CODES[field][code],
        )

    @classmethod
    def as_loaded(cls, path: Path) -> Self:
        """Over the customers as Polars reads them."""
        return cls(
            pl.read_parquet(path, columns=list(COMPARED)).rechunk(),
            loaded_expression,
            lambda _, text: text,
        )

    def ways(self, question: Question) -> tuple[Way, ...]:
        """Lazily; counts also as a sum of the condition, lazily and at once."""
        match question:
            case CountOf(condition):
                return self._counting(self._expression(condition))
            case KeysOf(condition):
                keys = self.frame.lazy().filter(self._expression(condition)).select("id")
                return (Way("lazy", keys.collect, lambda got: keys_digest(got["id"].to_numpy())),)
            case BreakdownOf(condition, field):
                groups = self.frame.lazy().filter(self._expression(condition))
                return (Way("lazy", groups.group_by(field).len().collect, self._named(field)),)
            case OverlapOf(left, right):
                return (Way("lazy", self._both(left, right).select(*_sums()).collect, _row),)
            case StoredOverlapOf(left, right):
                return _stored(self._both(left, right).collect())
            case _:
                assert_never(question)

    def close(self) -> None:
        """Let go of the frame."""
        self.frame = pl.DataFrame()

    def _counting(self, held: pl.Expr) -> tuple[Way, ...]:
        frame, lazy = self.frame, self.frame.lazy()
        return (
            Way("lazy filter", lazy.filter(held).select(pl.len()).collect, pl.DataFrame.item),
            Way("lazy sum", lazy.select(held.sum()).collect, pl.DataFrame.item),
            Way("eager sum", lambda: frame.select(held.sum()), pl.DataFrame.item),
        )

    def _both(self, left: Condition, right: Condition) -> pl.LazyFrame:
        return self.frame.lazy().select(left=self._expression(left), right=self._expression(right))

    def _named(self, field: str) -> Callable[[pl.DataFrame], dict[str, int]]:
        return lambda got: by_value(
            (self._name_of(field, value), count) for value, count in got.iter_rows()
        )


def _stored(kept: pl.DataFrame) -> tuple[Way, ...]:
    """Memberships kept as columns of bools, which Polars packs into bits."""
    left, right = kept["left"], kept["right"]
    shared = kept.lazy().select((pl.col("left") & pl.col("right")).sum())

    def at_once() -> Any:
        return (left & right).sum()

    return Way("lazy", shared.collect, pl.DataFrame.item), Way("eager", at_once, int)


def _sums() -> tuple[pl.Expr, ...]:
    left, right = pl.col("left"), pl.col("right")
    return left.sum(), right.sum(), (left & right).sum().alias("both")


def _row(got: pl.DataFrame) -> tuple[int, ...]:
    return tuple(int(each) for each in got.row(0))
