"""Datasets between documents and schemas, both ways."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from evaluator.present import dataset_now
from evaluator.values import rfc3339
from gateway.errors import pointer
from gateway.routes.models import (
    DatasetIn,
    DatasetOut,
    DatasetPatch,
    FieldIn,
    FieldOut,
    LinkIn,
    LinkOut,
)
from indexer.api import DatasetInfo, FieldStats
from indexer.model.errors import BadSchema, Problem
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.runtime.clock import Clock

_NO_STATS = FieldStats(filled=0, distinct=0)


def schema_of(body: DatasetIn) -> Schema:
    """The schema a new dataset is to have; the index checks it."""
    _check_typed(body.fields)
    fields = tuple(field_of(field) for field in body.fields)
    key_types = [field.type for field in fields if field.name == body.key]
    return Schema(
        name=DatasetName(body.name),
        key=FieldName(body.key) if body.key is not None else None,
        key_type=key_types[0] if key_types else (FieldType.INT if body.key is None else None),
        fields=fields,
        links=tuple(link_of(link) for link in body.links),
        time_zone=body.time_zone or "UTC",
        clock_offset_s=body.clock_offset_s or 0,
    )


@contextmanager
def pointing_into_patch(schema: Schema) -> Iterator[None]:
    """The block alters ``schema`` by a patch: its problems with fields point into the patch.

    Added fields come last in the schema, and first in the patch.
    """
    try:
        yield
    except BadSchema as bad:
        raise BadSchema(
            bad.message,
            problems=tuple(
                replace(problem, path=_in_patch(problem.path, len(schema.fields)))
                for problem in bad.problems
            ),
        ) from None


def _in_patch(path: str, held: int) -> str:
    parts = path.split("/")
    if parts[:2] != ["", "fields"] or len(parts) < 3 or int(parts[2]) < held:
        return path
    return "/".join([*parts[:2], str(int(parts[2]) - held), *parts[3:]])


def patched(schema: Schema, patch: DatasetPatch) -> Schema:
    """The schema with the patch on it. Raises: BadSchema."""
    known = {field.name: field for field in schema.fields}
    problems = [
        Problem("unknown_field", pointer(["labels", name]), f"{schema.name} has no such field")
        for name in patch.labels
        if name not in known
    ]
    problems += [
        Problem("bad_value", f"/fields/{place}/name", f"{schema.name} has a field of this name")
        for place, field in enumerate(patch.fields)
        if field.name in known
    ]
    _check_typed(patch.fields)
    if problems:
        message = "a dataset can't look like this; see the problems"
        raise BadSchema(message, problems=tuple(problems))
    fields = [
        replace(field, label=patch.labels.get(field.name, field.label)) for field in schema.fields
    ]
    return replace(
        schema,
        fields=(*fields, *(field_of(field) for field in patch.fields)),
        links=(*schema.links, *(link_of(link) for link in patch.links)),
        clock_offset_s=(
            schema.clock_offset_s if patch.clock_offset_s is None else patch.clock_offset_s
        ),
        time_zone=patch.time_zone or schema.time_zone,
    )


def _check_typed(fields: Sequence[FieldIn]) -> None:
    """Each has a type or a formula. Raises: BadSchema."""
    problems = tuple(
        Problem("bad_value", f"/fields/{place}", "a field has a type, or a formula that gives one")
        for place, field in enumerate(fields)
        if (field.type is None) == (field.formula is None)
    )
    if problems:
        raise BadSchema("a dataset can't look like this; see the problems", problems=problems)


def field_of(body: FieldIn) -> Field:
    """A declared field; its label is its name in words unless it says another.

    The index infers the type of a formula.
    """
    return Field(
        name=FieldName(body.name),
        type=body.type or FieldType.KEYWORD,
        formula=body.formula,
        label=body.name.replace("_", " ") if body.label is None else body.label,
        scale=body.scale or 0,
        pii=body.pii,
        separator=body.separator or "|",
    )


def link_of(body: LinkIn) -> Link:
    """A declared link; its name is its field's unless it says another."""
    to_field = FieldName(body.to_field) if body.to_field is not None else None
    return Link(body.name or body.field, FieldName(body.field), DatasetName(body.to), to_field)


def dataset_document(info: DatasetInfo, clock: Clock) -> DatasetOut:
    """A dataset as API.md writes it."""
    schema = info.schema
    return DatasetOut(
        name=schema.name,
        key=schema.key,
        time_zone=schema.time_zone,
        clock_offset_s=schema.clock_offset_s,
        now=rfc3339(dataset_now(schema, clock)),
        records=info.records,
        sequence=info.sequence,
        updated_at=rfc3339(info.updated_at) if info.updated_at else None,
        fields=_fields(info),
        links=[
            LinkOut(name=link.name, field=link.field, to=link.to, to_field=link.to_field)
            for link in schema.links
        ],
    )


def _fields(info: DatasetInfo) -> list[FieldOut]:
    schema = info.schema
    declared = list(schema.fields)
    if schema.key is not None and all(field.name != schema.key for field in declared):
        kind = schema.key_type or FieldType.KEYWORD
        declared.insert(0, Field(schema.key, kind, label=schema.key.replace("_", " ")))
    return [_field(field, info) for field in declared]


def _field(field: Field, info: DatasetInfo) -> FieldOut:
    is_key = field.name == info.schema.key
    stats = info.fields.get(KEY_FIELD if is_key else field.name, _NO_STATS)
    if is_key:
        stats = FieldStats(filled=info.records, distinct=info.records)
    return FieldOut(
        name=field.name,
        type=(info.schema.key_type or field.type if is_key else field.type).value,
        label=field.label or field.name,
        scale=field.scale if field.type is FieldType.DECIMAL else None,
        separator=field.separator if field.type is FieldType.SET else None,
        pii=field.pii,
        key=True if is_key else None,
        formula=field.formula,
        stored=None if field.formula is None else field.stored,
        filled=stats.filled / info.records if info.records else 0.0,
        distinct=stats.distinct,
    )
