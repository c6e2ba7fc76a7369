"""What a sweep will take, before anything starts; what cannot fit is refused with the arithmetic. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from adsw.align.batches import steps_per_epoch
from adsw.align.recipe import Recipe, dotted
from adsw.align.windows import WINDOW
from adsw.errors import Faults
from sweep.resources import Resources
from sweep.space.check import most_epochs
from sweep.space.compile import base_recipe, included, listed
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.rules import MOST_GRID_TRIALS
from sweep.store_facts import StoreFacts
from sweep.void import warnings_of

if TYPE_CHECKING:
    from adsw.encode.store import StoreInfo

RESIDENT_BYTES = 2 << 30
"""A bank up to this size stays in a cell's memory."""
PROCESS_BYTES = 700 << 20
"""Memory of a cell's process beside its data."""
STARTUP_S = 40.0
"""Start of Ray and of the cells, once per sweep."""
QUERIES_PER_TRACK = 5
QUERY_BYTES = 64
"""Of a query in an evaluation's file."""


@dataclass(frozen=True, slots=True)
class PlannedParameter:
    """One line of the plan's table."""

    name: str
    role: str
    values: str
    default: Any
    """What the included `default` has; None where the parameter does not exist there."""
    when: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep's size. Times in minutes, None where no epoch was measured."""

    name: str
    question: str
    method: str
    objective: str
    parameters: tuple[PlannedParameter, ...]
    included: tuple[str, ...]
    trials: int | None
    """None where only a budget of epochs ends the sweep."""
    cells: int
    slots: int
    device: str
    train_tracks: int
    valid_tracks: int
    epochs_per_trial: int
    """At most."""
    steps_per_epoch: int
    epochs_most: int
    """Of all trials together."""
    epochs_expected: int
    """The same with what the scheduler is expected to stop."""
    seconds_per_epoch: float | None
    minutes_expected: float | None
    minutes_most: float | None
    memory_bytes: int
    disk_bytes: int
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def make_plan(
    space: Space,
    store: StoreInfo,
    resources: Resources,
    cells: int | None = None,
    slots: int = 1,
    seconds_per_epoch: float | None = None,
    facts: StoreFacts | None = None,
    stores: Mapping[str, StoreInfo] | None = None,
) -> Plan:
    """Size a sweep.

    Args:
        space: a checked space.
        store: what it trains on.
        resources: what there is to run it on.
        cells: training cells; the space's number where None, or else one per accelerator, or per core.
        slots: trials trained at once in a cell.
        seconds_per_epoch: of one trial alone in its cell (`sweep.measure`); no times without it.
        facts: what the store holds, for warnings about parameters without effect.

    Raises:
        InputError: it cannot fit.
    """
    del stores
    base = base_recipe(space)
    epochs = most_epochs(space, base)
    trials = trials_of(space)
    planned_cells = cells or space.cells or resources.gpus or resources.cpus
    memory = planned_cells * _cell_bytes(store)
    expected = _expected_epochs(space, trials, epochs)
    disk = _disk_bytes(store, base, trials or 1000, planned_cells * slots)
    _refuse(store, resources, planned_cells, memory, disk)
    busy = min(planned_cells, trials or planned_cells)
    most = min(trials * epochs if trials else expected, space.budget.trial_epochs or 10**12)
    return Plan(
        name=space.name,
        question=space.description.strip(),
        method=method_words(space),
        objective=f"{space.objective.metric}, {space.objective.mode}",
        parameters=tuple(_line(name, parameter, base) for name, parameter in space.space.items()),
        included=tuple(space.include),
        trials=trials,
        cells=planned_cells,
        slots=slots,
        device="gpu" if resources.gpus else "cpu",
        train_tracks=store.splits["train"].tracks,
        valid_tracks=store.splits["valid"].tracks,
        epochs_per_trial=epochs,
        steps_per_epoch=steps_per_epoch(store.splits["train"].tracks, base.data),
        epochs_most=most,
        epochs_expected=min(expected, most),
        seconds_per_epoch=seconds_per_epoch,
        minutes_expected=_minutes(min(expected, most), busy, epochs, seconds_per_epoch),
        minutes_most=_minutes(most, busy, epochs, seconds_per_epoch),
        memory_bytes=memory,
        disk_bytes=disk,
        warnings=tuple(warnings_of(space, base, store.splits["train"].tracks, planned_cells, trials, facts)),
    )


