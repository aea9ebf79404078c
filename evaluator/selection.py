"""Some records of a dataset, by a condition: counted, listed, combined, taken away."""

from collections.abc import Coroutine, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evaluator.asker import Asker
from evaluator.background import Background
from evaluator.condition.decode import encode_json
from evaluator.patience import Patience
from evaluator.results import Bitmap, Breakdown, Count, Defined, Explanation
from indexer.model.errors import BadBody, BadShape
from indexer.model.ids import ORDINAL_FIELD, DatasetName, FieldName, RecordKey

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 8_192
VALUES = 20
KEY = "_key"

T = TypeVar("T")


class Selection:
    """The records that satisfy a condition, asked about anew at each question.

    ``&``, ``|``, ``-`` and ``~`` make the selections that those words mean, evaluated where the
    records are. Both sides are of one dataset, one client and one ``now``.
    """

    def __init__(
        self,
        asking: "Asking",
        dataset: DatasetName,
        condition: object,
        now: datetime | None = None,
    ) -> None:
        self.asking = asking
        self.dataset = dataset
        self.condition = condition
        self.now = now

    def count(self, *, per_node: bool = False) -> Count:
        """How many there are. Raises: UnknownDataset, BadCondition."""
        asker, text = self.asking.asker, self._text()
        return self.asking.run(asker.count(self.dataset, text, self.now, per_node=per_node))

    def __len__(self) -> int:
        return self.count().members

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: RecordKey) -> bool:
        return self.contains([key])[0]

    def contains(self, keys: Sequence[RecordKey]) -> Sequence[bool]:
        """For each key whether its record is one of them. Raises: TooLarge."""
        asker, text = self.asking.asker, self._text()
        return self.asking.run(asker.contains(self.dataset, text, keys, self.now))

    def bitmap(self) -> Bitmap:
        """Their ordinals; ``.sequence`` says as of when."""
        return self.asking.run(self.asking.asker.bitmap(self.dataset, self._text(), self.now))

    def rows(
        self, fields: Sequence[str] = (), *, batch_rows: int = BATCH_ROWS
    ) -> Iterator["pa.RecordBatch"]:
        """Keys (``_key``) and fields in Arrow batches, each made when it is taken.

        All are of one moment, and memory is for a few of them, however many come.
        """
        names = [FieldName(field) for field in fields]
        asker, text = self.asking.asker, self._text()
        return self.asking.background.each(
            asker.rows(self.dataset, text, names, self.now, batch_rows=batch_rows)
        )

    def keys(self) -> Iterator[RecordKey]:
        """Their keys, in no order to rely on. Memory: a few batches."""
        for batch in self.rows():
            yield from batch.column(KEY).to_pylist()

    def to_arrow(self, fields: Sequence[str] = ()) -> "pa.Table":
        """All of them as one Arrow table."""
        arrow: Any = import_module("pyarrow")
        return arrow.Table.from_batches(list(self.rows(fields)))

    def to_pandas(self, fields: Sequence[str] = ()) -> Any:
        """All of them as a pandas frame. Raises: ImportError without pandas."""
        _needed("pandas")
        return self.to_arrow(fields).to_pandas()

    def to_polars(self, fields: Sequence[str] = ()) -> Any:
        """All of them as a polars frame. Raises: ImportError without polars."""
        return _needed("polars").from_arrow(self.to_arrow(fields))

    def breakdown(self, field: str, *, limit: int = VALUES, bins: int | None = None) -> Breakdown:
        """How they spread over a field. Raises: UnknownField, BadShape."""
        asker, text = self.asking.asker, self._text()
        return self.asking.run(
            asker.breakdown(self.dataset, text, FieldName(field), self.now, limit=limit, bins=bins)
        )

    def explain(self, key: RecordKey | None = None) -> Explanation:
        """How the count comes about; with a key, why that record is in or out.

        Raises: UnknownRecord.
        """
        return self.asking.run(self.asking.asker.explain(self.dataset, self._text(), key, self.now))

    def describe(self) -> str:
        """The condition in plain English."""
        return self.asking.run(self.asking.asker.describe(self.dataset, self._text()))

    def save(self, bitmap: str | Path, *, keys: str | Path | None = None) -> int:
        """Write the ordinals as a 64-bit portable Roaring file, and a file of keys beside it.

        Both are of one moment. See ``evaluator.roaring.keys`` for the file of keys, which is
        Parquet if its name ends so. Gives how many members there are.
        """
        # Only who writes files needs what writes them.
        from evaluator.roaring.saving import save_bitmap, save_both  # noqa: PLC0415

        if keys is None:
            return save_bitmap(Path(bitmap), self.bitmap())
        return save_both(Path(bitmap), Path(keys), self.rows([ORDINAL_FIELD]))

    def __and__(self, other: "Selection") -> "Selection":
        return self._with(
            other, {"all": [*_parts(self.condition, "all"), *_parts(other.condition, "all")]}
        )

    def __or__(self, other: "Selection") -> "Selection":
        return self._with(
            other, {"any": [*_parts(self.condition, "any"), *_parts(other.condition, "any")]}
        )

    def __sub__(self, other: "Selection") -> "Selection":
        return self._with(
            other, {"all": [*_parts(self.condition, "all"), {"not": other.condition}]}
        )

    def __invert__(self) -> "Selection":
        return self._with(self, {"not": self.condition})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.dataset!r}, {self.condition!r})"

    def _with(self, other: "Selection", condition: object) -> "Selection":
        if self.asking is not other.asking or self.dataset != other.dataset:
            raise BadShape("these selections are of different datasets or clients")
        if self.now != other.now:
            raise BadShape("these selections are of different moments")
        return Selection(self.asking, self.dataset, condition, self.now)

    def _text(self) -> str:
        return json_of(self.condition)


class Segment(Selection):
    """A saved segment, followed in its current version at each question."""

    def __init__(self, asking: "Asking", defined: Defined, now: datetime | None) -> None:
        super().__init__(asking, defined.dataset, {"segment": defined.id}, now)
        self.id = defined.id
        self.name = defined.name
        self.version = defined.version


class Asking:
    """A client's asker and its loop, and how long it waits."""

    def __init__(self, asker: Asker, background: Background, patience: Patience) -> None:
        self.asker = asker
        self.background = background
        self._patience = patience

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives, in time. Raises: DeadlinePassed."""
        if not self.background.open:
            work.close()
            raise RuntimeError("this client is closed")
        return self.background.run(self._patience.timed(work))

    def close(self) -> None:
        """End both, once."""
        if self.background.open:
            try:
                self.background.run(self.asker.close())
            finally:
                self.background.close()


def _parts(condition: object, group: str) -> list[object]:
    """What a group of that kind has of this; groups in groups of one kind are one."""
    if isinstance(condition, dict) and condition.keys() == {group}:
        told = condition[group]
        return list(told) if isinstance(told, list) else [condition]
    return [condition]


def json_of(told: object) -> str:
    """The JSON text of a condition or of changes. Raises: BadBody."""
    try:
        return encode_json(told)
    except (TypeError, ValueError, RecursionError) as fault:
        raise BadBody("this can't be written as JSON") from fault


def _needed(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError as fault:
        raise ImportError(f"this needs {package}: pip install {package}") from fault
