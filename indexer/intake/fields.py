"""Which field each column of a file becomes: given, known from the dataset, or guessed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.intake.dialect import Column
from indexer.intake.fitting import FITTED, TIMES
from indexer.intake.options import IntakeOptions
from indexer.intake.outcome import Inferred
from indexer.model.errors import BadFile
from indexer.model.ids import FieldName
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType, Schema

KEY_TYPES = (FieldType.INT, FieldType.KEYWORD)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a column before its cells are read.

    ``field`` is complete if ``guess_type`` and ``guess_scale`` are both false. ``known`` is one of
    the dataset's own, which may be widened.
    """

    field: Field
    guess_type: bool = False
    guess_scale: bool = False
    known: bool = False

    @property
    def fitted(self) -> bool:
        """Whether its cells are to be compared with the type that is given."""
        if self.guess_type or self.guess_scale:
            return False
        return self.field.type in (FITTED if self.known else TIMES)


def key_of(options: IntakeOptions) -> FieldName | None:
    """The column of keys; None where keys are generated. Raises: BadFile."""
    if options.schema is None:
        return options.key
    if options.key is not None and options.key != options.schema.key:
        own = options.schema.key
        say = "are made by the dataset" if own is None else f"are in {own!r}"
        raise BadFile(f"the keys of {options.schema.name!r} {say}, not in {options.key!r}")
    return options.schema.key


def wanted_fields(columns: Sequence[Column], options: IntakeOptions) -> tuple[Wanted, ...]:
    """One entry per column, in file order.

    Raises: BadFile for a key or a declared type whose column is not in the file.
    """
    key = key_of(options)
    names = {column.name for column in columns}
    for name in (*options.types, *options.separators, *((key,) if key is not None else ())):
        if name not in names:
            raise BadFile(f"the file has no column {name!r}")
    return tuple(_wanted(column, key, options) for column in columns)


def settle(
    wanted: Sequence[Wanted],
    guesses: Sequence[tuple[FieldType, int] | None],
    key: FieldName | None,
) -> Inferred:
    """The file's fields, with what was guessed of each column filled in: its type and scale."""
    fields = tuple(
        _settled(one, guess, is_key=one.field.name == key)
        for one, guess in zip(wanted, guesses, strict=True)
    )
    key_type = next((field.type for field in fields if field.name == key), None)
    return Inferred(fields, key, key_type)


def _wanted(column: Column, key: FieldName | None, options: IntakeOptions) -> Wanted:
    if column.name == key:
        return _wanted_key(column, options)
    known = _known(options.schema, column.name)
    if known is not None and known.formula is not None:
        raise BadFile(
            f"{known.name!r} is computed by its formula: leave that column out of the file"
        )
    if known is not None:
        return Wanted(known, known=True)
    declared = options.types.get(column.name)
    if declared is None and column.name in options.separators:
        declared = FieldType.SET
    field = Field(column.name, declared or FieldType.KEYWORD, column.label)
    if column.name in options.separators:
        field = replace(field, separator=options.separators[column.name])
    return Wanted(field, declared is None, declared is FieldType.DECIMAL)


def _wanted_key(column: Column, options: IntakeOptions) -> Wanted:
    known = options.schema.key_type if options.schema is not None else None
    declared = known or options.types.get(column.name)
    if declared is not None and declared not in KEY_TYPES:
        raise BadFile(f"the key {column.name!r} can be int or keyword, not {declared.value}")
    return Wanted(Field(column.name, declared or FieldType.KEYWORD, column.label), declared is None)


def _known(schema: Schema | None, name: FieldName) -> Field | None:
    return None if schema is None else next((f for f in schema.fields if f.name == name), None)


def _settled(one: Wanted, guess: tuple[FieldType, int] | None, *, is_key: bool) -> Field:
    if guess is None:
        return one.field
    kind, scale = guess
    if not one.guess_type:
        return replace(one.field, scale=min(scale, DECIMAL_DIGITS_MAX))
    if is_key and kind not in KEY_TYPES:
        return replace(one.field, type=FieldType.KEYWORD)
    return replace(one.field, type=kind, scale=scale if kind is FieldType.DECIMAL else 0)
