"""How a file changes a dataset's schema, and how that is told. Pure."""

from dataclasses import replace

from gateway.imports.progress import FieldChange, InferredField
from gateway.imports.wishes import Wishes
from indexer.api import LoadMode
from indexer.intake.outcome import Evolution, Inferred
from indexer.model.schema import FieldType, Schema

ADDED = "added"


def wanted_schema(wishes: Wishes, inferred: Inferred, known: Schema | None) -> Schema:
    """The schema to load into: the known one with what the file and the wishes add."""
    if known is None:
        return Schema(
            name=wishes.dataset,
            key=inferred.key,
            key_type=inferred.key_type or (FieldType.INT if inferred.key is None else None),
            fields=inferred.fields,
            links=wishes.links,
            time_zone=wishes.time_zone or "UTC",
        )
    if wishes.mode is LoadMode.DELETE:
        return known
    wider = {one.field.name: one.field for one in inferred.evolved if one.how is Evolution.WIDENED}
    names = {field.name for field in known.fields} | {known.key}
    links = {link.name for link in known.links}
    return replace(
        known,
        fields=(
            *(wider.get(field.name, field) for field in known.fields),
            *(one for one in inferred.fields if one.name not in names),
        ),
        links=(*known.links, *(link for link in wishes.links if link.name not in links)),
    )


def field_changes(known: Schema, schema: Schema, inferred: Inferred) -> tuple[FieldChange, ...]:
    """What becomes of the dataset's fields, in the order of the schema."""
    before = {field.name: field for field in known.fields}
    parked = {one.field.name: one.before for one in inferred.evolved if one.how is Evolution.PARKED}
    changes = []
    for field in schema.fields:
        kind, was, of = field.type.value, before.get(field.name), parked.get(field.name)
        if of is not None:
            changes.append(
                FieldChange(field.name, Evolution.PARKED.value, kind, of.type.value, of.name)
            )
        elif was is None:
            changes.append(FieldChange(field.name, ADDED, kind))
        elif was != field:
            changes.append(FieldChange(field.name, Evolution.WIDENED.value, kind, was.type.value))
    return tuple(changes)


def inferred_fields(inferred: Inferred) -> tuple[InferredField, ...]:
    """The file's fields, as they are told."""
    return tuple(
        InferredField(
            field.name,
            field.type.value,
            field.scale if field.type is FieldType.DECIMAL else None,
        )
        for field in inferred.fields
    )
