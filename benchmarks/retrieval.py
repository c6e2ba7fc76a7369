"""What ranking costs over the bare matrix product: time and extra memory, beside a full argsort.

    python benchmarks/retrieval.py [--size 10000] [--width 512] [--repeats 5]

Everything runs on one thread. The bare product is the cheapest form there is: the same blocks, written into
memory that is there already. Times are the best of the repeats, the three ways taking turns, so that a busy
machine harms all alike.
"""

from __future__ import annotations

import argparse
import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from adsw.retrieval.placement import place
from adsw.retrieval.queries import Targets
from adsw.retrieval.ranking import metrics_of, score

TARGET_RATIO, TARGET_MIB = 1.5, 64
MIB = 2**20
BLOCK_ROWS = 400
BARE, OURS, SORT = "bare product", "ranks by counting", "full argsort"


@dataclass
class Cost:
    """Best time in seconds and peak memory over what was held before, in MiB."""

    seconds: float = float("inf")
    memory: float = 0.0


def peak_of(work: Callable[[], object]) -> float:
    """Peak resident memory of `work` over what is resident before it, in MiB (Linux with glibc)."""
    ctypes.CDLL(None).malloc_trim(0)  # gives back what earlier work freed, so that it counts again
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to the present
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def unit_rows(size: int, width: int, seed: int) -> torch.Tensor:
    """Random unit vectors, float32 [size, width]."""
    rows = torch.randn(size, width, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(rows, dim=1)


def bare_product(queries: torch.Tensor, items: torch.Tensor) -> None:
    """All scores, block by block, each thrown away."""
    scores = torch.empty(BLOCK_ROWS, len(items))
    for first in range(0, len(queries), BLOCK_ROWS):
        block = queries[first : first + BLOCK_ROWS]
        torch.mm(block, items.T, out=scores[: len(block)])


def argsort_ranks(queries: torch.Tensor, items: torch.Tensor) -> NDArray[np.int64]:
    """Ranks the common way: the whole matrix, sorted row by row."""
    order = torch.argsort(queries @ items.T, dim=1, descending=True)
    return ((order == torch.arange(len(queries))[:, None]).int().argmax(1) + 1).numpy()


def measure(ways: dict[str, Callable[[], object]], repeats: int, tick: Callable[[], None]) -> dict[str, Cost]:
    """Cost of every way; they take turns."""
    costs = {name: Cost() for name in ways}
    for _ in range(repeats):
        for name, work in ways.items():
            begun = time.perf_counter()
            memory = peak_of(work)
            costs[name].seconds = min(costs[name].seconds, time.perf_counter() - begun)
            costs[name].memory = max(costs[name].memory, memory)
            tick()
    return costs


def sort_fits(size: int) -> bool:
    """Whether a full argsort fits in half of the free memory: scores, their order, and the sort's own
    copies."""
    free = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    return size * size * 28 < int(free.split()[1]) * 1024 / 2


def ways_at(size: int, width: int, with_sort: bool) -> dict[str, Callable[[], object]]:
    """What is compared at one size; the targets lie on the diagonal, with some signal."""
    queries, items = unit_rows(size, width, 0), unit_rows(size, width, 1)
    queries = torch.nn.functional.normalize(queries + 0.1 * items, dim=1)
    targets = Targets(np.arange(size + 1), np.arange(size))
    ways: dict[str, Callable[[], object]] = {
        BARE: lambda: bare_product(queries, items),
        OURS: lambda: metrics_of(score(place(queries, items, targets))),
    }
    if with_sort:
        ways[SORT] = lambda: argsort_ranks(queries, items)
        close = np.abs(place(queries, items, targets).ranks - argsort_ranks(queries, items))
        if close.max() > 1:  # scores that differ in the last bit may change places
            raise RuntimeError(f"ranks by counting and by sorting differ by {close.max()}")
    return ways


def plans(size: int) -> list[tuple[int, bool]]:
    """Sizes to measure, and whether with the argsort, whose size is halved until it fits in memory."""
    sort_size = size
    while not sort_fits(sort_size):
        sort_size //= 2
    return sorted({size: sort_size == size, 2 * size: False, sort_size: True}.items())


def table_of(found: dict[int, dict[str, Cost]], width: int) -> Table:
    """All measurements."""
    table = Table(title=f"Ranks of all queries among all items, width {width}, one thread")
    for heading in ("size", "way", "seconds", "to the bare product", "extra MiB"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for size, costs in found.items():
        for name, cost in costs.items():
            ratio = cost.seconds / costs[BARE].seconds
            table.add_row(f"{size:,}", name, f"{cost.seconds:.2f}", f"{ratio:.2f}", f"{cost.memory:.0f}")
        table.add_section()
    return table


def verdicts(small: dict[str, Cost], large: dict[str, Cost]) -> list[str]:
    """The figures that have a target, and the growth from one size to twice it."""
    ratio = small[OURS].seconds / small[BARE].seconds
    lines = []
    for label, value, target in (
        ("ratio to the bare product", ratio, TARGET_RATIO),
        ("extra memory in MiB", small[OURS].memory, TARGET_MIB),
    ):
        mark = "[green]met[/]" if value <= target else "[red]missed[/]"
        lines.append(f"{label}: {value:.2f} (target {target}, {mark})")
    growth, bare = (large[way].seconds / small[way].seconds for way in (OURS, BARE))
    return [*lines, f"twice the size takes {growth:.1f} times as long (the bare product: {bare:.1f})"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--size", type=int, default=10_000, help="queries and items")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for size, with_sort in plans(options.size):
            ways = ways_at(size, options.width, with_sort)
            task = progress.add_task(f"{size:,} x {size:,}", total=options.repeats * len(ways))
            found[size] = measure(ways, options.repeats, partial(progress.advance, task))
    console = Console()
    console.print(table_of(found, options.width))
    for line in verdicts(found[options.size], found[2 * options.size]):
        console.print(line)


if __name__ == "__main__":
    main()
