"""Segments in memory, as conditions find them."""

from collections.abc import Iterable, Mapping
from typing import Any

from evaluator.condition.surroundings import Definition, Surroundings
from indexer.model.ids import DatasetName, RecordKey

Json = Any


class Written:
    """Definitions that somebody wrote down; the last version of each segment is the current one."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._versions: dict[tuple[str, int | None], Definition] = {}
        for each in definitions:
            self._versions[each.id, each.version] = self._versions[each.id, None] = each

    def definition(self, segment: str, version: int | None) -> Definition | None:
        """See ``Definitions``."""
        return self._versions.get((segment, version))


def rule(
    segment: str, condition: Json, *, version: int = 1, dataset: str = "customers", name: str = ""
) -> Definition:
    """A segment's condition; its name is its id in capitals unless it is told."""
    return Definition(segment, version, name or segment.upper(), DatasetName(dataset), condition)


def listed(segment: str, *keys: RecordKey, dataset: str = "customers") -> Definition:
    """A list of keys, in the order they are kept in."""
    return Definition(segment, 1, segment.upper(), DatasetName(dataset), {"any": []}, keys)


def around(*definitions: Definition, inside: tuple[Definition, ...] = ()) -> Surroundings:
    """These segments and no dataset."""
    return Surroundings(definitions=Written(definitions), inside=inside)


def refer(segment: str, **given: Json) -> Mapping[str, Json]:
    """A reference's JSON."""
    return {"segment": segment, **given}
