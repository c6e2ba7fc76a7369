"""Measure the shape of the source tree: sizes, import chains, circles, comments.

    python -m benchmarks.structure                 # this checkout
    python -m benchmarks.structure --root OTHER    # another one, such as an older revision

A chain is a longest path through imports at the top of files, a circle a strongly connected set of files (or of
packages), those imports counted that run inside functions too.
"""

from __future__ import annotations

import argparse
import ast
import io
import statistics
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

PACKAGES = ("adsw", "sweep")
Graph = dict[str, set[str]]


@dataclass(slots=True)
class Shape:
    """What is counted of a tree."""

    files: dict[str, int] = field(default_factory=dict)
    """Lines of every module, by dotted name."""
    functions: list[int] = field(default_factory=list)
    comments: int = 0
    """Lines that hold a comment."""
    deferred: int = 0
    """Import statements inside functions."""
    top: Graph = field(default_factory=lambda: defaultdict(set))
    """Imports at the top of each module."""
    all: Graph = field(default_factory=lambda: defaultdict(set))
    """The same with those inside functions."""


def measure(root: Path) -> Shape:
    """Read every module of the packages below `root`."""
    paths = {_dotted(path, root): path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))}
    shape = Shape()
    for name, path in paths.items():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        shape.files[name] = len(text.splitlines())
        shape.comments += _comment_lines(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                shape.functions.append((node.end_lineno or node.lineno) - node.lineno + 1)
        top = set(_statements(tree.body))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                targets = {one for one in _targets(node, paths) if one != name}
                shape.all[name] |= targets
                if node in top:
                    shape.top[name] |= targets
                else:
                    shape.deferred += 1
    return shape


def circles(graph: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Return the strongly connected sets of two nodes and more (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = set(stack[stack.index(node) :])
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(group)

    for node in list(graph):
        if node not in index:
            visit(node)
    return found


def longest_chain(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the longest path through a graph without circles."""
    best: dict[str, list[str]] = {}

    def chain(node: str, above: frozenset[str]) -> list[str]:
        if node not in best:
            below = [chain(other, above | {node}) for other in sorted(graph.get(node, ())) if other not in above]
            best[node] = [node, *max(below, key=len, default=[])]
        return best[node]

    return max((chain(node, frozenset()) for node in sorted(graph)), key=len, default=[])


def by_package(graph: Mapping[str, Iterable[str]], files: Iterable[str]) -> Graph:
    """Return the imports between folders; those of a folder's parent or child are within one room."""
    packages = {name.rsplit(".", 1)[0] for name in files if "." in name}
    between: Graph = defaultdict(set)
    for name, others in graph.items():
        own = _folder(name, packages)
        for other in others:
            there = _folder(other, packages)
            if not (own == there or own.startswith(there + ".") or there.startswith(own + ".")):
                between[own].add(there)
    return between


def _folder(name: str, packages: set[str]) -> str:
    return name if name in packages else name.rsplit(".", 1)[0]


def _dotted(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """Statements that run at import: those of a file and of its `if` and `try` blocks."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.dump(node.test):
                yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _statements([*node.body, *node.orelse, *node.finalbody])


def _targets(node: ast.Import | ast.ImportFrom, paths: Mapping[str, Path]) -> Iterable[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in paths)
        return
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        if whole in paths:
            yield whole
        elif node.module in paths:
            yield str(node.module)


def _comment_lines(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and "noqa" not in token.string for token in tokens)


def _centile(values: Iterable[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def rows(shape: Shape) -> list[tuple[str, str]]:
    """Return the figures as they are printed."""
    lines = list(shape.files.values())
    packages = {name.rpartition(".")[0] for name in shape.files}
    rooms: dict[str, int] = defaultdict(int)
    for name in shape.files:
        rooms[_folder(name, packages)] += 1
    chain = longest_chain(shape.top)
    return [
        ("files", f"{len(lines)}"),
        ("lines", f"{sum(lines):,}"),
        ("file length, median / p90 / max", f"{statistics.median(lines):.0f} / {_centile(lines, 0.9)} / {max(lines)}"),
        (
            "function length, median / p90 / max",
            f"{statistics.median(shape.functions):.0f} / {_centile(shape.functions, 0.9)} / {max(shape.functions)}",
        ),
        ("most modules in one folder", f"{max(rooms.values())} ({max(rooms, key=lambda name: rooms[name])})"),
        ("longest import chain", f"{len(chain)}"),
        ("circles of files", f"{len(circles(shape.all))}"),
        ("circles of packages", f"{len(circles(by_package(shape.all, shape.files)))}"),
        ("imports inside functions", f"{shape.deferred}"),
        ("comment lines", f"{100 * shape.comments / sum(lines):.1f} %"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="the checkout to measure")
    parser.add_argument("--details", action="store_true", help="list the longest chain and the circles too")
    options = parser.parse_args()
    shape = measure(options.root)
    table = Table("what", "measured")
    for row in rows(shape):
        table.add_row(*row)
    console = Console()
    console.print(table)
    if options.details:
        console.print("longest chain: " + " > ".join(longest_chain(shape.top)))
        for group in (*circles(shape.all), *circles(by_package(shape.all, shape.files))):
            console.print("circle: " + ", ".join(sorted(group)))


if __name__ == "__main__":
    main()
