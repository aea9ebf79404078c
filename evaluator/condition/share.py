"""A share of the records in percent, and the draws that belong to it."""

from decimal import ROUND_FLOOR, Context, Decimal

import msgspec

from evaluator.condition.literal import Fault
from evaluator.condition.number import number_from
from indexer.plan.draws import DRAW_MAX

SHARE_KEYS = frozenset({"from", "to", "salt"})
WHOLE = 100
SALT_CHARS_MAX = 1_024

_EXAMPLE = '{"from": 0, "to": 10, "salt": ""}'
_DRAWS = DRAW_MAX + 1
# A draw is a multiple of 100 / 2^64 percent, which has 62 digits after the point.
_DIGITS = 62
_STEP = Decimal((0, (1,), -_DIGITS))
_STEPS_PER_PERCENT: int = 10**_DIGITS
_WIDE = Context(prec=100)


class Share(msgspec.Struct, frozen=True):
    """From ``low`` percent up to ``high``, which is left out, as the draw by ``salt`` has it."""

    low: int | Decimal
    high: int | Decimal
    salt: str


def read_share(value: object) -> Share | Fault:
    """The share that a ``sample``'s value spells; the salt may be left out."""
    if not isinstance(value, dict):
        return Fault("wrong_type", f"takes a share in percent, like {_EXAMPLE}")
    if not {"from", "to"} <= value.keys() <= SHARE_KEYS:
        return Fault("bad_shape", f"takes exactly a share in percent, like {_EXAMPLE}")
    low, high, salt = number_from(value["from"]), number_from(value["to"]), value.get("salt", "")
    if low is None or high is None or not isinstance(salt, str):
        return Fault("wrong_type", f"takes two numbers and a text, like {_EXAMPLE}")
    if not (0 <= low <= WHOLE and 0 <= high <= WHOLE):
        return Fault("bad_value", f"takes a share from 0 to {WHOLE} percent")
    if len(salt) > SALT_CHARS_MAX or any("\ud800" <= each <= "\udfff" for each in salt):
        return Fault("bad_value", f"takes a salt of at most {SALT_CHARS_MAX:,} Unicode characters")
    return Share(low, high, salt)


def draws_of(share: Share) -> tuple[int, int]:
    """The first and the last draw that lie in the share; none do if first > last."""
    return _first_from(share.low), _first_from(share.high) - 1


def _first_from(percent: int | Decimal) -> int:
    """The smallest draw that is not below so many percent of all draws."""
    if isinstance(percent, int):
        return -(-percent * _DRAWS // WHOLE)
    below = percent.quantize(_STEP, ROUND_FLOOR, _WIDE)
    units = int(below.scaleb(_DIGITS, _WIDE)) * _DRAWS
    first, rest = divmod(units, WHOLE * _STEPS_PER_PERCENT)
    return first + (1 if rest or below != percent else 0)
