"""The running count of one import, and the points at which it stops."""

from collections.abc import Callable

from msgspec.structs import replace

from gateway.imports.progress import FieldChange, InferredField, Progress
from indexer.api import Loaded, LoadMode
from indexer.intake.outcome import TypedBatch
from indexer.model.errors import BadFile


class Cancelled(Exception):
    """Somebody asked the import to stop."""


class Tally:
    """Follows one import. ``stopwatch_ms`` gives milliseconds that only grow."""

    def __init__(
        self,
        progress: Progress,
        *,
        stop_at_rejects: int | None,
        stopwatch_ms: Callable[[], float],
    ) -> None:
        self.progress = progress
        self._stop_at_rejects = stop_at_rejects
        self._stopwatch_ms = stopwatch_ms
        self._started_ms: float | None = None
        self.cancelled = False
        self.is_read = False
        """Whether all of the file is read, and the dataset takes it in."""

    def cancel(self) -> None:
        """Stop before the next block is read or handed on."""
        self.cancelled = True

    def began(self, _: int) -> None:
        """The next block is about to be read. Raises: Cancelled."""
        if self.cancelled:
            raise Cancelled

    def typed(
        self,
        fields: tuple[InferredField, ...],
        changes: tuple[FieldChange, ...],
        notes: tuple[str, ...],
    ) -> None:
        """What the file holds, and does to the schema, is known. Raises: Cancelled."""
        self.progress = replace(self.progress, fields=fields, schema_changes=changes, notes=notes)
        self._check()

    def took(self, batch: TypedBatch) -> None:
        """A block was read. Raises: Cancelled, BadFile at ``stop_at_rejects``."""
        before = self.progress
        self.progress = replace(
            before,
            rows=before.rows + batch.records.num_rows + batch.rejected,
            bytes=batch.bytes_read,
            rejected=before.rejected + batch.rejected,
            eta_s=self._eta_s(batch.bytes_read),
        )
        self._check()
        if self._stop_at_rejects is not None and self.progress.rejected >= self._stop_at_rejects:
            raise BadFile(f"{self.progress.rejected} rows can't be read; see the rejects")

    def loaded(self, loaded: Loaded, mode: LoadMode) -> None:
        """The dataset has it, or would have."""
        keys = loaded.created + loaded.updated + loaded.unchanged
        keys += loaded.deleted if mode is LoadMode.DELETE else 0
        self.progress = replace(
            self.progress,
            repeated=self.progress.rows - self.progress.rejected - keys,
            created=loaded.created,
            updated=loaded.updated,
            unchanged=loaded.unchanged,
            deleted=loaded.deleted,
        )

    def _check(self) -> None:
        if self.cancelled:
            raise Cancelled

    def _eta_s(self, bytes_read: int) -> float | None:
        """Time to the last byte at the pace so far, from the second block on."""
        now_ms = self._stopwatch_ms()
        if self._started_ms is None:
            self._started_ms = now_ms
            return None
        left = max(0, self.progress.total_bytes - bytes_read)
        return round((now_ms - self._started_ms) / 1000 * left / max(1, bytes_read), 1)
