"""The command line: ``cardinal VERB``.

Every fault that is not ours ends as one sentence on stderr that says what to do.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from evaluator.condition.language import decode_json
from gateway import capture, migrate
from gateway.access import Role
from gateway.catalogue.catalogue import Catalogue
from gateway.catalogue.secret import Held
from gateway.compose import new_secret
from gateway.demo import load_demo
from gateway.flags import with_settings
from gateway.folder import DataFolder
from gateway.imports.progress import Progress, State
from gateway.imports.wishes import Wishes
from gateway.local import (
    capture_locally,
    count_locally,
    erase_locally,
    explain_locally,
    load_locally,
)
from gateway.moments import moment
from gateway.remote import Remote
from gateway.reports import (
    ImportReport,
    SourceReport,
    StepReport,
    count_lines,
    json_line,
    print_explained,
    source_summary,
    summary,
)
from gateway.segments.verbs import add_verbs as add_segments
from gateway.serve import serve as serve_until_stopped
from gateway.services import Services
from gateway.settings import read
from gateway.typed import CONDITION_BYTES_MAX, AsJson, Connect, Data, Token, local_settings, text_of
from gateway.upkeep.verbs import add_verbs as add_upkeep
from indexer.api import LoadMode
from indexer.intake.day_order import DayOrder
from indexer.model.errors import BadFile, BadShape, CardinalError, InvalidRequest
from indexer.model.ids import DatasetName
from indexer.model.schema import FieldType
from indexer.runtime.clock import SystemClock
from indexer.runtime.logging import configure

FAILED, MISUSED = 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Who, and how many: exact audience segments over millions of records.",
)
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs, sign-in links for people.")
app.add_typer(tokens, name="token")
captures = typer.Typer(no_args_is_help=True, help="Follow the changes of another database.")
app.add_typer(captures, name="capture")

migrations = typer.Typer(no_args_is_help=True, help="Bring data over from another database.")
app.add_typer(migrations, name="migrate")


class OnEmpty(StrEnum):
    """What an empty cell does to a field that has a value."""

    IGNORE = "ignore"
    CLEAR = "clear"


RoleName = StrEnum("RoleName", {role.name: role.word for role in Role})  # type: ignore[misc]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the one place where a fault becomes a sentence and an exit code."""
    try:
        app(arguments)
    except CardinalError as fault:
        sys.stderr.write(f"cardinal: {fault.message}\n")
        for problem in fault.problems:
            sys.stderr.write(f"  {problem.path or '(whole)'}: {problem.message}\n")
        sys.exit(MISUSED if isinstance(fault, InvalidRequest) else FAILED)


@app.command()
@with_settings
def serve(**flags: object) -> None:
    """Serve the data folder over HTTP and gRPC until SIGTERM or Ctrl-C."""
    settings = read(**flags)
    configure(level=settings.log_level, as_json=settings.log_json)
    asyncio.run(serve_until_stopped(settings, _say))


