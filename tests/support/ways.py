"""The ways a count can be found: each optimisation turned off, small budgets, other costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from evaluator.condition.decode import decode_json
from evaluator.condition.language import ConditionLimits, compile_condition, read
from indexer.dataset import fused
from indexer.dataset.engine import Engine
from indexer.dataset.keys import Ordinals
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words
from indexer.hot import HotForms
from indexer.model.costs import Costs
from indexer.model.switches import Switches
from indexer.plan.program import Program, program_of
from indexer.plan.rules.optimise import RULE_NAMES, optimise
from indexer.results import Results

JSON_BYTES_MAX = 1_000_000
WRONG = -1
"""Stands for an answer of which some other part is wrong."""
NEVER = 10**9
PLENTY = 2**28


@dataclass(frozen=True, slots=True)
class Way:
    """How an engine goes about it. ``rows_kept`` are streams of words that its budgets hold."""

    name: str
    switches: Switches = field(default_factory=Switches)
    costs: Costs = field(default_factory=Costs)
    rows_kept: int | None = None
    optimised: bool = True
    times: int = 1
    """How often in a row; what is remembered is remembered at the second and used at the third."""


WAYS = (
    Way("as it comes", times=2),
    Way("no ranges", Switches(ranges=False)),
    Way("not sparing", Switches(sparing=False)),
    Way("no threads", Switches(threads=False)),
    Way("nothing prepared", Switches(prepared=False)),
    Way("no leaves remembered", Switches(leaf_results=False)),
    Way("no groups remembered", Switches(sub_trees=False)),
    Way("no answers remembered", Switches(answers=False), times=3),
    Way(
        "nothing remembered",
        Switches(
            ranges=False, sparing=False, threads=False, prepared=False, leaf_results=False,
            sub_trees=False, answers=False,
        ),
    ),
    Way("not optimised", Switches(answers=False), optimised=False),
    Way("values as offsets", Switches(answers=False), Costs(dense_share=1, narrow_share=1)),
    Way("values as words", Switches(answers=False), Costs(dense_share=NEVER, narrow_share=NEVER)),
    Way("lists by codes", Switches(answers=False), Costs(rows_max=0, code_ns=0.0)),
    Way("no memory", rows_kept=0),
    Way("little memory", Switches(answers=False), rows_kept=6),
)  # fmt: skip


class Asking:
    """Asks every way about one view, each with an engine that lives as long as this."""

    def __init__(self, view: DatasetView, ways: tuple[Way, ...] = WAYS) -> None:
        self.view = view
        self._engines = {way: _engine(way, view) for way in ways}

    def answers(self, text: str, now: datetime) -> Iterator[tuple[str, int, Words | None]]:
        """A condition's count by the name of each way, with its words where members were asked."""
        optimised, plain, nodes = programs(text, self.view, now)
        view = self.view
        yield "bitmaps, not optimised", view.counts(plain)[0], None
        by_node = view.counts(nodes)
        yield "bitmaps", by_node[0], None
        for way, engine in self._engines.items():
            program = optimised if way.optimised else plain
            for _ in range(way.times):
                yield way.name, fused.counts(view, program, engine)[0], None
            words = fused.members(view, program, engine)
            yield f"members, {way.name}", int(np.bitwise_count(words).sum()), words
        engine = next(iter(self._engines.values()))
        found = fused.counts(view, nodes, engine)
        yield "every node", found[0] if found == by_node else WRONG, None


def programs(text: str, view: DatasetView, now: datetime) -> tuple[Program, Program, Program]:
    """The condition optimised, as it is compiled, and with every node of it as an output."""
    schema = view.schema
    checked = read(decode_json(text, JSON_BYTES_MAX), schema, ConditionLimits())
    compiled = compile_condition(checked, schema, now)
    plans = [compiled.plan, *compiled.nodes.values()]
    return (
        program_of(optimise([compiled.plan], schema, Switches())),
        program_of(optimise([compiled.plan], schema, Switches(rules_off=RULE_NAMES))),
        program_of(optimise(plans, schema, Switches())),
    )


def words_at(view: DatasetView, ordinals: Ordinals) -> Words:
    """The words of all shards that have these ordinals in them, a row each."""
    width = max(64, 1 << view.shard_bits)
    bits = np.zeros((len(view.shards), width), np.bool_)
    bits[ordinals >> view.shard_bits, view.offsets(ordinals)] = True
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)


def _engine(way: Way, view: DatasetView) -> Engine:
    row = len(view.shards) * max(8, (1 << view.shard_bits) // 8)
    budget = PLENTY if way.rows_kept is None else way.rows_kept * row
    return Engine(HotForms(budget), Results(budget), way.switches, way.costs)
