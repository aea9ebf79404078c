"""What routes are given: the parts of one running process, composed in ``compose.py``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from evaluator.api import Evaluator
from evaluator.changes.intake import ChangeIntake
from gateway.catalogue.catalogue import Catalogue
from gateway.erasure.runner import ErasureRunner
from gateway.gate import Gate
from gateway.imports.runner import ImportRunner
from gateway.metrics import Metrics
from gateway.segments.book import SegmentBook
from gateway.settings import Settings
from gateway.sources.runner import SourceRunner
from indexer.api import Index
from indexer.runtime.clock import Clock


class RpcServer(Protocol):
    """A gRPC server that is accepting calls."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        ...

    async def stop(self) -> None:
        """Finish the open calls and stop."""
        ...


class Disk(Protocol):
    """What the index can say of the disk that it keeps its data on."""

    @property
    def writable(self) -> bool:
        """Whether a change would be taken now; if not, one may be later."""
        ...

    @property
    def poisoned(self) -> bool:
        """Whether the disk broke its word: nothing more is taken, and the process has to end."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The one object that routes receive; nothing below the routes does."""

    settings: Settings
    clock: Clock
    new_secret: Callable[[], str]
    """A fresh unguessable text of 256 bits, safe in addresses."""
    index: Index
    evaluator: Evaluator
    catalogue: Catalogue
    imports: ImportRunner
    sources: SourceRunner
    erasures: ErasureRunner
    segments: SegmentBook
    metrics: Metrics
    questions: Gate
    previews: Gate
    sockets: Gate
    changes: ChangeIntake
    start_rpc: Callable[[str, int], Awaitable[RpcServer]]
    """Starts the evaluator's gRPC server on an address and port."""
    disk: Disk
    close: Callable[[], Awaitable[None]]
    """Ends imports and sources, closes the index and the catalogue, gives the data folder back."""
