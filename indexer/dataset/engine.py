"""What answering needs besides the view: forms, what is remembered, and how to go about it."""

from dataclasses import dataclass, field

from indexer.dataset.leaves import Leaves
from indexer.dataset.view import DatasetView
from indexer.hot import HotForms
from indexer.model.costs import Costs
from indexer.model.switches import Switches
from indexer.results import Results
from indexer.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Engine:
    """Shared by all questions of an index. Safe to share between threads."""

    hot: HotForms
    results: Results = field(default_factory=lambda: Results(0))
    switches: Switches = field(default_factory=Switches)
    costs: Costs = field(default_factory=Costs)
    scratch: Scratch = field(default_factory=Scratch)
    kept: Results = field(default_factory=lambda: Results(0))
    """Aggregates over related records, one of every record."""

    def leaves(self, view: DatasetView) -> Leaves:
        """The view's leaves; found anew when the dataset has another view."""
        return self.hot.latest(
            (view.schema.name, self.switches, self.costs),
            view,
            lambda: Leaves(view, self.hot, self.results, self.switches, self.costs),
        )
