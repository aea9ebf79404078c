"""Which fields of a dataset change because of a file's columns: widened, or parked beside. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from indexer.intake.day_order import DayOrder
from indexer.intake.fields import Wanted
from indexer.intake.fitting import ColumnFit
from indexer.intake.options import IntakeOptions
from indexer.intake.outcome import Evolution, Evolved
from indexer.model.errors import BadFile
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType, Schema

Fits = Mapping[int, ColumnFit]
"""By the place of the column in the file."""


def day_orders(fits: Fits, options: IntakeOptions) -> dict[int, DayOrder]:
    """The order of each column that has dates in another form than ISO's.

    Raises: BadFile for a column whose order nothing tells.
    """
    orders = {}
    for place, fit in fits.items():
        if not fit.order.written:
            continue
        order = fit.order.order(options.date_order)
        if order is None:
            name = fit.field.name
            raise BadFile(
                f"the dates in {name!r} may have the day first or the month first, and no value"
                " tells: say date_order day_first or month_first, or write them like 2025-05-31"
            )
        orders[place] = order
    return orders


def evolve(wanted: Sequence[Wanted], fits: Fits, options: IntakeOptions) -> dict[int, Evolved]:
    """What happens to the dataset's fields, by the place of the column in the file."""
    schema = options.schema
    if schema is None:
        return {}
    taken = {one.field.name for one in wanted}
    fixed = {link.field for link in schema.links}
    evolved = {}
    for place, fit in fits.items():
        if not wanted[place].known:
            continue
        field = fit.widened()
        if fit.is_another or (field != fit.field and not _may_widen(field, fixed, options)):
            parked = _parked(fit, schema, taken)
            taken.add(parked.name)
            evolved[place] = Evolved(Evolution.PARKED, fit.field, parked)
        elif field != fit.field:
            evolved[place] = Evolved(Evolution.WIDENED, fit.field, field)
    return evolved


def order_remarks(fits: Fits, orders: Mapping[int, DayOrder]) -> Iterable[str]:
    """Sentences on how dates were read."""
    for place, order in orders.items():
        first = "day" if order is DayOrder.DAY_FIRST else "month"
        yield f"the dates in {fits[place].field.name!r} are read with the {first} first"


def evolution_remarks(evolved: Iterable[Evolved]) -> Iterable[str]:
    """Sentences on what happens to fields."""
    for one in evolved:
        if one.how is Evolution.PARKED:
            yield (
                f"most of {one.before.name!r} is no {one.before.type.value}: the column goes into"
                f" the field {one.field.name!r}"
            )
        else:
            yield f"the field {one.before.name!r} becomes {one.field.type.value}"


def _may_widen(field: Field, fixed: Collection[str], options: IntakeOptions) -> bool:
    return options.widening and field.name not in fixed


def _parked(fit: ColumnFit, schema: Schema, taken: Collection[str]) -> Field:
    """A field for the column's own type: the one an earlier file made, or a new one."""
    kind, scale = fit.guess.type(), fit.guess.scale
    if kind is fit.field.type and kind is not FieldType.DECIMAL:
        # What fits its type can't be parked as that type: the index would not have it wider.
        kind = FieldType.KEYWORD
    word = "text" if kind is FieldType.KEYWORD else kind.value
    name, number = f"{fit.field.name} ({word})", 2
    known = {field.name: field for field in schema.fields}
    while name in taken or (name in known and not _takes(known[FieldName(name)], kind, scale)):
        name, number = f"{fit.field.name} ({word} {number})", number + 1
    held = known.get(FieldName(name))
    if held is not None:
        return held
    scale = scale if kind is FieldType.DECIMAL else 0
    label = f"{fit.field.label or fit.field.name} ({word})"
    return replace(Field(FieldName(name), kind, label), scale=scale, pii=fit.field.pii)


def _takes(field: Field, kind: FieldType, scale: int) -> bool:
    return field.type is kind and (kind is not FieldType.DECIMAL or field.scale >= scale)
