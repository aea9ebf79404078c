"""Cardinal as a contestant, through its own floors: read, compile, ask the index.

The one module here that knows the engine. One thread, in memory, and nothing remembered between
questions, neither answers nor parts of them nor what a leaf found: they come from what the index
stores.

``Ours`` runs a program that was compiled before, as Polars runs expressions that were made before.
``OursFromJson`` starts from the condition's text: it decodes, parses, checks and compiles it each
time, as DuckDB and ClickHouse parse their SQL each time. Both take part in every contest.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self, assert_never

import numpy as np
import pyarrow as pa

from benchmarks.data.arrow import unset
from benchmarks.data.customers import COMPARED, NOW
from benchmarks.ours_sizes import bytes_read, bytes_stored
from benchmarks.peers.api import Answer, Way, by_value, keys_digest
from benchmarks.questions import (
    BreakdownOf,
    Condition,
    CountOf,
    KeysOf,
    OverlapOf,
    Question,
    StoredOverlapOf,
    fields_of,
)
from evaluator.condition.language import ConditionLimits, compile_condition, decode_json, read
from indexer.api import LoadMode
from indexer.dataset.breakdown import breakdown
from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.key_page import keys_of
from indexer.dataset.overlap import StoredSet, shared
from indexer.dataset.parts import Part
from indexer.dataset.view import DatasetView
from indexer.hot import HotForms
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import ValueCount
from indexer.model.schema import Field, FieldType, Schema
from indexer.model.switches import Switches
from indexer.node import Node
from indexer.plan.nodes import And, Plan
from indexer.plan.program import Program, program_of
from indexer.plan.rules.optimise import optimise
from indexer.runtime.clock import ManualClock
from indexer.warm import warm

SHARD_BITS = 20
CONDITION_LIMITS = ConditionLimits()
CONDITION_BYTES_MAX = 1 << 20
MARK = "set"
PART_BATCHES = 64
"""Of 65,536 records each: what is loaded at a time where memory has to do for as many as it can."""
LIMITS = IndexLimits()
WITHOUT_CACHES = Switches(threads=False, answers=False, sub_trees=False, leaf_results=False)
"""One thread, and no answer, part of one or leaf's result is kept. Hot forms are no answers but the
index itself in words.
"""

FIELDS = {
    "id": Field(FieldName("id"), FieldType.INT),
    "email": Field(FieldName("email"), FieldType.KEYWORD, pii="email"),
    "state": Field(FieldName("state"), FieldType.KEYWORD),
    "country": Field(FieldName("country"), FieldType.KEYWORD),
    "city": Field(FieldName("city"), FieldType.KEYWORD),
    "plan": Field(FieldName("plan"), FieldType.KEYWORD),
    "tags": Field(FieldName("tags"), FieldType.SET),
    "age": Field(FieldName("age"), FieldType.INT),
    "lifetime_value": Field(FieldName("lifetime_value"), FieldType.DECIMAL, scale=2),
    "last_login": Field(FieldName("last_login"), FieldType.TIMESTAMP),
    "signup": Field(FieldName("signup"), FieldType.TIMESTAMP),
    "consent": Field(FieldName("consent"), FieldType.BOOL),
}


def schema_of(names: Sequence[str]) -> Schema:
    """Customers with these fields only; the key is always one of them."""
    return Schema(
        DatasetName("customers"),
        key=FieldName("id"),
        key_type=FieldType.INT,
        fields=tuple(FIELDS[name] for name in COMPARED if name in ("id", *names)),
    )


SCHEMA = schema_of(COMPARED)

Evaluated = CountOf | KeysOf | BreakdownOf | OverlapOf
"""Questions that conditions are evaluated for."""


class Ours:
    """``benchmarks.peers.api.Engine``."""

    name = "ours"

    def __init__(
        self,
        view: DatasetView,
        *,
        limits: IndexLimits = LIMITS,
        switches: Switches = WITHOUT_CACHES,
    ) -> None:
        warm(NOW)
        self.view = view
        # Forms are made by who asks for them first, which is never timed.
        self._hot = HotForms(limits.hot_bytes_max)
        self._engine = Engine(self._hot, switches=switches)
        self._reading = FusedReading(self._engine)

    @classmethod
    def load(cls, path: Path, *, shard_bits: int = SHARD_BITS) -> Self:
        """The twelve compared fields of a file of customers, CSV or Parquet."""
        options = IntakeOptions(name=path.name, schema=SCHEMA)
        return cls(load_file(path, SCHEMA, options, shard_bits=shard_bits))

    @classmethod
    def load_for(cls, questions: Iterable[Question], path: Path, *, limits: IndexLimits) -> Self:
        """Only the fields that the questions are about, in little memory.

        A keyword that is only asked whether it is set has one value in every record that has any.
        """
        needs = fields_of(questions)
        schema = schema_of(tuple(needs))
        marks = [
            name
            for name, valued in needs.items()
            if not valued and FIELDS[name].type is FieldType.KEYWORD
        ]
        options = IntakeOptions(name=path.name, schema=schema)
        view = load_file(path, schema, options, marks=marks, part_batches=PART_BATCHES)
        return cls(view, limits=limits)

    def ways(self, question: Question) -> tuple[Way, ...]:
        """From the compiled program to the answer."""
        if isinstance(question, StoredOverlapOf):
            a, b = self.stored(question.left), self.stored(question.right)
            return (Way("engine", lambda: shared(a, b), int),)
        recipe = self.recipe(question)
        program = self.program(recipe.conditions, both=recipe.both)
        return (Way("engine", lambda: recipe.run(program), recipe.answer),)

    def recipe(self, question: Evaluated) -> "Recipe":
        """How the engine is asked it."""
        match question:
            case CountOf(condition):
                return Recipe((condition,), self._counts, lambda got: got[0])
            case KeysOf(condition):
                return Recipe((condition,), self._keys, keys_digest)
            case BreakdownOf(condition, field):
                return Recipe((condition,), lambda it: self._breakdown(it, field), by_value)
            case OverlapOf(left, right):
                return Recipe((left, right), self._counts, tuple, both=True)
            case _:
                assert_never(question)

    def program(self, conditions: Sequence[object], *, both: bool = False) -> Program:
        """One output per condition, as decoded from JSON; ``both`` adds one for all at once."""
        plans = [self._plan(each) for each in conditions]
        asked = [*plans, And(tuple(plans))] if both else plans
        return program_of(optimise(asked, self.view.schema, WITHOUT_CACHES))

    def close(self) -> None:
        """Let go of the records."""
        del self.view

    def stored(self, condition: Condition) -> StoredSet:
        """The members, as a saved segment keeps them."""
        members = self.view.members(self.program([condition]))
        return StoredSet.of(list(members.values()), self.view.shard_bits)

    def bytes_read(self, condition: Condition) -> int:
        """What counting the condition reads of the index, each byte once."""
        return bytes_read(self.view, self.program([condition]), self._engine)

    def field_bytes(self) -> dict[str, int]:
        """What the index stores per field; the key's own under its name."""
        return bytes_stored(self.view)

    @property
    def hot_bytes(self) -> int:
        """What it holds beside that, to be fast at what was asked; within its budget."""
        return self._hot.nbytes

    def _plan(self, condition: object) -> Plan:
        schema = self.view.schema
        return compile_condition(read(condition, schema, CONDITION_LIMITS), schema, NOW).plan

    def _counts(self, program: Program) -> list[int]:
        return self._reading.counts(self.view, program)

    def _keys(self, program: Program) -> Any:
        return keys_of(self.view, self._reading.members(self.view, program))

    def _breakdown(self, program: Program, field: str) -> list[tuple[Any, int]]:
        members = self._reading.members(self.view, program)
        items, _, _ = breakdown(
            (Part(self.view, members),),
            FieldName(field),
            self._reading,
            limit=self.view.records,
            bins=None,
        )
        return [(item.value, item.count) for item in items if isinstance(item, ValueCount)]


