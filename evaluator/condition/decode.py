"""Bytes to decoded JSON, so that the text of a number survives.

Integers become ``int`` of any size, all other numbers ``Decimal``; of a repeated key the last
one counts. Knows nothing of conditions: whole request bodies come through here too.
"""

from decimal import Decimal

import msgspec
import numpy as np

from evaluator.condition.number import decimal_from
from indexer.model.errors import BadBody, Problem, TooLarge

Text = bytes | bytearray | memoryview | str
Json = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None


PARTS_MAX = 50_000
"""Objects and lists of one body: each costs far more than its bytes. Twenty for every node that a
condition may have; values of a list are none of them."""
_DEPTH_MAX = 1_000
"""What the decoder itself gives up at lies here or below."""
_WINDOW_BYTES = 1 << 20
_QUOTE = ord('"')
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"{[")], _STEPS[list(b"}]")] = 1, -1
_NUMBERS_AS_WRITTEN = msgspec.json.Encoder(decimal_format="number")


def encode_json(condition: object) -> str:
    """JSON of a decoded condition; a fraction has the digits it was decoded from."""
    return _NUMBERS_AS_WRITTEN.encode(condition).decode()


def decode_json(body: Text, bytes_max: int, parts_max: int = PARTS_MAX) -> Json:
    """The value that ``body`` spells in UTF-8 JSON.

    NaN, infinities, lone surrogates, a byte order mark and anything after the value are refused,
    as is an integer of more than 4,300 digits. Nothing of the body is repeated in an error.

    Raises: BadBody (with a ``too_deep`` problem if that is the reason), TooLarge.
    """
    if len(body) > bytes_max:
        raise TooLarge(f"the JSON is longer than {bytes_max:,} bytes")
    check_parts(body, parts_max)
    decoder = msgspec.json.Decoder(float_hook=decimal_from)
    try:
        decoded: Json = decoder.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except msgspec.ValidationError:
        raise BadBody("a whole number in the JSON has too many digits") from None
    except ValueError:
        # Covers bytes that are not UTF-8 as well; the decoder's own words may quote the body.
        raise BadBody("this is not JSON") from None
    return decoded


def _too_deep() -> BadBody:
    problem = Problem("too_deep", "", "the JSON is nested too deeply")
    return BadBody(problem.message, problems=(problem,))


def check_parts(body: Text, parts_max: int) -> None:
    """Refuse what would take long to decode. Raises: BadBody.

    Cost: a look at each byte. Where texts may hold the brackets some passes more, over as much as
    it takes to have seen too many.
    """
    data = body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body)
    if data.count(b"{") + data.count(b"[") <= parts_max:
        return
    # Escapes go first: then every quote begins or ends a text.
    marks = np.frombuffer(data.replace(b"\\\\", b"").replace(b'\\"', b""), np.uint8)
    parts = depth = 0
    inside = False
    for start in range(0, len(marks), _WINDOW_BYTES):
        window = marks[start : start + _WINDOW_BYTES]
        texts = np.logical_xor.accumulate(window == _QUOTE) ^ inside
        steps = np.where(texts, 0, _STEPS[window]).cumsum(dtype=np.int64) + depth
        if steps.max() > _DEPTH_MAX:
            raise _too_deep()
        parts += int(np.count_nonzero(np.diff(steps, prepend=depth) > 0))
        if parts > parts_max:
            message = f"the JSON has more than {parts_max:,} objects and lists"
            raise BadBody(message, problems=(Problem("too_many_nodes", "", message),))
        inside, depth = bool(texts[-1]), int(steps[-1])
