"""Lists of segments: chosen, put in order, cut into pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.segments.documents import BROKEN, Sized
from gateway.segments.segment import Segment
from indexer.model.errors import BadShape, Problem

SORTS = ("name", "created_at", "modified_at", "size")


class Place(NamedTuple):
    """What a segment is ordered by; those that have no size come last."""

    unknown: bool
    value: int | str
    id: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which segments somebody wants to see; None is whatever. ``text`` is looked for in names,
    descriptions, tags, owners and fields, without regard to case.
    """

    text: str | None = None
    tag: str | None = None
    owner: str | None = None
    dataset: str | None = None
    field: str | None = None
    status: str | None = None
    sort: str = "name"

    @property
    def by(self) -> str:
        """What to sort by. Raises: BadShape."""
        by = self.sort.removeprefix("-")
        if by not in SORTS:
            message = f"sort by one of {', '.join(SORTS)}; with a - in front, the other way"
            raise BadShape(message, problems=(Problem("bad_value", "/sort", message),))
        return by

    @property
    def needs_sizes(self) -> bool:
        """Whether all segments have to be counted before any can be chosen."""
        return self.by == "size" or self.status is not None


def chosen(segments: Iterable[Segment], choice: Choice) -> list[Segment]:
    """The segments that are wanted, by all that can be told without counting."""
    return [each for each in segments if _suits(each, choice)]


def in_order(
    segments: Iterable[Segment], choice: Choice, sizes: Mapping[str, Sized]
) -> list[tuple[Place, Segment]]:
    """The segments of the wanted status, sorted, each with its place; ``sizes`` where needed."""
    wanted = [each for each in segments if choice.status in (None, _status(each, sizes))]
    placed = [(_place(each, choice, sizes), each) for each in wanted]
    back = choice.sort.startswith("-")
    known = [each for each in placed if not each[0][0]]
    unknown = [each for each in placed if each[0][0]]
    both = (sorted(part, key=lambda each: each[0], reverse=back) for part in (known, unknown))
    return [each for part in both for each in part]


def after(
    place: Place, placed: list[tuple[Place, Segment]], choice: Choice
) -> list[tuple[Place, Segment]]:
    """Of sorted segments those behind a place, whether anything is still there or not."""
    if isinstance(place.value, str) != (choice.by == "name"):
        return []
    back = choice.sort.startswith("-")
    return [each for each in placed if _is_behind(each[0], place, back=back)]


def _is_behind(one: Place, other: Place, *, back: bool) -> bool:
    if one.unknown != other.unknown:
        return one.unknown
    return one < other if back else one > other


def _suits(segment: Segment, choice: Choice) -> bool:
    return (
        choice.tag in (None, *segment.tags)
        and choice.owner in (None, segment.owner)
        and choice.dataset in (None, segment.dataset)
        and choice.field in (None, *segment.traits.fields)
        and (choice.text is None or _mentions(segment, choice.text.casefold()))
    )


def _mentions(segment: Segment, text: str) -> bool:
    told = (
        segment.name, segment.description, segment.owner, *segment.tags, *segment.traits.fields,
    )  # fmt: skip
    return any(text in each.casefold() for each in told)


def _status(segment: Segment, sizes: Mapping[str, Sized]) -> str:
    sized = sizes.get(segment.id)
    return BROKEN if sized is not None and sized.problems else segment.status.value


def _place(segment: Segment, choice: Choice, sizes: Mapping[str, Sized]) -> Place:
    value: int | str | None
    match choice.by:
        case "created_at":
            value = segment.created_us
        case "modified_at":
            value = segment.modified_us
        case "size":
            value = sizes[segment.id].size
        case _:
            value = segment.name.casefold()
    return Place(value is None, 0 if value is None else value, segment.id)
