"""The front of the condition language: decoded JSON in, a condition that compiles out.

``read`` is where a condition is refused; after it, ``compile_condition`` and ``describe`` can't
fail. Use ``decode_json`` for the bytes, so that numbers keep their text.
"""

from evaluator.condition.check import check
from evaluator.condition.checked import Checked
from evaluator.condition.compile import Compiled, compile_condition
from evaluator.condition.decode import Json, decode_json
from evaluator.condition.describe import describe
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.looking import looks_around
from evaluator.condition.parse import parse
from evaluator.condition.surroundings import (
    ALONE,
    Definition,
    Definitions,
    NoDefinitions,
    Proposed,
    Surroundings,
)
from evaluator.condition.wording import outermost_first
from indexer.model.errors import BadCondition
from indexer.model.schema import Schema

__all__ = [
    "Checked",
    "Compiled",
    "ConditionLimits",
    "Definition",
    "Definitions",
    "Json",
    "NoDefinitions",
    "Proposed",
    "Surroundings",
    "compile_condition",
    "decode_json",
    "describe",
    "looks_around",
    "read",
]


def read(
    data: object, schema: Schema, limits: ConditionLimits, around: Surroundings = ALONE
) -> Checked:
    """The condition that ``data`` spells over ``schema``, ready to compile.

    Raises: BadCondition with every problem found, outermost first.
    """
    parsed = parse(data, limits)
    checked = check(parsed.condition, schema, limits, around)
    problems = outermost_first((*parsed.problems, *checked.problems))
    if problems:
        found = "one problem" if len(problems) == 1 else f"{len(problems):,} problems"
        raise BadCondition(f"the condition has {found}", problems=problems)
    return checked
