"""Flags made from the settings, so that each has the setting's name and help and none is stale."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from gateway.settings import Settings


def with_settings(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with one optional flag per setting; it is called with all of them by name.

    A flag that isn't given is None, so that the environment speaks.
    """
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[_optional(field.annotation), typer.Option(help=field.description)],
        )
        for name, field in Settings.model_fields.items()
    ]

    def run(**flags: object) -> None:
        verb(**flags)

    run.__name__, run.__doc__ = verb.__name__, verb.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _optional(annotation: Any) -> Any:
    return annotation | None
