"""A condition's nodes and what the index reports of them, as one tree. Asks nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from evaluator.api import TEXT_CHARS_MAX, Explanation, FieldValue
from evaluator.condition.language import describe
from evaluator.condition.surroundings import ALONE, Surroundings
from evaluator.condition.tree import (
    Condition,
    FieldTest,
    Muted,
    RelatedTest,
    children_of,
)
from indexer.api import StepReport
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Record, Value
from indexer.model.schema import Field, Schema

NOTHING_MEASURED: Mapping[str, FieldValue] = MappingProxyType({})
ROOT = ""
"""The path of a whole condition."""


def fields_of(
    condition: Condition, schema: Schema, also: Sequence[FieldName] = ()
) -> tuple[FieldName, ...]:
    """The stored fields that the leaves of a checked condition are about, each once; no key.

    And those named ``also``.
    """
    fields = (_field(leaf.field, schema) for leaf in _leaves(condition))
    names = [
        each.name for each in (*fields, *(_field(name, schema) for name in also)) if each.stored
    ]
    return tuple(name for name in dict.fromkeys(names) if name != KEY_FIELD)


def explanation_of(
    condition: Condition,
    schema: Schema,
    reports: Mapping[str, StepReport],
    record: Record | None,
    around: Surroundings = ALONE,
    measured: Mapping[str, FieldValue] = NOTHING_MEASURED,
) -> Explanation:
    """The tree of a checked condition, from a report for the root and every node by path.

    ``measured`` is what the record's related records come to, for conditions on those.
    """
    return _Explainer(schema, reports, record, around, measured).explain(condition, ROOT)


@dataclass(frozen=True, slots=True)
class _Explainer:
    schema: Schema
    reports: Mapping[str, StepReport]
    record: Record | None
    around: Surroundings
    measured: Mapping[str, FieldValue]

    def explain(self, condition: Condition, path: str) -> Explanation:
        report = self.reports[path]
        return Explanation(
            path=path,
            text=_text(condition, self.schema, self.around),
            method=report.method,
            estimate=report.estimate,
            actual=report.actual,
            ms=report.ms,
            cached=report.cached,
            holds=report.holds,
            value=self._value(condition),
            children=tuple(
                self.explain(child, child.path)
                for child in children_of(condition)
                if not isinstance(child, Muted)
            ),
        )

    def _value(self, condition: Condition) -> FieldValue | None:
        if isinstance(condition, RelatedTest):
            return self.measured.get(condition.path)
        if self.record is None or not isinstance(condition, FieldTest):
            return None
        field = _field(condition.field, self.schema)
        if not field.stored:
            # It is computed for all records at once, and kept for none.
            return None
        held: Value = self.record.key
        if field.name != KEY_FIELD:
            held = self.record.values[field.name]
        return FieldValue(field, held)


def _text(condition: Condition, schema: Schema, around: Surroundings) -> str:
    text = describe(condition, schema, around)
    return text if len(text) <= TEXT_CHARS_MAX else text[: TEXT_CHARS_MAX - 1] + "…"


def _leaves(condition: Condition) -> tuple[FieldTest, ...]:
    if isinstance(condition, FieldTest):
        return (condition,)
    return tuple(leaf for child in children_of(condition) for leaf in _leaves(child))


def _field(name: str, schema: Schema) -> Field:
    field = schema.field(name)
    assert field is not None, schema.name
    return field
