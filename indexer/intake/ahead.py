"""Work on a stream, some of it ahead of who reads it, in threads and in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """``work`` of each item, in order, up to one more under way than there are threads.

    What items or work raise is raised here, in its place; then, or when the reader stops, what
    is not begun never is.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="intake")
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
