"""Questions about segments: the evaluator asked by reference."""

from collections.abc import Sequence

from evaluator.api import Evaluator, Overlap
from gateway.segments.documents import Sized
from gateway.segments.kept import KeptSegments
from gateway.segments.segment import Segment
from indexer.model.errors import BadCondition, BadShape, Problem, UnknownDataset
from indexer.model.ids import DatasetName, RecordKey

Json = dict[str, object]


def reference(segment: Segment) -> Json:
    """The condition that a record is a member."""
    return {"segment": segment.id}


async def size_of(evaluator: Evaluator, segment: Segment) -> Sized:
    """How many members a segment has now, or why it can't be told."""
    try:
        count = await evaluator.count(segment.dataset, reference(segment))
    except BadCondition as bad:
        return Sized(None, None, bad.problems)
    except UnknownDataset as gone:
        return Sized(None, None, (Problem(gone.code, "", gone.message),))
    return Sized(count.count, count.as_of)


async def sizes_of(evaluator: Evaluator, segments: Sequence[Segment]) -> dict[str, Sized]:
    """The same for several, by id, one after another."""
    return {each.id: await size_of(evaluator, each) for each in segments}


async def holding(
    evaluator: Evaluator, kept: KeptSegments, dataset: DatasetName, key: RecordKey
) -> list[str]:
    """The ids of a dataset's active segments that have a record as a member, sorted.

    Segments that can't be evaluated have none. Cost: a question for each segment.
    """
    found = []
    for segment in kept.of_dataset(dataset):
        try:
            (held,) = await evaluator.contains(dataset, {"segment": segment}, [key])
        except BadCondition:
            continue
        if held:
            found.append(segment)
    return found


async def overlap_of(evaluator: Evaluator, segments: Sequence[Segment]) -> Overlap:
    """How segments of one dataset meet. Raises: BadShape with a problem at ``/ids``."""
    if not segments:
        raise _bad("bad_shape", "name the segments to compare: ?ids=sg_1,sg_2")
    datasets = {each.dataset for each in segments}
    if len(datasets) > 1:
        raise _bad("wrong_dataset", "only segments of one dataset can be compared")
    return await evaluator.overlap(datasets.pop(), [reference(each) for each in segments])


def _bad(code: str, message: str) -> BadShape:
    return BadShape(message, problems=(Problem(code, "/ids", message),))
