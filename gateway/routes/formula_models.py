"""The documents about formulas."""

from collections.abc import Mapping

from gateway.routes.models import Answer, Body, Maybe, ProblemOut
from indexer.formula.fault import FormulaFault
from indexer.formula.fields import checked_formula
from indexer.formula.functions import AGGREGATES, FUNCTIONS
from indexer.model.ids import DatasetName
from indexer.model.schema import FieldType, Schema


class FormulaIn(Body):
    """A formula as somebody writes it."""

    formula: str


class FormulaOut(Answer):
    """``type`` if the formula is right, else the problem with its ``position``.

    ``stored``: it is computed when a record changes; else when somebody asks.
    """

    type: Maybe[str] = None
    scale: Maybe[int] = None
    stored: Maybe[bool] = None
    problems: list[ProblemOut]


class FunctionOut(Answer):
    """A function; an ``aggregate`` is one of related records."""

    name: str
    signature: str
    help: str
    aggregate: bool


class FunctionsOut(Answer):
    """Every function."""

    items: list[FunctionOut]


def functions_answer() -> FunctionsOut:
    """The table of the language."""
    plain = [
        FunctionOut(name=each.name, signature=each.signature, help=each.help, aggregate=False)
        for each in FUNCTIONS
    ]
    related = [
        FunctionOut(name=each.name, signature=each.signature, help=each.help, aggregate=True)
        for each in AGGREGATES
    ]
    return FunctionsOut(items=[*plain, *related])


def formula_answer(text: str, schema: Schema, schemas: Mapping[DatasetName, Schema]) -> FormulaOut:
    """What a formula would be as a field of the schema."""
    try:
        field = checked_formula(text, schema, schemas).field
    except FormulaFault as fault:
        found = fault.problem("/formula")
        problem = ProblemOut(
            code=found.code, path=found.path, message=found.message, position=found.position
        )
        return FormulaOut(problems=[problem])
    scale = field.scale if field.type is FieldType.DECIMAL else None
    return FormulaOut(type=field.type.value, scale=scale, stored=field.stored, problems=[])
