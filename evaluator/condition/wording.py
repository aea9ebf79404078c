"""How problems speak: which names they may repeat, what they suggest, in which order they come."""

from collections.abc import Iterable
from difflib import get_close_matches

from indexer.model.errors import Problem

NAME_CHARS_MAX = 64
"""A longer name is not repeated, and not compared with others."""
_SIMILARITY_MIN = 0.6


def quoted(name: str) -> str | None:
    """A field's or operator's name as messages show it; None if it is no name anybody chose."""
    if len(name) > NAME_CHARS_MAX or not name.isprintable():
        return None
    return repr(name)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'state'?"``, or nothing if no known name is close."""
    if len(name) > NAME_CHARS_MAX:
        return ""
    close = get_close_matches(name, known, n=1, cutoff=_SIMILARITY_MIN)
    return f"; did you mean {close[0]!r}?" if close else ""


def outermost_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By depth, then as written in the condition."""
    return tuple(sorted(problems, key=_place))


def _place(problem: Problem) -> tuple[int, list[int]]:
    # Every step down is a group's key, and an index in its list; a "not" has no index.
    steps = problem.path.split("/")[1:]
    indexes = [int(step) if step.isdecimal() else -1 for step in steps]
    return indexes.count(-1), indexes
