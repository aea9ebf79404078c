"""What the command line shows: a bar on a terminal, one line per step elsewhere."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text
from rich.tree import Tree

from gateway.imports.progress import Progress

LINE_CHARS_MAX = 10_000
"""A longer line of a tree is broken, also where nobody looks at it."""


def json_line(document: object) -> str:
    """One JSON object on one line."""
    return msgspec.json.encode(document).decode()


def count_lines(count: Mapping[str, object]) -> str:
    """A count for people: the number, then the nodes if they were asked for."""
    lines = [f"{count['count']}"]
    nodes = count.get("per_node")
    if isinstance(nodes, Mapping):
        lines += [f"{nodes[path]:>12}  {path or '(whole)'}" for path in nodes]
    return "\n".join(lines)


def print_explained(explained: Mapping[str, Any], *, of_record: bool) -> None:
    """Show an explained condition on standard output; only a terminal's lines have an end."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=LINE_CHARS_MAX)
    console.print(explained_tree(explained, of_record=of_record))


def explained_tree(explained: Mapping[str, Any], *, of_record: bool) -> Tree:
    """An explained condition for people: a node a line, with whether it holds for the record."""
    tree = Tree(_node(explained, of_record=of_record))
    for child in explained["children"]:
        tree.children.append(explained_tree(child, of_record=of_record))
    return tree


def source_summary(source: Mapping[str, Any]) -> str:
    """A source in one line."""
    tables = ", ".join(f"{table} to {dataset}" for table, dataset in source["tables"].items())
    numbers = f"{source['events']:,} rows and changes read, {source['rejected']:,} rejected"
    return f"{tables}: {source['state']}; {numbers}"


def summary(progress: Progress) -> str:
    """A finished import in one line, and its notes in further ones."""
    changed = ", ".join(
        f"{number:,} {name}"
        for name, number in (
            ("created", progress.created),
            ("updated", progress.updated),
            ("unchanged", progress.unchanged),
            ("deleted", progress.deleted),
            ("rejected", progress.rejected),
            ("given up for later ones", progress.repeated),
        )
        if number
    )
    would = "would be " if progress.dry_run and changed else ""
    told = f"{progress.dataset}: {progress.rows:,} rows read; {would}{changed or 'nothing changed'}"
    return "\n".join([told, *(f"  {note}" for note in progress.notes)])


def _node(node: Mapping[str, Any], *, of_record: bool) -> Text:
    """``✓ state is CA  2 records, expected 3; index, 0.1 ms; the record has CA``."""
    line = Text()
    if of_record:
        line.append("✓ " if node["holds"] else "✗ ", "green" if node["holds"] else "red")
    line.append(node["text"])
    remembered = ", remembered" if node["cached"] else ""
    line.append(
        f"  {_records(node['actual'])}, expected {node['estimate']:,};"
        f" {node['method']}{remembered}, {node['ms']:.1f} ms",
        "dim",
    )
    if "value" in node:
        line.append(f"; the record has {json_line(node['value'])}", "dim")
    return line


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"


class ImportReport:
    """Follows an import on ``console`` while the block runs."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(name, total=None, rows=0)

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._console.is_terminal:
            self._console.print(f"loading {self._name}", highlight=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Show how far it is."""
        total = progress.total_bytes or None
        self._bar.update(self._task, completed=progress.bytes, total=total, rows=progress.rows)


class StepReport:
    """Follows work of several named steps on ``console`` while the block runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bar(
            TextColumn("{task.description:<16}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._steps: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, step: str, done: int, total: int) -> None:
        """Show that ``done`` of a step's ``total`` records are read."""
        if step not in self._steps:
            self._steps[step] = self._bar.add_task(step, total=total)
            if not self._console.is_terminal:
                self._console.print(f"loading {step}: {total:,} records", highlight=False)
        self._bar.update(self._steps[step], completed=done)


class SourceReport:
    """Follows a source on ``console``: a line whenever it turns to something else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: tuple[str, str | None] | None = None

    def update(self, source: Mapping[str, Any]) -> None:
        """Show where the source stands, if that is news."""
        now = source["state"], source["error"]
        if now != self._shown:
            self._shown = now
            why = f" ({source['error']})" if source["error"] else ""
            line = Text(f"{source['name']}: {source['state']}{why}, {source['events']:,} read")
            self._console.print(line, soft_wrap=True)
