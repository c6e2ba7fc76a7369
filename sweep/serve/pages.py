"""Reports and comparisons for the page, made when they are asked for and kept until there is news."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from adsw.errors import Fault, InputError
from sweep.run.folder import RunFolder
from sweep.serve.run_data import Stamp, stamp_of

KEPT = 4
"""Pages kept."""


class Pages:
    """Pages by the runs that they are of, each with the stamps of its runs when it was made."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._made: dict[tuple[str, ...], tuple[tuple[Stamp, ...], bytes]] = {}
        self._lock = threading.Lock()

    def report(self, folder: RunFolder) -> bytes:
        """Return the report of a run as it stands: its file if nothing has ended since, else a new one.

        Raises:
            InputError: the run cannot be read.
        """
        if _is_fresh(folder):
            return folder.report.read_bytes()
        return self._page((folder.path.name,))

    def comparison(self, names: Sequence[str]) -> bytes:
        """Return the page that compares runs.

        Raises:
            InputError: there are fewer than two, or they cannot be compared.
        """
        if len(names) < 2:
            raise InputError("Nothing can be compared", [Fault("run", "must name two runs or more")])
        for name in names:
            RunFolder.named(self._runs, name)  # so that no name leads out of the folder
        return self._page(tuple(names))

    def _page(self, names: tuple[str, ...]) -> bytes:
        stamps = tuple(stamp_of(self._runs / name) for name in names)
        with self._lock:
            stamped, page = self._made.get(names, ((), b""))
            if stamped != stamps:
                page = self._render(names).encode()
                self._made[names] = (stamps, page)
                while len(self._made) > KEPT:
                    del self._made[next(iter(self._made))]
            return page

    def _render(self, names: tuple[str, ...]) -> str:
        # What only some pages need is loaded when the first of them is asked for.
        if len(names) > 1:
            from sweep.report.compare.comparison import compare
            from sweep.report.compare.page import render_comparison
            from sweep.report.compare.sides import open_sides

            return render_comparison(compare(open_sides(self._runs, names)))
        from sweep.report.data import read_run
        from sweep.report.document import render
        from sweep.report.report import build_report

        return render(build_report(read_run(self._runs / names[0])))


def _is_fresh(folder: RunFolder) -> bool:
    """Check whether the report in the folder holds all that has ended."""
    try:
        return folder.report.stat().st_mtime >= max(
            file.stat().st_mtime for file in (folder.trials_file, folder.sweep_file) if file.exists()
        )
    except (OSError, ValueError):
        return False
