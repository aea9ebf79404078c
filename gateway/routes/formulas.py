"""Formulas while somebody writes them: what there is, and whether this one is right."""

from typing import Annotated

from fastapi import APIRouter, Depends

from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Reads, takes
from gateway.routes.formula_models import (
    FormulaIn,
    FormulaOut,
    FunctionsOut,
    formula_answer,
    functions_answer,
)
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Datasets and data"])


@router.get("/formulas/functions", dependencies=[needs(Role.VIEWER)])
async def list_functions() -> FunctionsOut:
    """Every function that a formula may use, in the order of the papers."""
    return functions_answer()


@router.post("/datasets/{name}/formulas/check", dependencies=[needs(Role.VIEWER)],
             openapi_extra=takes(FormulaIn))  # fmt: skip
async def check_formula(
    name: str, body: Annotated[FormulaIn, Depends(Reads(FormulaIn))], services: ServicesDep
) -> FormulaOut:
    """The type that a formula would have, or what is wrong with it and where."""
    schema = await services.index.schema(DatasetName(name))
    schemas = {each.name: each for each in await services.index.schemas()}
    return formula_answer(body.formula, schema, schemas)
