"""The evaluator over any index: parse, check, compile, ask, put the answer together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from evaluator.api import Count, Explained, FieldBreakdown, Overlap
from evaluator.asking import all_known, check_bins, check_leaves, check_order, check_overlap, known
from evaluator.condition.language import (
    Checked,
    Compiled,
    ConditionLimits,
    Definition,
    Definitions,
    NoDefinitions,
    Proposed,
    Surroundings,
    compile_condition,
    describe,
    looks_around,
    read,
)
from evaluator.explanation import ROOT, explanation_of, fields_of
from evaluator.measured import joins_of, linking_fields, measured
from evaluator.overlap import overlap_of, plans_of
from evaluator.present import dataset_now
from indexer.api import Index
from indexer.model.errors import BadCondition, Problem
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import (
    Cursor,
    OrderBy,
    RecordPage,
    ShardBitmaps,
    ValueCounts,
)
from indexer.model.schema import Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import Plan
from indexer.plan.program import Program, program_of
from indexer.plan.rules.optimise import optimise
from indexer.runtime.clock import Clock, stopwatch_ms


@dataclass(frozen=True, slots=True)
class _Asked:
    """A condition ready to be asked about."""

    schema: Schema
    around: Surroundings
    now: datetime
    checked: Checked
    compiled: Compiled


class LocalEvaluator:
    """``evaluator.api.Evaluator`` in this process. Keeps nothing between questions."""

    def __init__(
        self,
        index: Index,
        *,
        clock: Clock,
        limits: ConditionLimits | None = None,
        switches: Switches | None = None,
        definitions: Definitions | None = None,
    ) -> None:
        self._index = index
        self._clock = clock
        self._limits = limits or ConditionLimits()
        self._switches = switches or Switches()
        self._definitions = definitions or NoDefinitions()

    async def count(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        per_node: bool = False,
        hints: Hints = NO_HINTS,
    ) -> Count:
        """See ``Evaluator``. The whole and all its nodes are one program, one pass."""
        started = stopwatch_ms()
        asked = await self._ask(dataset, condition, now)
        return await self._count(asked, started, per_node=per_node, hints=hints)

    async def try_definition(self, definition: Definition, *, now: datetime | None = None) -> Count:
        """See ``Evaluator``."""
        started = stopwatch_ms()
        condition = definition.condition
        schema, around = await self._known(definition.dataset, [condition])
        around = replace(around, definitions=Proposed(self._definitions, definition))
        if definition.keys is None:
            around = replace(around, inside=(definition,))
        else:
            condition = {"segment": definition.id}
        asked = self._prepared(schema, around, condition, now)
        return await self._count(asked, started, per_node=False, hints=NO_HINTS)

    async def _count(self, asked: _Asked, started: float, *, per_node: bool, hints: Hints) -> Count:
        compiled = asked.compiled
        pointers = tuple(compiled.nodes) if per_node else ()
        plans = [compiled.plan, *(compiled.nodes[path] for path in pointers)]
        program = self._program(plans, asked.schema)
        counts = await self._index.count(asked.schema.name, program, hints=hints)
        whole, *parts = counts.counts
        return Count(
            count=whole,
            total=counts.total,
            as_of=counts.as_of,
            now=asked.now,
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
        order: Sequence[OrderBy] = (),
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        all_known(asked.schema, fields)
        check_order(asked.schema, order, after)
        return await self._index.members(
            dataset, self._whole(asked), fields=fields, limit=limit, after=after, order=order,
            hints=hints,
        )  # fmt: skip

    async def sample(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        size: int,
        seed: int | str = "",
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        all_known(asked.schema, fields)
        return await self._index.sample(
            dataset, self._whole(asked), fields=fields, size=size, seed=seed, hints=hints
        )

    async def breakdown(
        self,
        dataset: DatasetName,
        condition: object,
        field: FieldName,
        *,
        limit: int,
        bins: int | None = None,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> FieldBreakdown:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        told = known(asked.schema, field, "/field")
        check_bins(told, bins)
        found = await self._index.breakdown(
            dataset, self._whole(asked), field, limit=limit, bins=bins, hints=hints
        )
        return FieldBreakdown(told, found)

    async def overlap(
        self,
        dataset: DatasetName,
        conditions: Sequence[object],
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> Overlap:
        """See ``Evaluator``. Sizes, pairs and regions are one program, one pass."""
        check_overlap(conditions)
        schema, around = await self._known(dataset, conditions)
        moment = now or dataset_now(schema, self._clock)
        checked = self._read_all(conditions, schema, around)
        plans = [self._compile(each, schema, moment, around).plan for each in checked]
        program = self._program(plans_of(plans), schema)
        counts = await self._index.count(dataset, program, hints=hints)
        return overlap_of(len(plans), counts.counts, counts.as_of)

    async def explain(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        key: RecordKey | None = None,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> Explained:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        tree, plans = asked.checked.condition, {ROOT: asked.compiled.plan, **asked.compiled.nodes}
        joins = () if key is None else tuple(joins_of(tree, asked.schema, asked.around))
        fields = () if key is None else fields_of(tree, asked.schema, linking_fields(joins))
        program = self._program(list(plans.values()), asked.schema)
        found = await self._index.explain(dataset, program, key=key, fields=fields, hints=hints)
        reports = dict(zip(plans, found.steps, strict=True))
        values = {}
        if found.record is not None:
            nodes = asked.compiled.nodes
            values = await measured(self._index, joins, nodes, asked.schema, found.record, hints)
        root = explanation_of(tree, asked.schema, reports, found.record, asked.around, values)
        return Explained(root, found.as_of)

    async def contains(
        self,
        dataset: DatasetName,
        condition: object,
        keys: Sequence[RecordKey],
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        return await self._index.contains(dataset, self._whole(asked), keys, hints=hints)

    async def bitmaps(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> ShardBitmaps:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        return await self._index.bitmaps(dataset, self._whole(asked), hints=hints)

    async def rows(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        batch_rows: int,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> AsyncIterator[pa.RecordBatch]:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        coming: Any = self._index.rows(
            dataset, self._whole(asked), fields=fields, batch_rows=batch_rows, hints=hints
        )
        async with aclosing(coming):
            async for batch in coming:
                yield batch

    async def describe(self, dataset: DatasetName, condition: object) -> str:
        """See ``Evaluator``."""
        schema, around = await self._known(dataset, [condition])
        checked = read(condition, schema, self._limits, around)
        return describe(checked.condition, schema, around)

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        condition: object,
        prefix: str,
        limit: int,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> ValueCounts:
        """See ``Evaluator``."""
        asked = await self._ask(dataset, condition, now)
        known(asked.schema, field, "/field")
        return await self._index.values(
            dataset, field, program=self._whole(asked), prefix=prefix, limit=limit, hints=hints
        )

    async def _ask(self, dataset: DatasetName, condition: object, now: datetime | None) -> _Asked:
        schema, around = await self._known(dataset, [condition])
        return self._prepared(schema, around, condition, now)

    def _prepared(
        self, schema: Schema, around: Surroundings, condition: object, now: datetime | None
    ) -> _Asked:
        """The condition ready to be asked about. Raises: BadCondition."""
        moment = now or dataset_now(schema, self._clock)
        checked = read(condition, schema, self._limits, around)
        compiled = self._compile(checked, schema, moment, around)
        return _Asked(schema, around, moment, checked, compiled)

    async def _known(
        self, dataset: DatasetName, conditions: Sequence[object]
    ) -> tuple[Schema, Surroundings]:
        """The dataset's schema, and what the conditions may name beside its fields."""
        if not any(looks_around(each, self._limits) for each in conditions):
            return await self._index.schema(dataset), Surroundings(definitions=self._definitions)
        schemas = {each.name: each for each in await self._index.schemas()}
        schema = schemas.get(dataset) or await self._index.schema(dataset)
        return schema, Surroundings(schemas, self._definitions)

    def _compile(
        self, checked: Checked, schema: Schema, now: datetime, around: Surroundings
    ) -> Compiled:
        return compile_condition(checked, schema, now, around, self._switches)

    def _whole(self, asked: _Asked) -> Program:
        """The program of the whole condition alone."""
        return self._program([asked.compiled.plan], asked.schema)

    def _program(self, plans: Sequence[Plan], schema: Schema) -> Program:
        return program_of(optimise(plans, schema, self._switches))

    def _read_all(
        self, conditions: Sequence[object], schema: Schema, around: Surroundings
    ) -> list[Checked]:
        """All of them, or BadCondition with the problems of all of them."""
        checked: list[Checked] = []
        problems: list[Problem] = []
        for place, condition in enumerate(conditions):
            try:
                checked.append(read(condition, schema, self._limits, around))
                check_leaves(checked)
            except BadCondition as bad:
                at = f"/conditions/{place}"
                problems += [replace(each, path=at + each.path) for each in bad.problems]
        if problems:
            found = "one problem" if len(problems) == 1 else f"{len(problems):,} problems"
            raise BadCondition(f"the conditions have {found}", problems=tuple(problems))
        return checked
