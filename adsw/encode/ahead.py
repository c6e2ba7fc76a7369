"""Work done ahead in threads, its results in order: a device need not wait while its next inputs are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int, ahead: int) -> Iterator[Result]:
    """Yield the results of `work`, in the order of the items.

    Args:
        work: called with each item; an exception is raised when the turn of its result comes.
        items: taken as they are needed.
        threads: how many work at once; 0 works in the caller's thread, when a result is asked for.
        ahead: most results that may wait for the caller.

    >>> list(in_order(abs, [-1, 2, -3], threads=2, ahead=2))
    [1, 2, 3]
    """
    if not threads:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    # Also when the caller stops early or an item fails: what was not begun is dropped.
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
