"""Which link a condition on related records goes along, and in which direction."""

import msgspec

from evaluator.condition.literal import Fault
from evaluator.condition.surroundings import Surroundings
from evaluator.condition.tree import RelatedTest
from evaluator.condition.wording import did_you_mean
from indexer.model.ids import DatasetName
from indexer.model.schema import Link, Schema


class Join(msgspec.Struct, frozen=True):
    """Another dataset, or the base itself, and a link between the two.

    With ``leads`` it is a link of the base, to at most one record of the other; else one of the
    other's, many of whose records may point to one of the base.
    """

    schema: Schema
    link: Link
    leads: bool


def join_of(base: Schema, test: RelatedTest, around: Surroundings) -> Join | Fault:
    """How the records of the test's dataset, which there is, are related with those of the base.

    Where a link of either direction has the name, or the one link is from a dataset to itself,
    the measure decides: it is over many records, so they are those that point to one; without a
    measure the link is followed.
    """
    other = around.schemas[DatasetName(test.dataset)]
    found = [
        *(Join(other, link, leads=False) for link in other.links if link.to == base.name),
        *(Join(other, link, leads=True) for link in base.links if link.to == other.name),
    ]
    names = sorted({each.link.name for each in found})
    pair = f"{other.name} with {base.name}"
    if not found:
        return Fault("no_link", f"no link joins {pair}")
    named = [each for each in found if test.via in (None, each.link.name)]
    if not named:
        hint = did_you_mean(test.via or "", names) or f": there is {', '.join(names)}"
        return Fault("no_link", f"no link of this name joins {pair}{hint}")
    links = {(base.name if each.leads else other.name, each.link.name) for each in named}
    if test.via is None and len(links) > 1:
        several = ", ".join(names)
        return Fault("ambiguous_link", f"several links join {pair}: say 'via' one of {several}")
    wanted = [each for each in named if each.leads == (test.measure is None)]
    return (wanted or named)[0]
