"""Formulas with types: what is computed. Every node knows its kind."""

import msgspec

from indexer.formula.kinds import MOMENT, NOTHING, Kind
from indexer.model.ids import DatasetName, FieldName

Plain = bool | int | float | str | None
"""A value in stored form."""


class Constant(msgspec.Struct, frozen=True):
    """One value for all records."""

    value: Plain
    kind: Kind


class Read(msgspec.Struct, frozen=True):
    """A field of the record."""

    field: FieldName
    kind: Kind


class Now(msgspec.Struct, frozen=True):
    """The moment at which the question is asked."""

    kind: Kind = MOMENT


class Aggregate(msgspec.Struct, frozen=True):
    """A function of the records of another dataset whose ``link`` leads to the record.

    ``field`` is None for ``count``; ``order_by`` is for ``first`` and ``last`` only.
    """

    function: str
    dataset: DatasetName
    link: str
    field: FieldName | None
    order_by: FieldName | None
    kind: Kind


class Apply(msgspec.Struct, frozen=True):
    """An operation on values, by the name under which ``indexer.formula.compute`` has it."""

    operation: str
    arguments: "tuple[Tree, ...]"
    kind: Kind


Tree = Constant | Read | Now | Aggregate | Apply

NULL = Constant(None, NOTHING)


def reads(tree: Tree) -> frozenset[FieldName]:
    """The fields of the record that it needs."""
    match tree:
        case Read(field=field):
            return frozenset({field})
        case Apply(arguments=arguments):
            return frozenset().union(*(reads(argument) for argument in arguments))
        case _:
            return frozenset()


def is_stored(tree: Tree) -> bool:
    """Whether it depends on nothing but the record and its dataset's zone."""
    match tree:
        case Now() | Aggregate():
            return False
        case Apply(arguments=arguments):
            return all(is_stored(argument) for argument in arguments)
        case _:
            return True
