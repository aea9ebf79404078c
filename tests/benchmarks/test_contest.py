"""Contestants take turns, and what is measured is told."""

import gc

import pytest

from benchmarks.command import result_hash, table
from benchmarks.contest import Rules, contest, rules_for
from benchmarks.machine import Memory, held_bytes, machine_info, peak_bytes

pytestmark = pytest.mark.xdist_group("benchmarks")


def test_contestants_take_turns() -> None:
    """Each meets the caches that the others leave. The first round of all is not timed."""
    played: list[str] = []

    timed = contest({"a": lambda: played.append("a"), "b": lambda: played.append("b")}, Rules(2, 2))

    assert ["a", "b"] * 3 == played
    assert [2, 2] == [each.rounds for each in timed.values()]


def test_a_contest_can_go_without_warming_up() -> None:
    """Where each has just answered."""
    played: list[str] = []

    contest({"a": lambda: played.append("a")}, Rules(1, 1, warm_up=False))

    assert ["a"] == played


def test_a_contestant_without_time_left_sits_out() -> None:
    """But never before its least number of rounds."""
    timed = contest({"a": object}, Rules(rounds_min=3, rounds_max=9, seconds_max=0.0))

    assert 3 == timed["a"].rounds


def test_the_garbage_collector_rests_during_a_contest() -> None:
    """Its turn would fall on anybody."""
    seen: list[bool] = []

    contest({"a": lambda: seen.append(gc.isenabled())}, rules_for(1_000))

    assert {False} == set(seen)
    assert gc.isenabled()


def test_the_machine_tells_what_it_is() -> None:
    """A figure without its machine means little."""
    info = machine_info()

    assert {"cpu", "cores", "memory_gb", "load", "python", "packages"} == info.keys()
    assert 0 < held_bytes() <= peak_bytes()
    assert 1e8 < Memory().bandwidth() < 1e12


def test_a_result_hash_tells_answers_apart() -> None:
    """Equal answers, equal hash, whatever their order."""
    assert result_hash({"a": 1, "b": {"x": 2}}) == result_hash({"b": {"x": 2}, "a": 1})
    assert result_hash({"a": 1}) != result_hash({"a": 2})


def test_a_table_is_aligned() -> None:
    """For people."""
    lines = table(["what", "ms"], [["one", 1234.5], ["three", None], ["yes", True]])

    assert ["what        ms", "one    1,234.5", "three        -", "yes        yes"] == lines
