"""`sweep.run` and `sweep.open`: a sweep, and what it left behind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.console import console
from adsw.errors import Interrupted
from sweep.api import steer
from sweep.api.begin import begin
from sweep.api.comparison import Comparison
from sweep.api.stores import Stores, stores_of
from sweep.api.trial import Trial
from sweep.run.command_lines import RUNS, RUNS_VARIABLE
from sweep.run.folder import RunFolder
from sweep.run.records import KEEP, SweepStatus

if TYPE_CHECKING:
    from pandas import DataFrame

    from sweep.api.figures import Figures
    from sweep.report.report import Report
    from sweep.runner import Ending
    from sweep.space.model import Space


class Run:
    """A sweep's run folder, to ask and to steer. It is read anew whenever something new is in it."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._report_of: tuple[object, Report] | None = None

    def __repr__(self) -> str:
        """Return name, status, number of trials and the best of them."""
        best = self.best
        said = "" if best is None else f", best {best.value:.4g} {best.objective['metric']} (trial {best.number})"
        return f"Run({self.name!r}, {self.status}, {len(self.folder.trials())} trials ended{said})"

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.folder.path.name

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.folder.path

    @property
    def status(self) -> str:
        """``running``, ``interrupted``, ``done`` or ``failed``; a sweep whose driver died is interrupted."""
        from sweep.live.status import run_status

        return run_status(self.folder).status.value

    @cached_property
    def space(self) -> Space:
        """What is searched."""
        from sweep.space.load import parse_space

        return parse_space(self.folder.read_sweep().space)

    @property
    def trials(self) -> DataFrame:
        """A row per ended trial, by number: state, searched values, metrics at the epoch at which it is judged."""
        from sweep.api.frames import trials_frame

        return trials_frame(self.folder.trials())

    @property
    def curves(self) -> DataFrame:
        """A row per trial and epoch."""
        from sweep.api.frames import curves_frame

        return curves_frame(self.folder.trials())

    @property
    def best(self) -> Trial | None:
        """The best completed trial; None before one has completed."""
        return Trial.best_of(self.folder)

    @property
    def leaderboard(self) -> DataFrame:
        """Trials from best to worst, each with its interval and its paired difference to the default."""
        from sweep.api.frames import leaderboard_frame
        from sweep.report.leaderboard import document

        return leaderboard_frame(document(self._report.board))

    def importance(self) -> DataFrame:
        """Return how much of the objective's variation each searched parameter explains."""
        from sweep.api.frames import importance_frame

        return importance_frame(self._report.influence)

    @property
    def figures(self) -> Figures:
        """The report's figures by name, as Plotly figures."""
        from adsw.report.section import every_figure
        from sweep.api.figures import Figures
        from sweep.report.document import report_document

        return Figures(every_figure(report_document(self._report).sections))

    @property
    def headline(self) -> str:
        """What came out, in a sentence."""
        return self._report.verdict.headline

    def report(self, out: str | Path | None = None) -> Path:
        """Write leaderboard.json, statistics.json and the page, as far as the sweep has come; return the page."""
        from sweep.report.document import write_report

        page = self.folder.report if out is None else Path(out)
        write_report(self.path, page)
        return page

    def compare(self, *others: Run | str | Path, out: str | Path | None = None) -> Comparison:
        """Compare with other runs; also writes the page, if `out` is given.

        Raises:
            InputError: their objectives differ.
        """
        runs = [self.path, *((other if isinstance(other, Run) else open(other)).path for other in others)]
        return Comparison.of(runs, None if out is None else Path(out))

    def resume(
        self,
        *,
        store: Stores | None = None,
        cells: int | None = None,
        workers_per_cell: int = 1,
        address: str | None = None,
        mlflow: str | None = None,
        failed: bool = False,
    ) -> Run:
        """Go on with a sweep that was interrupted or extended, as ``sweep resume`` does; return it when it ends.

        Raises:
            InputError: it cannot go on.
            Interrupted: Ctrl-C was pressed; it can be resumed again.
        """
        _, ending = steer.resume(
            self.path.parent,
            self.name,
            publish=_publish,
            stores=stores_of(store or []),
            cells=cells,
            workers=workers_per_cell,
            address=address,
            mlflow=mlflow,
            failed=failed,
        )
        return _ended(self, ending)

    def extend(self, *, trials: int | None = None, hours: float | None = None) -> Run:
        """Give the sweep more trials, or more hours, which `resume` runs."""
        steer.extend(self.folder, trials, hours)
        self.__dict__.pop("space", None)
        return self

    def stop(self) -> None:
        """Ask the sweep to stop cleanly, which another process is running."""
        steer.stop(self.folder)

    @property
    def _report(self) -> Report:
        """Everything that the report says, computed anew when the run has changed."""
        from sweep.report.data import read_run
        from sweep.report.report import build_report

        files = (self.folder.sweep_file, self.folder.trials_file)
        state = [file.stat().st_mtime_ns if file.exists() else 0 for file in files]
        if self._report_of is None or self._report_of[0] != state:
            self._report_of = state, build_report(read_run(self.path))
        return self._report_of[1]


