"""Work on a stream, some of it ahead of who reads it, in threads and in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """``work`` of each item, in order, up to one more under way than there are threads.

    Items come from one more thread. What they or the work raise is raised here, in its place;
    then, or when the reader stops, what is not begun never is.
    """
    feeder = ThreadPoolExecutor(1, thread_name_prefix="intake-feed")
    pool = ThreadPoolExecutor(threads, thread_name_prefix="intake")
    waiting: deque[Future[R]] = deque()
    rest = iter(items)
    try:
        coming = feeder.submit(_next, rest)
        while coming.exception() is None and (item := coming.result()) is not None:
            waiting.append(pool.submit(work, item[0]))
            coming = feeder.submit(_next, rest)
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        coming.result()
    finally:
        feeder.shutdown(cancel_futures=True)
        pool.shutdown(cancel_futures=True)
        # It was begun in the feeder's thread, which is done: files are closed here.
        if isinstance(rest, Generator):
            rest.close()


def _next(items: Iterator[T]) -> tuple[T] | None:
    """The next item, None at the end; StopIteration does not travel between threads."""
    for item in items:
        return (item,)
    return None