class OursFromJson:
    """``benchmarks.peers.api.Engine``: ours, from the text of a condition."""

    name = "ours_from_json"

    def __init__(self, ours: Ours) -> None:
        self._ours = ours

    def ways(self, question: Question) -> tuple[Way, ...]:
        """From JSON to the answer. Stored segments have no condition left to read."""
        if isinstance(question, StoredOverlapOf):
            return self._ours.ways(question)
        recipe = self._ours.recipe(question)
        texts = [json.dumps(each) for each in recipe.conditions]

        def run() -> Any:
            conditions = [decode_json(text, CONDITION_BYTES_MAX) for text in texts]
            return recipe.run(self._ours.program(conditions, both=recipe.both))

        return (Way("engine", run, recipe.answer),)

    def close(self) -> None:
        """The records are ``Ours``'s to let go of."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A question as its conditions and what is run once they are compiled: see ``Ours.program``."""

    conditions: tuple[Condition, ...]
    run: Callable[[Program], Any]
    answer: Callable[[Any], Answer]
    both: bool = False


def load_file(
    path: Path,
    schema: Schema,
    options: IntakeOptions,
    *,
    shard_bits: int = SHARD_BITS,
    marks: Sequence[str] = (),
    part_batches: int | None = None,
) -> DatasetView:
    """A file's records in a node of their own, in memory, ready to be asked.

    Keywords among ``marks`` are kept as marks that they are set. Records are loaded at once, as an
    import does, or so many batches at a time.
    """
    node = Node(keeping=None, shard_bits=shard_bits, clock=ManualClock(NOW), limits=LIMITS)
    node.create(schema)
    batches = (_marked(each, marks) for each in batches_of(path, schema, options))
    if part_batches is None:
        node.load(schema.name, batches, mode=LoadMode.UPSERT, clear_empty=False)
        return node.published.view(schema.name)
    while part := list(islice(batches, part_batches)):
        node.load(schema.name, part, mode=LoadMode.UPSERT, clear_empty=False)
    return node.published.view(schema.name)


def inferred_schema(path: Path, options: IntakeOptions) -> Schema:
    """The schema that a file without declared types gives; reads all of it."""
    found = open_file(path, options, IntakeLimits()).infer()
    return Schema(SCHEMA.name, found.key, found.key_type, found.fields)


def batches_of(path: Path, schema: Schema, options: IntakeOptions) -> Iterator[pa.RecordBatch]:
    """A file's records, none of which is rejected."""
    for batch in open_file(path, options, IntakeLimits()).batches(schema):
        if batch.rejected:
            raise ValueError(f"{batch.rejected} of the generated records were rejected")
        yield batch.records


def _marked(records: pa.RecordBatch, marks: Sequence[str]) -> pa.RecordBatch:
    for name in marks:
        place, column = records.schema.get_field_index(name), records.column(name)
        written = unset(pa.repeat(MARK, len(column)), np.asarray(column.is_null()))
        records = records.set_column(place, name, written)
    return records