def run(
    space: str | Path | Mapping[str, Any] | Space,
    store: Stores,
    *,
    name: str | None = None,
    cells: int | None = None,
    slots: int = 1,
    workers_per_cell: int = 1,
    address: str | None = None,
    max_failures: int = 0,
    keep: int = KEEP,
    reuse: bool = True,
    mlflow: str | None = None,
    runs: str | Path | None = None,
) -> Run:
    """Run a sweep: search, evaluate on test, report; returns when it has ended.

    Arguments and defaults are those of ``sweep run --help``. The progress is shown on the terminal, or below the cell
    of a notebook. What was interrupted goes on with ``sweep.open(...).resume()``.

    Args:
        space: a space file, the name of a ready space, the content of one, or a `Space`.
        store: the store's folder, or several by name.
        name: name of the run; the space's name and the time by default.
        cells: training cells; one per accelerator or core by default.
        slots: trials that a cell trains at once.
        workers_per_cell: Ray Train workers that share a cell's batches.
        address: a Ray cluster to join; None starts Ray here.
        max_failures: failed trials that are not warned of.
        keep: checkpoints kept: the best so many, and those always tried.
        reuse: whether to take over what other runs of this code have trained already.
        mlflow: ``local``, or the address of a tracking server.
        runs: the folder of all runs; ``runs``, or what $ADSW_RUNS says.

    Raises:
        InputError: everything that is wrong with the arguments, before anything starts.
        Interrupted: Ctrl-C was pressed (a `KeyboardInterrupt`); the run can be resumed.
        StoppedError: the system stopped it, such as by a full disk; the run can be resumed.
    """
    stores = stores_of(store)
    searched = Path(space) if isinstance(space, str) else space
    folder, ending = begin(
        searched,
        stores,
        command=_command(searched, stores, name),
        publish=_publish,
        name=name,
        cells=cells,
        slots=slots,
        workers=workers_per_cell,
        address=address,
        max_failures=max_failures,
        keep=keep,
        reuse=reuse,
        mlflow=mlflow,
        runs=_runs(runs),
    )
    return _ended(Run(folder), ending)


def open(run: str | Path, runs: str | Path | None = None) -> Run:
    """Open a run by its folder, or by its name in the folder of all runs.

    Raises:
        InputError: there is no such run; it suggests the nearest name.
    """
    if Path(run).is_dir():
        return Run(RunFolder.open(Path(run)))
    place = Path(run)
    given = place.parent if place.parent != Path() else _runs(runs)
    return Run(RunFolder.named(given, place.name))


def _runs(given: str | Path | None) -> Path:
    """Return the folder of all runs."""
    return Path(given or os.environ.get(RUNS_VARIABLE) or RUNS)


def _publish(folder: RunFolder) -> None:
    """Write the report of a run, and say in a sentence what came out."""
    from sweep.report.document import write_report

    made = write_report(folder.path)
    console().print(made.verdict.headline, markup=False)
    console().print(f"Report: {folder.report}", markup=False, soft_wrap=True)


def _ended(run: Run, ending: Ending | None) -> Run:
    """Return a run that has ended, however it did, unless somebody pressed Ctrl-C.

    Raises:
        Interrupted: somebody did: a script must not go on as if nothing had happened.
    """
    if ending is None:
        return run
    asked = ending.out_of_time or run.folder.stop_requested()
    if ending.status is SweepStatus.INTERRUPTED and not asked:
        raise Interrupted
    if ending.failures > run.folder.read_sweep().max_failures:
        console().print(f"{ending.failures} trials failed; see {run.folder.log}", markup=False)
    return run


def _command(space: object, stores: Mapping[str, Path], name: str | None) -> list[str]:
    """Return the command that does the same, for the report; what has no file is named as Python's."""
    if not isinstance(space, Path):
        return ["sweep.run", "in", "Python"]
    given = [word for key, path in stores.items() for word in ("--store", f"{key}={path}" if key else str(path))]
    return ["sweep", "run", str(space), *given, *(["--name", name] if name else [])]
