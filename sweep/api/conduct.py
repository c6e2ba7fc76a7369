"""Conducts a sweep in its run folder, from where it stands to its report; `sweep.run` and `resume` both do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adsw.console import console
from sweep.api.ending import say_interrupted, say_spent, told
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus

if TYPE_CHECKING:
    from adsw.store.store import Store
    from sweep.on_ray.driver import Settings
    from sweep.runner import Ending
    from sweep.space.model import Space

Publish = Callable[[RunFolder], object]
"""Writes, and perhaps prints, the report of a run."""


def planned(
    space: Space,
    stores: Mapping[str, Store],
    runs: Path,
    cells: int | None,
    slots: int,
    workers: int,
    address: str | None,
) -> Settings:
    """Return the settings of a run, after checking that it fits the machine or cluster.

    Raises:
        InputError: it does not fit; the fault shows the numbers.
    """
    from sweep.on_ray.clusters import LOCAL, require_none_here
    from sweep.on_ray.driver import Settings
    from sweep.on_ray.session import cluster_resources
    from sweep.plan.plan import make_plan
    from sweep.plan.resources import Resources

    if address is None:
        require_none_here()
    resources = Resources.here(runs) if address is None or address == LOCAL else cluster_resources(address, runs)
    infos = {name: store.info for name, store in stores.items()}
    plan = make_plan(space, next(iter(infos.values())), resources, cells, slots, stores=infos)
    return Settings(plan.cells, slots, workers, gpu=plan.device == "gpu", max_hours=space.budget.hours)


def conduct(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    publish: Publish,
) -> Ending:
    """Run the trials that are left and show them; then publish the report, unless the sweep ended before its time.

    Raises:
        Interrupted: the process that drives it was interrupted a second time.
        StoppedError: the system stopped it.
    """
    from sweep.live.view import LiveView
    from sweep.runner import run_sweep
    from sweep.trackers.tracking import finish

    out = console()
    with told(folder):
        with LiveView(out, known=[record.number for record in folder.trials()]) as view:
            ending = run_sweep(folder, space, stores, settings, address, view)
        if ending.out_of_time and space.budget.hours is not None:
            say_spent(folder, ending.trials, space.budget.hours)
        elif ending.status is SweepStatus.INTERRUPTED:
            say_interrupted(folder, ending.trials)
        else:
            publish(folder)
            finish(folder, space, lambda said: out.print(said, markup=False))
    return ending
