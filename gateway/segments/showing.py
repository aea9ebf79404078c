"""Segments shown as they are now: one whole, or a page of them."""

from evaluator.api import Evaluator
from gateway.segments.asking import size_of, sizes_of
from gateway.segments.documents import segment_document
from gateway.segments.kept import KeptSegments
from gateway.segments.listing import Choice, Place, after, chosen, in_order
from gateway.segments.segment import Segment
from gateway.segments.usage import used_by

Document = dict[str, object]


async def whole_document(segment: Segment, kept: KeptSegments, evaluator: Evaluator) -> Document:
    """A segment with its size and definition."""
    sized = await size_of(evaluator, segment)
    using = used_by(kept.all()).get(segment.id, [])
    return segment_document(segment, sized, using, kept.body(segment, segment.version))


async def page_of(
    choice: Choice,
    kept: KeptSegments,
    evaluator: Evaluator,
    *,
    limit: int,
    behind: Place | None = None,
) -> tuple[list[Document], Place | None]:
    """The first chosen segments behind a place, with their sizes, and where the page ends.

    The end is None where nothing follows. Cost: a count for each segment shown; for each one
    chosen if it is by size or status. Raises: BadShape.
    """
    found = chosen(kept.all(), choice)
    sizes = await sizes_of(evaluator, found) if choice.needs_sizes else {}
    placed = in_order(found, choice, sizes)
    if behind is not None:
        placed = after(behind, placed, choice)
    shown = [segment for _, segment in placed[:limit]]
    sizes = sizes or await sizes_of(evaluator, shown)
    using = used_by(kept.all())
    documents = [segment_document(each, sizes[each.id], using.get(each.id, [])) for each in shown]
    return documents, placed[limit - 1][0] if len(placed) > limit else None
