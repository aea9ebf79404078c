"""What was found beside a view for lookups that no view can answer by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Found:
    """Live records of one view: a row of words a shard, made when somebody reads them."""

    find: Callable[[], Words]
    method: str
    cached: bool = False
    """Whether they were remembered when the question came."""

    @cached_property
    def words(self) -> Words:
        """The records. Nobody changes this array."""
        return self.find()


Givens = Mapping[int, Found]
"""By the token of ``indexer.plan.nodes.Given``."""

NONE_GIVEN: Givens = MappingProxyType({})
