"""New and altered datasets: what a schema may be, and a view with its fields."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from indexer.dataset.formulas import Formulas, of_live
from indexer.dataset.keys import MISSING
from indexer.dataset.order import KeyOrder
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.dataset.widening import is_wider, widened
from indexer.encoding.bits import mask_of
from indexer.encoding.cells import (
    AnyCells,
    AnyColumn,
    column_of_cells,
    empty_column,
    fresh_vocabulary,
)
from indexer.formula.fields import typed_schema
from indexer.model.errors import BadSchema, Problem
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.schema import DECIMAL_DIGITS_MAX, LINKABLE, Field, FieldType, Schema


def empty_view(schema: Schema, shard_bits: int) -> DatasetView:
    """A dataset of no records."""
    return DatasetView(
        schema=schema,
        shard_bits=shard_bits,
        shards=(),
        order=KeyOrder(schema.key_type or FieldType.INT, shard_bits),
        vocabularies={field.name: fresh_vocabulary(field) for field in schema.columns},
    )


def altered(view: DatasetView, schema: Schema, limits: IndexLimits) -> DatasetView:
    """The view under a new schema of the same fields and links and more; new fields are null.

    Numbers may get a wider type (see ``indexer.dataset.widening``), but for those of links. New
    links point nowhere yet. Raises: BadSchema when a field is missing or has another type or
    scale, when a link is missing or another one, or when the keys become other ones.
    """
    held = {field.name: field for field in schema.fields}
    linking = {link.field for link in view.schema.links}
    for field in view.schema.fields:
        now = held.get(field.name)
        if now is not None and None not in (field.formula, now.formula):
            # Nothing is lost where everything is computed anew.
            continue
        same = now is not None and (now.type, now.scale) == (field.type, field.scale)
        free = field.name not in linking and field.name != view.schema.key
        same = same and now is not None and now.formula == field.formula
        if not same and (now is None or not free or not is_wider(field, now)):
            raise BadSchema(
                f"field {field.name!r} can't be removed or given another type",
                problems=(Problem("bad_schema", "/fields", "add a field of a new name"),),
            )
    if schema.key != view.schema.key or (view.shards and schema.key_type != view.schema.key_type):
        raise BadSchema("a dataset keeps the key it was created with")
    if schema.links[: len(view.schema.links)] != view.schema.links:
        raise BadSchema(
            "links are added after those that are there, which stay as they are",
            problems=(Problem("bad_schema", "/links", "add a link of a new name"),),
        )
    # Not ``or``: a vocabulary that has learnt nothing yet is false, and columns hold on to it.
    stale = Formulas.of(schema).stale(view.schema)
    vocabularies = {
        field.name: view.vocabularies[field.name]
        if field.name in view.vocabularies and field.name not in stale
        else fresh_vocabulary(field)
        for field in schema.columns
    }
    changed = replace(view, schema=schema, vocabularies=vocabularies)
    if not view.shards:
        order = KeyOrder(schema.key_type or FieldType.INT, view.shard_bits)
        changed = replace(changed, order=order)
    return replace(
        changed,
        shards=tuple(
            _with_computed(
                changed, _shard_under(changed, shard, view.schema, limits), stale, limits
            )
            for shard in view.shards
        ),
    )


def typed_among(schema: Schema, datasets: Mapping[DatasetName, DatasetView]) -> Schema:
    """The schema with the types of its formula fields, which may be about the other datasets.

    Raises: BadSchema with every problem found.
    """
    return typed_schema(schema, {name: view.schema for name, view in datasets.items()})


def check_schema(schema: Schema, limits: IndexLimits) -> None:
    """Raises: BadSchema with every problem found."""
    problems = [*_name_problems(schema, limits), *_field_problems(schema, limits)]
    problems += _link_problems(schema, limits)
    if not _zone_known(schema.time_zone):
        problems.append(
            Problem("bad_zone", "/time_zone", "not a zone name like Europe/Berlin or UTC")
        )
    if problems:
        raise BadSchema("the dataset can't be made like this", problems=tuple(problems))


def _name_problems(schema: Schema, limits: IndexLimits) -> list[Problem]:
    problems = []
    if not 0 < len(schema.name) <= limits.name_length_max or "/" in schema.name:
        problems.append(Problem("bad_value", "/name", "a name of 1 to 200 characters without '/'"))
    if schema.key_type is not None and schema.key_type not in LINKABLE:
        problems.append(Problem("bad_value", "/key", "a key is an int or a keyword"))
    if schema.key is None and schema.key_type is FieldType.KEYWORD:
        problems.append(Problem("bad_value", "/key", "generated keys are ints"))
    if len(schema.fields) > limits.fields_max:
        problems.append(Problem("bad_value", "/fields", f"at most {limits.fields_max} fields"))
    return problems


def _field_problems(schema: Schema, limits: IndexLimits) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for place, field in enumerate(schema.fields):
        path = f"/fields/{place}"
        if field.name in seen:
            problems.append(Problem("bad_value", f"{path}/name", "two fields have this name"))
        seen.add(field.name)
        if not 0 < len(field.name) <= limits.name_length_max or field.name == KEY_FIELD:
            problems.append(
                Problem("bad_value", f"{path}/name", "1 to 200 characters, and not '_key'")
            )
        if not _scale_fits(field):
            problems.append(
                Problem("bad_value", f"{path}/scale", "0 to 18 digits, for decimals only")
            )
        if field.formula is not None and field.name == schema.key:
            problems.append(Problem("bad_value", f"{path}/formula", "a key has no formula"))
        if len(field.separator) != 1:
            problems.append(Problem("bad_value", f"{path}/separator", "one character"))
    return problems


def _link_problems(schema: Schema, limits: IndexLimits) -> list[Problem]:
    problems = []
    names = [link.name for link in schema.links]
    if len(schema.links) > limits.links_max:
        problems.append(Problem("bad_value", "/links", f"at most {limits.links_max} links"))
    for place, link in enumerate(schema.links):
        field = schema.field(link.field)
        if field is None:
            problems.append(
                Problem("unknown_field", f"/links/{place}/field", "no field of this name")
            )
        elif field.type not in LINKABLE:
            problems.append(
                Problem("wrong_type", f"/links/{place}/field", "a link is an int or a keyword")
            )
        elif field.formula is not None:
            problems.append(
                Problem("wrong_type", f"/links/{place}/field", "a link's field has no formula")
            )
        if names.index(link.name) != place:
            problems.append(
                Problem("bad_value", f"/links/{place}/name", "two links have this name")
            )
    return problems


def _scale_fits(field: Field) -> bool:
    most = DECIMAL_DIGITS_MAX if field.type is FieldType.DECIMAL else 0
    return 0 <= field.scale <= most


def _zone_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _shard_under(view: DatasetView, shard: Shard, before: Schema, limits: IndexLimits) -> Shard:
    held = {field.name: field for field in before.columns}
    columns = {field.name: column for field, column in _kept(view.schema, shard)}
    for field in view.schema.given:
        known = held.get(field.name)
        if known is not None and (known.type, known.scale) != (field.type, field.scale):
            columns[field.name] = widened(columns[field.name], known, field)
        if field.name not in columns:
            fresh = empty_column(
                field,
                view.vocabularies[field.name],
                bitmaps_max=limits.bitmaps_per_field_max,
            )
            columns[field.name] = fresh.extended(shard.size)
    missing = np.full(shard.size, MISSING, np.int32)
    targets = {link.name: shard.targets.get(link.name, missing) for link in view.schema.links}
    return replace(shard, columns=columns, targets=targets)


def _kept(schema: Schema, shard: Shard) -> list[tuple[Field, AnyColumn]]:
    """The columns of fields that the schema still stores."""
    return [
        (field, shard.columns[field.name])
        for field in schema.columns
        if field.name in shard.columns
    ]


def _with_computed(
    view: DatasetView, shard: Shard, stale: Collection[FieldName], limits: IndexLimits
) -> Shard:
    """The shard with the columns of these formula fields made anew. Cost: a pass each."""
    if not stale:
        return shard
    live = mask_of(shard.live, shard.size)

    def cells_of_field(name: FieldName) -> AnyCells:
        cells: AnyCells = shard.columns[name].all_cells()
        return cells

    fields, most = (
        {field.name: field for field in view.schema.columns},
        limits.bitmaps_per_field_max,
    )
    found = view.formulas.cells(cells_of_field, shard.keys.all(), view.vocabularies, stale)
    columns = {
        name: column_of_cells(
            fields[name], of_live(part, live), view.vocabularies[name], bitmaps_max=most
        )
        for name, part in found.items()
    }
    return replace(shard, columns={**shard.columns, **columns})
