"""The Python client: one class for a service, a data folder and a notebook's own memory.

    with connect("localhost:7070", token="…") as cardinal:   # or Cardinal("DIR"), Cardinal()
        cardinal.count("customers", {"field": "state", "op": "is", "value": "CA"})
        segment = cardinal.segment("sg_8f2c")
        segment.bitmap(); segment.to_arrow(["email"]); "c-1001" in segment

Synchronous, and safe to share between threads. Errors are the leaves of ``indexer.model.errors``,
with ``code`` and ``problems``. A folder belongs to one process at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from evaluator.asker import Asker
from evaluator.background import Background
from evaluator.patience import Patience
from evaluator.results import Applied, Count, Loaded, Overlap
from evaluator.selection import Asking, Segment, Selection, json_of
from evaluator.trust import Trust
from indexer.model.errors import BadShape
from indexer.model.ids import ORDINAL_FIELD, DatasetName, FieldName
from indexer.model.schema import Link
from indexer.runtime.clock import Clock

if TYPE_CHECKING:
    from evaluator.segments import Segments

MEMORY = ":memory:"
EVERYBODY: Mapping[str, Sequence[object]] = {"all": []}
TIMEOUT_S = 60.0


def connect(
    address: str,
    *,
    token: str | None = None,
    tls: bool | Trust = False,
    timeout_s: float | None = TIMEOUT_S,
) -> "Cardinal":
    """A client of the service at ``host:port``; it connects when it first asks.

    ``tls`` is True for authorities that the machine trusts, a ``Trust`` for others. ``timeout_s``
    is for each question; streams may take as long as they are read.
    """
    # Only who connects needs gRPC.
    from evaluator.rpc.client import RemoteAsker  # noqa: PLC0415

    trust = Trust() if tls is True else tls or None
    background = Background()
    opened = background.run(RemoteAsker.connect(address, token=token, trust=trust))
    return Cardinal(opened, background=background, timeout_s=timeout_s)


class Cardinal:
    """Asks about conditions and segments: of a data folder, or of what is loaded into memory.

    ``segments`` tells those of a folder's catalogue, which a floor above keeps:
    ``gateway.segments.folder.segments_in(DIR)``.
    """

    def __init__(
        self,
        where: str | Path | Asker = MEMORY,
        *,
        segments: "Segments | None" = None,
        clock: Clock | None = None,
        background: Background | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Raises: FolderInUse, SnapshotCorrupt, LogCorrupt, DiskFull."""
        self._background = background or Background()
        asker: Any = where
        if isinstance(where, str | Path):
            folder = None if where == MEMORY else Path(where)
            asker = self._embedded(folder, segments, clock)
        self.asking = Asking(asker, self._background, Patience(timeout_s))

    def _embedded(
        self, folder: Path | None, segments: "Segments | None", clock: Clock | None
    ) -> Asker:
        # Only who has no service needs an index.
        from evaluator.embedded import LocalAsker  # noqa: PLC0415

        try:
            return self._background.run(LocalAsker.open(folder, segments=segments, clock=clock))
        except BaseException:
            self._background.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, or save what is not on disk yet and let the folder go."""
        self.asking.close()

    def where(self, dataset: str, condition: object, *, now: datetime | None = None) -> Selection:
        """The records that satisfy a condition: dicts and lists as in JSON, dates too.

        Asks nothing yet.
        """
        return Selection(self.asking, DatasetName(dataset), condition, now)

    def count(
        self,
        dataset: str,
        condition: object,
        *,
        now: datetime | None = None,
        per_node: bool = False,
    ) -> Count:
        """How many records satisfy a condition. Raises: UnknownDataset, BadCondition."""
        return self.where(dataset, condition, now=now).count(per_node=per_node)

    def segment(self, segment: str, *, now: datetime | None = None) -> Segment:
        """A saved segment. Raises: UnknownSegment."""
        defined = self.asking.run(self.asking.asker.segment(segment))
        return Segment(self.asking, defined, now)

    def overlap(
        self, dataset: str, conditions: Sequence[object], *, now: datetime | None = None
    ) -> Overlap:
        """How up to a hundred conditions or selections meet, all counted together."""
        told = [json_of(_condition(each)) for each in conditions]
        return self.asking.run(self.asking.asker.overlap(DatasetName(dataset), told, now))

    def load(
        self,
        dataset: str,
        source: Any,
        *,
        key: str | None = None,
        links: Mapping[str, str] | None = None,
        mode: str = "upsert",
    ) -> Loaded:
        """Load a file (CSV, TSV, JSON lines, Parquet; gzip of these) or a table.

        A table is one of Arrow, pandas, polars or whatever else gives an Arrow stream. A dataset
        that is not there is made from it; ``key`` names its column of keys, which are made from 1
        without one. ``links`` says of which dataset a field names records. Not for a service: that
        takes files over HTTP. Raises: BadFile, BadSchema, NotAllowed.
        """
        # Only who loads needs what reads tables.
        from evaluator.tables import as_file  # noqa: PLC0415

        told = [
            Link(field, FieldName(field), DatasetName(to)) for field, to in (links or {}).items()
        ]
        name = None if key is None else FieldName(key)
        with as_file(source) as file:
            work = self.asking.asker.load(
                DatasetName(dataset), file, key=name, mode=mode, links=told
            )
            return self.asking.background.run(work)

    def apply(
        self,
        dataset: str,
        changes: Sequence[Mapping[str, object]],
        *,
        idempotency_key: str | None = None,
    ) -> Applied:
        """Apply changes as API.md writes them; the good ones are durable and visible then.

        Raises: UnknownDataset, IdempotencyConflict.
        """
        text = json_of(list(changes))
        return self.asking.run(self.asking.asker.apply(DatasetName(dataset), text, idempotency_key))

    def save_keys(self, dataset: str, path: str | Path) -> int:
        """Write a file of the keys of all records of a dataset; gives how many.

        It fits every bitmap of the dataset that is not newer; see ``evaluator.roaring.keys``.
        """
        from evaluator.roaring.keys import write_keys  # noqa: PLC0415

        return write_keys(Path(path), self.where(dataset, EVERYBODY).rows([ORDINAL_FIELD]))


def _condition(told: object) -> object:
    if isinstance(told, Selection):
        return told.condition
    if isinstance(told, dict):
        return told
    raise BadShape("a condition is a dict, or a selection")