@app.command()
def load(  # noqa: PLR0913 - one parameter per flag
    file: Annotated[Path, typer.Argument(help="CSV, TSV or Parquet; SQL of D1; gzip of these")],
    *,
    into: Annotated[str, typer.Option(help="The dataset; made from the file if need be")],
    key: Annotated[str | None, typer.Option(help="Column of keys; made from 1 without it")] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="field=type")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of local times")] = None,
    mode: Annotated[LoadMode, typer.Option(help="What to do with rows")] = LoadMode.UPSERT,
    table: Annotated[str | None, typer.Option(help="The table of an export of D1")] = None,
    on_empty: Annotated[OnEmpty, typer.Option(help="What an empty cell does")] = OnEmpty.IGNORE,
    date_order: Annotated[
        DayOrder | None, typer.Option(help="Of dates like 03/04/2025, where no value tells")
    ] = None,
    stop_at_rejects: Annotated[
        int | None, typer.Option(min=1, help="Fail at so many rejected rows")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change")] = False,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Load a file into a dataset."""
    kinds = dict(_typed(text) for text in types or ())
    options: dict[str, Any] = {
        "mode": mode, "time_zone": time_zone, "on_empty": on_empty, "date_order": date_order,
        "dry_run": dry_run, "stop_at_rejects": stop_at_rejects,
    }  # fmt: skip
    place = Loader(into, data, connect, token)
    if table is None and not migrate.is_export(file):
        done = place.load(file, file.name, {**options, "key": key, "types": kinds})
    else:
        named = [table] if table is not None else []
        with migrate.unpacked(file, named, _remark) as tables:
            one = migrate.only_table(file, table, tables)
            kinds = {**one.types, **kinds}
            options |= {"key": key or one.key, "types": kinds}
            done = place.load(one.file, f"{file.name}: {one.name}", options)
    typer.echo(json_line(done) if as_json else summary(done))


@migrations.command("d1")
def migrate_d1(
    file: Annotated[Path, typer.Argument(help="What `wrangler d1 export` wrote; SQL of SQLite")],
    *,
    tables: Annotated[list[str] | None, typer.Option("--table", help="Only this table")] = None,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Load every table of an export, each into the dataset of its name."""
    done = []
    with migrate.unpacked(file, tables or (), _remark) as found:
        for one in found:
            options = {"mode": LoadMode.UPSERT, "key": one.key, "types": one.types}
            place = Loader(one.name, data, connect, token)
            done.append(place.load(one.file, f"{file.name}: {one.name}", options))
            if not as_json:
                typer.echo(summary(done[-1]))
    if as_json:
        typer.echo(json_line({"imports": done}))


@app.command()
def count(
    dataset: Annotated[str, typer.Argument(help="The dataset to count in")],
    condition: Annotated[str, typer.Argument(help="JSON, @FILE, or - for standard input")],
    *,
    now: Annotated[str | None, typer.Option(help="The moment to ask for, RFC 3339")] = None,
    per_node: Annotated[bool, typer.Option("--per-node", help="Count every node too")] = False,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Count the records that satisfy a condition."""
    asked = decode_json(text_of(condition), CONDITION_BYTES_MAX)
    if connect is not None:
        body = {"condition": asked, "now": now, "per_node": per_node}
        answer = Remote(connect, token).count(dataset, body)
    else:
        settings = local_settings(data)
        answer = asyncio.run(
            count_locally(settings, dataset, asked, now=moment(now), per_node=per_node)
        )
    typer.echo(json_line(answer) if as_json else count_lines(answer))


@app.command()
def explain(
    dataset: Annotated[str, typer.Argument(help="The dataset to ask about")],
    condition: Annotated[str, typer.Argument(help="JSON, @FILE, or - for standard input")],
    *,
    key: Annotated[str | None, typer.Option(help="Why is this record in or out?")] = None,
    now: Annotated[str | None, typer.Option(help="The moment to ask for, RFC 3339")] = None,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say how a count comes about, node by node, or why a record is in or out."""
    asked = decode_json(text_of(condition), CONDITION_BYTES_MAX)
    if connect is not None:
        body = {"condition": asked, "now": now, "key": key}
        answer = Remote(connect, token).explain(dataset, body)
    else:
        settings = local_settings(data)
        answer = asyncio.run(explain_locally(settings, dataset, asked, now=moment(now), key=key))
    if as_json:
        typer.echo(json_line(answer))
    else:
        print_explained(answer, of_record=key is not None)


@captures.command("sqlite")
def capture_sqlite(  # noqa: PLR0913 - one parameter per flag
    file: Annotated[Path, typer.Argument(help="The SQLite file, where the service finds it too")],
    *,
    table: Annotated[str, typer.Option(help="The table to follow")],
    into: Annotated[str, typer.Option(help="The dataset; made from the table if need be")],
    key: Annotated[str | None, typer.Option(help="Unique column, not the primary key")] = None,
    once: Annotated[bool, typer.Option("--once", help="Catch up, then pause")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Stop, and clean up the file")] = False,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Copy a table and follow its changes: installs triggers and an outbox in the file."""
    wish = capture.Capture(file, table, into, key)
    report = SourceReport(Console(stderr=True))

    async def work(place: capture.Place) -> capture.Document | None:
        if once and not remove:
            return await capture.catch_up(place, wish, report.update)
        await (
            capture.remove(place, wish) if remove else capture.follow(place, wish, report.update)
        )
        return None

    with suppress(KeyboardInterrupt):
        if connect is not None:
            done = asyncio.run(work(capture.RemotePlace(Remote(connect, token))))
        else:
            done = asyncio.run(capture_locally(local_settings(data), work))
        if done is not None:
            typer.echo(json_line(done) if as_json else source_summary(done))


@app.command()
def erase(
    dataset: Annotated[str, typer.Argument(help="The dataset the record is in")],
    key: Annotated[str, typer.Argument(help="The key of the record to forget")],
    *,
    data: Data = None,
    connect: Connect = None,
    token: Token = None,
) -> None:
    """Forget a record: from memory, log, snapshots and imports, for good. Prints a certificate."""
    if connect is not None:
        erasure = Remote(connect, token).erase(dataset, key)
    else:
        erasure = asyncio.run(erase_locally(local_settings(data), dataset, key))
    typer.echo(json_line(erasure))


@app.command()
@with_settings
def demo(**flags: object) -> None:
    """Load the demo data once, set its clock, and serve it."""
    settings = read(**flags)
    configure(level=settings.log_level, as_json=settings.log_json)

    async def prepare(services: Services) -> None:
        with StepReport(Console(stderr=True)) as report:
            await load_demo(services.index, services.clock.now(), report.update)

    asyncio.run(serve_until_stopped(settings, _say, prepare))


add_upkeep(app)
add_segments(app)


@tokens.command("create")
def create_token(
    role: Annotated[RoleName, typer.Option(help="What its bearer may do")],
    name: Annotated[str, typer.Option(help="Whose it is, for people to read")],
    data: Data = None,
) -> None:
    """Make a token and print it once."""
    with _catalogue(data) as catalogue:
        made = catalogue.tokens.create(
            role=role.value, name=name, now=SystemClock().now(), new_secret=new_secret
        )
    typer.echo(made)


@tokens.command("link")
def create_link(
    address: Annotated[str, typer.Option(help="Where the service is reached")],
    role: Annotated[RoleName, typer.Option(help="What they may do")],
    name: Annotated[str, typer.Option(help="Whose it is, for people to read")],
    data: Data = None,
) -> None:
    """Print a link that signs a browser in, once."""
    with _catalogue(data) as catalogue:
        ticket = catalogue.tickets.create(
            Held(role.value, name), purpose="signin", now=SystemClock().now(),
            life_s=local_settings(data).ticket_s, new_secret=new_secret,
        )  # fmt: skip
    typer.echo(f"{address.rstrip('/')}/signin?ticket={ticket}")


def _say(line: str) -> None:
    typer.echo(line)


def _remark(line: str) -> None:
    typer.echo(line, err=True)


class Loader:
    """Loads files into one dataset, of a running service or of a data folder."""

    def __init__(
        self, dataset: str, data: Path | None, connect: str | None, token: str | None
    ) -> None:
        self._dataset = dataset
        self._data = data
        self._remote = Remote(connect, token) if connect is not None else None

    def load(self, file: Path, name: str, options: Mapping[str, Any]) -> Progress:
        """Load a file that people know by a name. Raises: BadFile unless all went well."""
        with ImportReport(Console(stderr=True), name) as report:
            if self._remote is not None:
                done = self._remote.load(self._dataset, file, options, report.update)
            else:
                given = {name: value for name, value in options.items() if name != "on_empty"}
                clears = options.get("on_empty") is OnEmpty.CLEAR
                wishes = Wishes(DatasetName(self._dataset), clear_empty=clears, **given)
                settings = local_settings(self._data)
                done = asyncio.run(load_locally(settings, file, wishes, report.update))
        if done.state is not State.SUCCEEDED:
            raise BadFile(f"{name} was not loaded: {done.error or done.state.value}")
        return done


@contextmanager
def _catalogue(data: Path | None) -> Iterator[Catalogue]:
    """The catalogue alone: a service may be running on the same folder."""
    catalogue = Catalogue.open(DataFolder(local_settings(data).data).catalogue)
    try:
        yield catalogue
    finally:
        catalogue.close()


def _typed(text: str) -> tuple[str, FieldType]:
    name, _, kind = text.rpartition("=")
    if not name or kind not in list(FieldType):
        raise BadShape(f"write --type FIELD=TYPE with one of {', '.join(FieldType)}")
    return name, FieldType(kind)
