"""The operators of the condition language, for menus."""

from fastapi import APIRouter

from evaluator.condition.operators import OPERATORS
from gateway.access import Role, needs
from gateway.routes.models import OperatorOut, OperatorsOut

router = APIRouter(tags=["Questions about a condition"])


@router.get("/operators", dependencies=[needs(Role.VIEWER)])
async def list_operators() -> OperatorsOut:
    """Every operator, in menu order."""
    return OperatorsOut(items=[
        OperatorOut(
            key=operator.key, label=operator.label, help=operator.help,
            types=[kind.value for kind in operator.types],
            value=operator.value.value, negative=operator.negative,
            options=list(operator.options), of_key=operator.of_key,
        )
        for operator in OPERATORS
    ])  # fmt: skip
