"""Parts shared by adapters of neural encoders: device, threads, batches by length, pooling.

Shapes: B inputs, T tokens, D features.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.arrays import Halves
from adsw.encoders.protocol import EncoderInfo

if TYPE_CHECKING:
    import torch


def device() -> torch.device:
    """Return the GPU if this process sees one, else the CPU."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def dtype_of(precision: str) -> torch.dtype:
    """Return the type for ``fp32``, ``fp16`` or ``bf16``."""
    import torch

    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]


@contextmanager
def inferring() -> Iterator[None]:
    """Run without gradients and on one thread; the number of threads is restored afterwards."""
    import torch

    # Workers run one per core, and sums in one thread have the same order everywhere.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def equal_lengths(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield the indices of inputs in batches of one length each, so that nothing is padded.

    Args:
        lengths: of the inputs.
        budget: most length of a batch in all; a batch holds at least one input.

    >>> list(equal_lengths([3, 5, 3, 3], budget=6))
    [[0, 2], [3], [1]]
    """
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    for length, run in groupby(order, key=lambda index: lengths[index]):
        same = list(run)
        rows = max(1, budget // max(1, length))
        yield from (same[start : start + rows] for start in range(0, len(same), rows))


def pooled_over_time(states_BTD: torch.Tensor, tokens: int) -> torch.Tensor:
    """Return means over `tokens` equal stretches of time, [B, tokens, D]."""
    import torch

    # Of fewer states than stretches, neighbouring stretches share some.
    pooled: Any = torch.nn.functional.adaptive_avg_pool1d(states_BTD.float().transpose(1, 2), tokens)
    return pooled.transpose(1, 2)  # type: ignore[no-any-return]


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


def halves(embeddings_BTD: Float32Array, info: EncoderInfo) -> Halves:
    """Return embeddings [B, T, D] in fp16, checked against the encoder's promised shape.

    Raises:
        ValueError: the shape is not the one that `info` promises.
    """
    if embeddings_BTD.shape[1:] != (info.tokens, info.features):
        raise ValueError(f"{info.name} gave {embeddings_BTD.shape}, not [B, {info.tokens}, {info.features}]")
    # Values beyond fp16 become infinite, and are refused where embeddings are checked for finite values.
    with np.errstate(over="ignore"):
        return embeddings_BTD.astype("<f2")
