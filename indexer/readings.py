"""A way to read for every hint: with or without remembered answers, by forms or by columns."""

from dataclasses import replace
from datetime import datetime
from math import inf

from indexer.dataset.reading import PlainReading, Reading
from indexer.dataset.view import DatasetView
from indexer.hot import HotForms
from indexer.model.hints import Hints, Method
from indexer.model.switches import Switches
from indexer.results import Results
from indexer.scratch import Scratch


class Readings:
    """Plain until it is ``warm``; all share forms, results and memory."""

    def __init__(self, hot: HotForms, results: Results, scratch: Scratch, kept: Results) -> None:
        self._hot, self._results, self._scratch, self._kept = hot, results, scratch, kept
        self._plain = PlainReading()
        self._by_hints: dict[Hints, Reading] = {}

    def of(self, hints: Hints) -> Reading:
        """The reading that follows the hints."""
        return self._by_hints.get(hints, self._plain)

    def prepare(self, view: DatasetView, before: DatasetView) -> None:
        """Have the forms made that questions about ``before`` read, before anybody asks ``view``.

        For another thread than the readers'. Cost: what the forms cost that are not there yet.
        """
        # The first time asks for forms that are made meanwhile, the second one finds them.
        for _ in range(2):
            for reading in self._by_hints.values():
                reading.prepare(view, before)
            self._hot.settle()

    def warm(self, switches: Switches, now: datetime) -> None:
        """From now on with kernels. Cost: a second, more when they are compiled first."""
        # Only a process that stays pays for loading the compiler.
        from indexer.dataset.engine import Engine  # noqa: PLC0415
        from indexer.dataset.fused_reading import FusedReading  # noqa: PLC0415
        from indexer.warm import measured, warm  # noqa: PLC0415

        warm(now)
        known = measured()
        costs = {
            "auto": known,
            "index": replace(known, code_ns=inf),
            "scan": replace(known, code_ns=0.0, rows_max=0),
        }
        methods: tuple[Method, ...] = ("auto", "index", "scan")
        for method in methods:
            for cache in (True, False):
                way = replace(switches, ranges=switches.ranges and method != "scan")
                if not cache:
                    way = replace(
                        way, answers=False, sub_trees=False, leaf_results=False, kept=False
                    )
                engine = Engine(
                    self._hot, self._results, way, costs[method], self._scratch, self._kept
                )
                self._by_hints[Hints(cache, method)] = FusedReading(engine)