def trials_of(space: Space) -> int | None:
    """How many trials a sweep has; None where only a budget of epochs ends it."""
    if space.method != "grid":
        return space.trials
    return len(included(space)) + sum(1 for _ in islice(listed(space), MOST_GRID_TRIALS))


def method_words(space: Space) -> str:
    """Method, sampler and scheduler in words."""
    if space.method == "grid":
        arms, seeds = len(space.arms), len(space.replicates)
        found = "grid" + (f" of {arms} arms" if arms else "") + (f", {seeds} replicates" if seeds else "")
    elif space.method == "random" or space.searcher.sampler == "random":
        found = f"random search, seed {space.searcher.seed}"
    else:
        found = f"TPE after {space.searcher.startup} random trials, seed {space.searcher.seed}"
    stop = space.scheduler
    if stop.kind == "asha":
        return f"{found}; ASHA from epoch {stop.grace_epochs}, keeping 1 of {stop.reduction_factor:g}"
    return f"{found}; no early stopping"


def _line(name: str, parameter: Parameter, base: Recipe) -> PlannedParameter:
    when = " and ".join(f"{other} is {' or '.join(map(str, values))}" for other, values in parameter.when.items())
    values = parameter.words()
    if parameter.complement:
        values += f" ({parameter.complement} gets the rest)"
    role = parameter.role if parameter.searched else "fixed"
    return PlannedParameter(name, role, values, dotted(base).get(name), when)


def _expected_epochs(space: Space, trials: int | None, epochs: int) -> int:
    """Epochs of all trials, less what the scheduler should stop; included configurations run to their end."""
    if trials is None:
        return space.budget.trial_epochs or 0
    exempt = trials if space.method == "grid" and space.arms else len(space.include)
    return round(exempt * epochs + (trials - exempt) * space.scheduler.expected_epochs(epochs))


def _minutes(epochs: int, busy: int, longest: int, seconds: float | None) -> float | None:
    if seconds is None:
        return None
    return (STARTUP_S + max(epochs / busy, longest) * seconds) / 60


def _bank_bytes(store: StoreInfo, split: str) -> int:
    part = store.splits[split]
    return part.tracks * store.dimensions.audio_bytes + part.texts * store.dimensions.text_bytes


def _cell_bytes(store: StoreInfo) -> int:
    """Memory of one cell: its process, the bank or two windows of it, and the validation queries."""
    bank = _bank_bytes(store, "train")
    if bank > RESIDENT_BYTES:
        bank = min(bank, round(2 * bank * WINDOW / store.splits["train"].tracks))
    return PROCESS_BYTES + bank + _bank_bytes(store, "valid")


def _disk_bytes(store: StoreInfo, recipe: Recipe, trials: int, at_once: int) -> int:
    """Checkpoints and evaluations of all trials; saved states (weights, two moments) of those under way."""
    from adsw.align.heads.layout import Layout

    weights = 4 * Layout(store.dimensions, recipe.head).size
    evaluation = store.splits["valid"].tracks * QUERIES_PER_TRACK * QUERY_BYTES
    return trials * (weights + evaluation) + 2 * 3 * weights * (at_once + 1)


def _refuse(store: StoreInfo, resources: Resources, cells: int, memory: int, disk: int) -> None:
    faults = Faults("The sweep cannot fit")
    for split in ("train", "valid", "test"):
        if split not in store.splits or store.splits[split].tracks == 0:
            faults.add(f"store: {split}", "must hold tracks", 0, "Prepare a store with all three splits.")
    most = resources.gpus or resources.cpus
    kind = "accelerators" if resources.gpus else "cores"
    if not 1 <= cells <= most:
        rule = f"must lie between 1 and the {most} {kind}: a cell keeps one busy"
        faults.add("cells", rule, cells, f"Use --cells {most}." if most else "Run on a machine with a core to spare.")
    elif memory > resources.memory_bytes:
        each = memory / cells
        fits = int(resources.memory_bytes // each)
        rule = f"{cells} x {_gb(each)} = {_gb(memory)} of memory, and there are {_gb(resources.memory_bytes)}"
        faults.add("cells", rule, None, f"Use --cells {fits}." if fits else "Run on a machine with more memory.")
    if disk > resources.disk_free:
        rule = f"states, checkpoints and evaluations take {_gb(disk)}, and {_gb(resources.disk_free)} are free"
        faults.add("disk", rule, None, "Free some, or put the runs elsewhere with --runs.")
    faults.raise_if_any()


def _gb(count: float) -> str:
    return f"{count / 1e9:.2f} GB"
