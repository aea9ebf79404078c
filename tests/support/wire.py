"""JSON for tests: fractions stay exact on the way out and on the way back."""

import json
from decimal import Decimal
from typing import Any


def to_json(value: Any) -> str:
    """JSON text; a Decimal becomes a number with all of its digits."""
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ", ".join(f"{json.dumps(k)}: {to_json(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(to_json(each) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def from_json(text: str) -> Any:
    """The decoded JSON the oracle takes: fractions as Decimals."""
    return json.loads(text, parse_float=Decimal)
