"""Cardinal asked about customers by their purchases: both datasets of one moment, in memory."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from benchmarks.data.customers import NOW
from benchmarks.ours import CONDITION_LIMITS, LIMITS, SHARD_BITS, batches_of, schema_of
from evaluator.condition.language import Surroundings, compile_condition, read
from indexer.api import LoadMode
from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.present import Present, presents
from indexer.hot import HotForms
from indexer.intake.options import IntakeOptions
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.model.switches import Switches
from indexer.node import Node
from indexer.plan.program import Program, program_of
from indexer.plan.rules.optimise import optimise
from indexer.results import Results
from indexer.runtime.clock import ManualClock
from indexer.scratch import Scratch
from indexer.warm import warm

CUSTOMERS, PURCHASES = DatasetName("customers"), DatasetName("purchases")
SCHEMA = Schema(
    PURCHASES,
    FieldName("id"),
    FieldType.INT,
    (
        Field(FieldName("id"), FieldType.INT),
        Field(FieldName("customer_id"), FieldType.INT),
        Field(FieldName("ts"), FieldType.TIMESTAMP),
        Field(FieldName("amount"), FieldType.DECIMAL, scale=2),
        Field(FieldName("category"), FieldType.KEYWORD),
    ),
    (Link("customer_id", FieldName("customer_id"), CUSTOMERS),),
)
NOTHING_KEPT = Switches(answers=False, sub_trees=False, leaf_results=False, kept=False)
AGGREGATES_KEPT = Switches(answers=False, sub_trees=False, leaf_results=False)


class OursRelated:
    """Customers and purchases, each way to read them by what it keeps between questions."""

    def __init__(self, node: Node) -> None:
        warm(NOW)
        self._node = node
        schemas = {view.schema.name: view.schema for view in node.published.datasets.values()}
        self._around = Surroundings(schemas)
        self._maker, self._helper = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._scratch = Scratch(self._helper)
        self._hot = HotForms(LIMITS.hot_bytes_max)

    @classmethod
    def load(cls, customers: Path, purchases: Path, *, shard_bits: int = SHARD_BITS) -> Self:
        """Few fields of the customers, all of the purchases."""
        node = Node(keeping=None, shard_bits=shard_bits, clock=ManualClock(NOW), limits=LIMITS)
        for path, schema in ((customers, schema_of(("plan", "state"))), (purchases, SCHEMA)):
            options = IntakeOptions(name=path.name, schema=schema)
            node.create(schema)
            batches = batches_of(path, schema, options)
            node.load(schema.name, batches, mode=LoadMode.UPSERT, clear_empty=False)
        return cls(node)

    def program(self, condition: Mapping[str, Any]) -> Program:
        """The condition compiled."""
        schema, around = self._around.schemas[CUSTOMERS], self._around
        checked = read(condition, schema, CONDITION_LIMITS, around)
        plan = compile_condition(checked, schema, NOW, around).plan
        return program_of(optimise([plan], schema, Switches()))

    def fresh(self, switches: Switches = NOTHING_KEPT) -> "Asking":
        """A way to ask with nothing made ready yet, and two threads."""
        hot = HotForms(LIMITS.hot_bytes_max, self._maker)
        return self._asking(hot, switches)

    def ready(self, switches: Switches) -> "Asking":
        """A way to ask that shares the index's sorted orders with all others of its kind."""
        return self._asking(self._hot, switches)

    def settle(self, *ways: "Asking") -> None:
        """Wait until the orders that were asked for are made."""
        for way in ways:
            way.hot.settle()

    def close(self) -> None:
        """Let go of the records."""
        self._maker.shutdown()
        self._helper.shutdown()
        del self._node

    def _asking(self, hot: HotForms, switches: Switches) -> "Asking":
        engine = Engine(
            hot,
            Results(LIMITS.result_bytes_max),
            switches,
            scratch=self._scratch,
            kept=Results(LIMITS.kept_bytes_max),
        )
        return Asking(self._node, FusedReading(engine), hot)


class Asking:
    """One way to read."""

    def __init__(self, node: Node, reading: FusedReading, hot: HotForms) -> None:
        self._node = node
        self._reading = reading
        self.hot = hot

    def count(self, program: Program) -> int:
        """How many customers a program has; all that is made for a question is made anew."""
        (count,) = self._present().counts(program)
        return count

    def _present(self) -> Present:
        return presents(self._node.published.readable, self._reading, self._reading)(CUSTOMERS, 0)
