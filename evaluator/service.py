"""The evaluator over any index: parse, check, compile, ask, put the answer together."""

from collections.abc import Sequence
from datetime import datetime

from evaluator.api import Count
from evaluator.condition.language import (
    Compiled,
    ConditionLimits,
    compile_condition,
    describe,
    read,
)
from evaluator.present import dataset_now
from indexer.api import Index
from indexer.model.errors import UnknownField
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Cursor, RecordPage, ValueCounts
from indexer.model.schema import Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import Plan
from indexer.plan.program import Program, program_of
from indexer.plan.rules.optimise import optimise
from indexer.runtime.clock import Clock, stopwatch_ms


class LocalEvaluator:
    """``evaluator.api.Evaluator`` in this process. Keeps nothing between questions."""

    def __init__(
        self,
        index: Index,
        *,
        clock: Clock,
        limits: ConditionLimits | None = None,
        switches: Switches | None = None,
    ) -> None:
        self._index = index
        self._clock = clock
        self._limits = limits or ConditionLimits()
        self._switches = switches or Switches()

    async def count(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        per_node: bool = False,
    ) -> Count:
        """See ``Evaluator``. The whole and all its nodes are one program, one pass."""
        started = stopwatch_ms()
        schema = await self._index.schema(dataset)
        moment = now or dataset_now(schema, self._clock)
        compiled = self._compile(condition, schema, moment)
        pointers = tuple(compiled.nodes) if per_node else ()
        asked = [compiled.plan, *(compiled.nodes[path] for path in pointers)]
        program = self._program(asked, schema)
        counts = await self._index.count(dataset, program)
        whole, *parts = counts.counts
        return Count(
            count=whole,
            total=counts.total,
            as_of=counts.as_of,
            now=moment,
            elapsed_ms=stopwatch_ms() - started,
            per_node=dict(zip(pointers, parts, strict=True)),
            resolved=compiled.resolved,
        )

    async def members(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        now: datetime | None = None,
    ) -> RecordPage:
        """See ``Evaluator``."""
        schema = await self._index.schema(dataset)
        for name in fields:
            _known(schema, name)
        compiled = self._compile(condition, schema, now or dataset_now(schema, self._clock))
        program = self._program([compiled.plan], schema)
        return await self._index.members(dataset, program, fields=fields, limit=limit, after=after)

    async def describe(self, dataset: DatasetName, condition: object) -> str:
        """See ``Evaluator``."""
        schema = await self._index.schema(dataset)
        return describe(read(condition, schema, self._limits).condition, schema)

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        condition: object,
        prefix: str,
        limit: int,
        now: datetime | None = None,
    ) -> ValueCounts:
        """See ``Evaluator``."""
        schema = await self._index.schema(dataset)
        _known(schema, field)
        compiled = self._compile(condition, schema, now or dataset_now(schema, self._clock))
        program = self._program([compiled.plan], schema)
        return await self._index.values(dataset, field, program=program, prefix=prefix, limit=limit)

    def _compile(self, condition: object, schema: Schema, now: datetime) -> Compiled:
        return compile_condition(read(condition, schema, self._limits), schema, now)

    def _program(self, plans: Sequence[Plan], schema: Schema) -> Program:
        return program_of(optimise(plans, schema, self._switches))


def _known(schema: Schema, name: FieldName) -> None:
    if schema.field(name) is None:
        raise UnknownField(f"dataset {schema.name!r} has no field {name!r}")
