"""The verbs of segments on the command line: ``cardinal segments list | show | create | …``."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from evaluator.condition.language import decode_json
from evaluator.roaring.writing import write_file
from gateway.remote import Remote
from gateway.reports import json_line
from gateway.segments.places import LocalSegments, RemoteSegments, SegmentsPlace
from gateway.typed import (
    CONDITION_BYTES_MAX,
    AsJson,
    Connect,
    Data,
    Token,
    local_settings,
    text_of,
)
from indexer.model.errors import BadFile, BadShape

Id = Annotated[str, typer.Argument(help="The segment's id")]

segments = typer.Typer(no_args_is_help=True, help="Saved conditions and lists, and who is in them.")


def add_verbs(app: typer.Typer) -> None:
    """Let the command line have the verbs of this module."""
    app.add_typer(segments, name="segments")


@segments.command("list")
def list_segments(
    *,
    dataset: Annotated[str | None, typer.Option(help="Only those of this dataset")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag")] = None,
    text: Annotated[str | None, typer.Option("--q", help="Looked for in names, fields …")] = None,
    sort: Annotated[str, typer.Option(help="name, created_at, modified_at, size")] = "name",
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List segments with their sizes."""
    asked = {"dataset": dataset, "tag": tag, "q": text, "sort": sort}
    found = asyncio.run(_place(data, connect, token).all(asked))
    if as_json:
        typer.echo(json_line({"items": found, "next_cursor": None}))
        return
    for each in found:
        typer.echo(_line(each))


@segments.command("show")
def show_segment(
    segment: Id,
    *,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show one segment and its definition."""
    found = asyncio.run(_place(data, connect, token).show(segment))
    if as_json:
        typer.echo(json_line(found))
        return
    typer.echo(_line(found))
    if "condition" in found:
        typer.echo(json_line(found["condition"]))


@segments.command("create")
def create_segment(  # noqa: PLR0913 - one parameter per flag
    dataset: Annotated[str, typer.Argument(help="The dataset its members are in")],
    name: Annotated[str, typer.Argument(help="Its name")],
    condition: Annotated[
        str | None, typer.Argument(help="JSON, @FILE, or - for standard input")
    ] = None,
    *,
    keys: Annotated[Path | None, typer.Option(help="A file of keys, one a line")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="A tag")] = None,
    description: Annotated[str, typer.Option(help="What it is for")] = "",
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Save a condition, or a list of keys, under a name."""
    if (condition is None) == (keys is None):
        raise BadShape("give either a condition or --keys FILE")
    body: dict[str, Any] = {
        "dataset": dataset, "name": name, "description": description, "tags": tags or [],
    }  # fmt: skip
    if condition is not None:
        body["condition"] = decode_json(text_of(condition), CONDITION_BYTES_MAX)
    if keys is not None:
        body["keys"] = _keys_in(keys)
    made = asyncio.run(_place(data, connect, token).create(body))
    typer.echo(json_line(made) if as_json else _line(made))


@segments.command("delete")
def delete_segment(
    segment: Id, *, data: Data = None, connect: Connect = None, token: Token = None
) -> None:
    """Remove a segment that no other one uses."""
    asyncio.run(_place(data, connect, token).remove(segment))


@segments.command("members")
def list_members(
    segment: Id,
    *,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print the members' keys, one a line, in key order; as JSON each as it is written there."""

    def show(keys: list[Any]) -> None:
        for key in keys:
            typer.echo(msgspec.json.encode(key).decode() if as_json else str(key))

    asyncio.run(_place(data, connect, token).members(segment, show))


@segments.command("bitmap")
def export_bitmap(
    segment: Id,
    file: Annotated[Path, typer.Argument(help="Where to write it")],
    *,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
) -> None:
    """Write the members' ordinals to a file, in the 64-bit portable Roaring format."""
    found = asyncio.run(_place(data, connect, token).bitmap(segment))
    try:
        size = write_file(file, [found])
    except OSError as fault:
        raise BadFile(f"{file} can't be written: {fault.strerror}") from fault
    typer.echo(f"{file}: {size:,} bytes")


def _place(data: Path | None, connect: str | None, token: str | None) -> SegmentsPlace:
    if connect is not None:
        return RemoteSegments(Remote(connect, token))
    return LocalSegments(local_settings(data))


def _keys_in(file: Path) -> list[int | str]:
    """Lines are keys; where all of them are whole numbers, they are numbers."""
    try:
        lines = [line for line in file.read_text("utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as fault:
        raise BadFile(f"{file} can't be read as text") from fault
    numbers = list(_numbers(lines))
    return [*numbers] if len(numbers) == len(lines) else [*lines]


def _numbers(lines: list[str]) -> Iterator[int]:
    for line in lines:
        number = int(line) if line.lstrip("-").isdecimal() and len(line) < 20 else None
        if number is None or str(number) != line:
            return
        yield number


def _line(segment: Any) -> str:
    size = "can't be counted" if segment["size"] is None else f"{segment['size']:,}"
    return f"{segment['id']}  {size}  {segment['name']} ({segment['dataset']})"
