"""Request bodies: read with a bound, decoded with numbers intact, held against a model.

Everything wrong with a body's shape is reported at once, each fault with its JSON Pointer.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from evaluator.condition.decode import decode_json
from gateway.access import ServicesDep
from gateway.errors import pointer
from gateway.settings import Settings
from indexer.model.errors import BadBody, BadShape, Problem, TooLarge

M = TypeVar("M", bound=BaseModel)


class Reads(Generic[M]):
    """A dependency that gives a route its body as ``model``."""

    def __init__(self, model: type[M]) -> None:
        self._model = model

    async def __call__(self, request: Request, services: ServicesDep) -> M:
        """Raises: BadBody, TooLarge, BadShape."""
        settings = services.settings
        most = settings.body_bytes_max
        return shaped(self._model, decode_json(await bounded(request, most, settings), most))


class Asks(Reads[M]):
    """Likewise, for bodies with a condition in them, which may be large."""

    async def __call__(self, request: Request, services: ServicesDep) -> M:
        """Raises: BadBody, TooLarge, BadShape, BadCondition."""
        settings = services.settings
        most = settings.condition_bytes_max
        return shaped(self._model, decode_json(await bounded(request, most, settings), most))


class MayRead(Reads[M]):
    """Likewise, where the body may be left out or null: it is the model's defaults then."""

    async def __call__(self, request: Request, services: ServicesDep) -> M:
        """Raises: BadBody, TooLarge, BadShape."""
        settings = services.settings
        most = settings.body_bytes_max
        body = await bounded(request, most, settings)
        given = decode_json(body, most) if body else None
        return shaped(self._model, {} if given is None else given)


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """What a route tells the OpenAPI file about the body it reads by itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body}


async def bounded(request: Request, bytes_max: int, settings: Settings) -> bytes:
    """The whole body, of at most ``bytes_max``. Raises: BadBody, TooLarge."""
    too_large = TooLarge(f"this body may hold at most {bytes_max} bytes")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadBody("send the body without Content-Encoding")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > bytes_max:
        raise too_large
    held = bytearray()
    async for chunk in arriving(request, settings.receive_timeout_s):
        held += chunk
        if len(held) > bytes_max:
            raise too_large
    return bytes(held)


async def arriving(request: Request, pause_s: float) -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises: BadBody where the next piece doesn't come in time."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(pause_s):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except (TimeoutError, ClientDisconnect):
            raise BadBody("the body did not arrive; send it again") from None
        yield chunk


def shaped(model: type[M], document: object) -> M:
    """The document as ``model``. Raises: BadShape with every fault."""
    try:
        return model.model_validate(document)
    except ValidationError as invalid:
        found = {problem.path: problem for problem in reversed(list(_faults(invalid, document)))}
        problems = tuple(reversed(found.values()))
    raise BadShape("the body is not as it should be; see the problems", problems=problems)


def _faults(invalid: ValidationError, document: object) -> Iterator[Problem]:
    for fault in invalid.errors(include_input=False, include_url=False):
        path = pointer(_within(document, fault["loc"]))
        yield Problem("bad_shape", path, _message(fault["type"], fault.get("ctx", {})))


def _within(document: object, location: tuple[int | str, ...]) -> Iterator[int | str]:
    """The parts of a location that are in the document, or would be: pydantic adds its own
    names for the alternatives of a union.
    """
    for place, part in enumerate(location):
        last = place == len(location) - 1
        match document:
            case dict() if part in document:
                yield part
                document = document[part]
            case list() if isinstance(part, int):
                yield part
                document = document[part] if part < len(document) else None
            case dict() if last:
                yield part
            case _:
                pass


def _message(kind: str, facts: Mapping[str, Any]) -> str:
    """What to say of a fault. Never pydantic's own words: some repeat the input."""
    words = _MESSAGES.get(kind)
    return words.format_map(facts) if words else "this has the wrong shape"


_OBJECT, _LIST, _TEXT = "this must be an object", "this must be a list", "this must be a string"
_WHOLE, _FLAG = "this must be a whole number", "this must be true or false"
_MESSAGES = {
    "missing": "this is missing",
    "extra_forbidden": "this name is not known here",
    "model_type": _OBJECT, "model_attributes_type": _OBJECT, "dict_type": _OBJECT,
    "list_type": _LIST,
    "string_type": _TEXT, "string_sub_type": _TEXT,
    "int_type": _WHOLE, "int_from_float": _WHOLE,
    "bool_type": _FLAG,
    "enum": "this must be one of {expected}",
    "literal_error": "this must be one of {expected}",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}",
    "union_tag_not_found": "{discriminator} is missing",
    "greater_than_equal": "this must be at least {ge}",
    "less_than_equal": "this must be at most {le}",
    "too_short": "this must hold at least {min_length}",
    "too_long": "this may hold at most {max_length}",
    "string_too_short": "this must not be empty",
    "string_too_long": "this may hold at most {max_length} characters",
}  # fmt: skip
