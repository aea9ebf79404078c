"""The verbs of upkeep on the command line: ``backup``, ``restore``, ``doctor``."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.folder import DataFolder
from gateway.reports import json_line
from gateway.settings import read
from gateway.upkeep.backup import back_up
from gateway.upkeep.contents import Contents
from gateway.upkeep.doctor import examine
from gateway.upkeep.findings import Report
from gateway.upkeep.restore import restore
from indexer.runtime.clock import SystemClock
from indexer.runtime.logging import configure

UNWELL = 1
MEGA = 1e6

Data = Annotated[Path | None, typer.Option(help="The data folder")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object")]


def add_verbs(app: typer.Typer) -> None:
    """Let the command line have the verbs of this module."""
    app.command("backup")(backup)
    app.command("restore")(restore_backup)
    app.command("doctor")(doctor)


def backup(
    target: Annotated[Path, typer.Argument(help="A folder that is not there yet")],
    *,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy a data folder, in use or not, to a new folder that is whole or not there."""
    contents = back_up(_folder(data), target, SystemClock().now())
    typer.echo(json_line(_facts(contents)) if as_json else f"{target}: {_summary(contents)}")


def restore_backup(
    source: Annotated[Path, typer.Argument(help="A folder that `cardinal backup` made")],
    *,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Verify a backup and put it into an empty data folder."""
    folder = _folder(data)
    contents = restore(source, folder)
    typer.echo(json_line(_facts(contents)) if as_json else f"{folder.root}: {_summary(contents)}")


def doctor(
    *,
    data: Data = None,
    repair: Annotated[bool, typer.Option("--repair", help="Do what can be done safely")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify everything in a data folder; say what is wrong and what to do about it."""
    report = examine(_folder(data), repair=repair)
    typer.echo(json_line(report.document()) if as_json else "\n".join(_lines(report)))
    if not report.is_well:
        raise typer.Exit(UNWELL)


def _folder(data: Path | None) -> DataFolder:
    settings = read(data=data)
    # What a person should know is printed; the log would say it twice.
    configure(level="critical", as_json=settings.log_json)
    return DataFolder(settings.data)


def _summary(contents: Contents) -> str:
    records = sum(dataset.records for dataset in contents.datasets)
    return (
        f"{_counted(len(contents.datasets), 'dataset')}, {_counted(records, 'record')} in "
        f"snapshots, changes up to {contents.sequence:,}; "
        f"{_counted(len(contents.files), 'file')}, {contents.total_bytes / MEGA:,.1f} MB"
    )


def _facts(contents: Contents) -> dict[str, object]:
    return {
        "made_at": contents.made_at,
        "sequence": contents.sequence,
        "datasets": contents.datasets,
        "files": len(contents.files),
        "bytes": contents.total_bytes,
    }


def _lines(report: Report) -> list[str]:
    lines = []
    for finding in report.findings:
        done = "repaired" if finding.repaired else finding.hint
        lines.append(f"{finding.path}: {finding.message}: {done}")
    state = "all is well" if report.is_well else "something is wrong"
    beside = ", beside a running service" if report.running else ""
    lines.append(
        f"{state}: {_counted(report.datasets, 'dataset')}, "
        f"{_counted(report.generations, 'good snapshot')}, "
        f"{_counted(report.changes, 'change')} in the log{beside}"
    )
    return lines


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
