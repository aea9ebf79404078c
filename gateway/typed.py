"""What the verbs of the command line share: flags, settings, and conditions as people type them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from evaluator.condition.language import ConditionLimits
from gateway.settings import Settings, read
from indexer.model.errors import BadFile
from indexer.runtime.logging import configure

CONDITION_BYTES_MAX = ConditionLimits().json_bytes_max

Data = Annotated[Path | None, typer.Option(help="Work on the data in this folder")]
Connect = Annotated[str | None, typer.Option(help="Ask a running service: http://HOST:PORT")]
Token = Annotated[str | None, typer.Option(envvar="CARDINAL_TOKEN", help="Token for --connect")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object")]


def local_settings(data: Path | None) -> Settings:
    """The settings of a command that works on a data folder; only what is wrong is logged."""
    settings = read(data=data)
    configure(level="warning", as_json=settings.log_json)
    return settings


def text_of(condition: str) -> str | bytes:
    """The JSON of a condition: as given, of a file, or of standard input."""
    if condition == "-":
        return sys.stdin.buffer.read(CONDITION_BYTES_MAX + 1)
    if not condition.startswith("@"):
        return condition
    try:
        return Path(condition[1:]).read_bytes()
    except OSError as fault:
        raise BadFile(f"{condition[1:]} can't be read: {fault.strerror}") from fault
