"""Bytes to decoded JSON, so that the text of a number survives.

Integers become ``int`` of any size, all other numbers ``Decimal``; of a repeated key the last
one counts. Knows nothing of conditions: whole request bodies come through here too.
"""

from decimal import Decimal

import msgspec

from evaluator.condition.number import decimal_from
from indexer.model.errors import BadBody, Problem, TooLarge

Json = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None


_NUMBERS_AS_WRITTEN = msgspec.json.Encoder(decimal_format="number")


def encode_json(condition: object) -> str:
    """JSON of a decoded condition; a fraction has the digits it was decoded from."""
    return _NUMBERS_AS_WRITTEN.encode(condition).decode()


def decode_json(body: bytes | bytearray | memoryview | str, bytes_max: int) -> Json:
    """The value that ``body`` spells in UTF-8 JSON.

    NaN, infinities, lone surrogates, a byte order mark and anything after the value are refused,
    as is an integer of more than 4,300 digits. Nothing of the body is repeated in an error.

    Raises: BadBody (with a ``too_deep`` problem if that is the reason), TooLarge.
    """
    if len(body) > bytes_max:
        raise TooLarge(f"the JSON is longer than {bytes_max:,} bytes")
    decoder = msgspec.json.Decoder(float_hook=decimal_from)
    try:
        decoded: Json = decoder.decode(body)
    except RecursionError:
        problem = Problem("too_deep", "", "the JSON is nested too deeply")
        raise BadBody(problem.message, problems=(problem,)) from None
    except msgspec.ValidationError:
        raise BadBody("a whole number in the JSON has too many digits") from None
    except ValueError:
        # Covers bytes that are not UTF-8 as well; the decoder's own words may quote the body.
        raise BadBody("this is not JSON") from None
    return decoded
