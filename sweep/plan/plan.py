"""Estimates time, memory and disk of a sweep before it starts, and refuses one that cannot fit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adsw.errors import Faults
from adsw.store.store import StoreInfo
from adsw.train.batches import WINDOW, steps_per_epoch
from adsw.train.heads import Layout
from adsw.train.recipe import Recipe
from sweep.cell.data import RESIDENT_BYTES
from sweep.plan.describe import PlannedParameter, TrialStage, method_words, planned_parameters, stages_of, trials_of
from sweep.plan.fit import trained_recipes
from sweep.plan.hard_negatives import swap_share, swap_shares
from sweep.plan.resources import Resources
from sweep.plan.warnings import StoreFacts, held_out, twice, warnings_of
from sweep.run.sweep_record import of_store
from sweep.space.check import most_epochs
from sweep.space.configurations import base_recipe
from sweep.space.evaluation_set import OWN
from sweep.space.model import Space

PROCESS_BYTES = 700 << 20
"""Memory of a cell's process beside its data."""
STARTUP_S = 40.0
"""Start of Ray and of the cells, once per sweep."""
QUERIES_PER_TRACK = 5
QUERY_BYTES = 64
"""Bytes of a query in an evaluation's file."""


@dataclass(frozen=True, slots=True)
class PlannedStore:
    """One of several stores."""

    name: str
    arms: tuple[str, ...]
    """Arms that train on it; empty for the first store if it serves everything else."""
    train_tracks: int
    valid_tracks: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Size of a sweep. Times are in minutes, None if no epoch was measured."""

    name: str
    question: str
    method: str
    objective: str
    """The first objective, by which trials are ranked."""
    objectives: tuple[str, ...]
    parameters: tuple[PlannedParameter, ...]
    included: tuple[str, ...]
    arms: Mapping[str, Mapping[str, Any]]
    """An ablation's arms by name, each with its overrides."""
    evaluate: tuple[str, ...]
    """Evaluation sets beside the validation split, as text."""
    stores: tuple[PlannedStore, ...]
    """Empty for one store without a name."""
    stages: tuple[TrialStage, ...]
    trials: int | None
    """Most trials; None if only a budget of epochs ends the sweep."""
    trials_least: int
    """Fewest trials: fewer than `trials` if replicates end once every comparison is decided."""
    cells: int
    slots: int
    device: str
    train_tracks: int
    valid_tracks: int
    epochs_per_trial: int
    """Most epochs of a trial."""
    steps_per_epoch: int
    epochs_most: int
    """Most epochs of all trials together."""
    epochs_expected: int
    """Epochs of all trials together with what the scheduler is expected to stop, and with the fewest replicates."""
    seconds_per_epoch: float | None
    minutes_expected: float | None
    minutes_most: float | None
    memory_bytes: int
    disk_bytes: int
    swap_shares: tuple[float, float] | None
    """Share of the texts that bring a hard negative where its probability is at its highest, least and most over the
    space's recipes; None if not known."""
    swap_share: float | None
    """The same by the base recipe."""
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
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
    """Compute the size of a sweep.

    Args:
        space: a checked space, on its stores (`Space.with_stores`).
        store: store that it trains on; of several stores the first.
        resources: the machine or cluster to run it on.
        cells: training cells; None for the space's number, or else one per accelerator, or per core.
        slots: trials trained at once in a cell.
        seconds_per_epoch: seconds per epoch of one trial alone in its cell (`sweep.plan.timing`); no times without it.
        facts: what the stores hold, for warnings about parameters without effect.
        stores: all stores by name; None for `store` alone.

    Raises:
        InputError: the sweep cannot fit.
    """
    named = {"": store} if stores is None else dict(stores)
    base = base_recipe(space)
    epochs = most_epochs(space, base)
    stages, trials = stages_of(space), trials_of(space)
    planned_cells = cells or space.cells or resources.gpus or resources.cpus
    memory = planned_cells * _cell_bytes(space, named.values())
    expected, most = _epochs(space, stages, epochs)
    # A sweep without a number of trials is sized for 1,000.
    disk = _disk_bytes(space, store, base, trials or 1000, planned_cells * slots)
    _refuse(named, resources, planned_cells, memory, disk)
    busy = min(planned_cells, trials or planned_cells)  # more cells than trials do not save time
    return Plan(
        name=space.name,
        question=space.description.strip(),
        method=method_words(space),
        objective=f"{space.objective.metric}, {space.objective.mode}",
        objectives=tuple(f"{objective.metric}, {objective.mode}" for objective in space.objectives),
        parameters=planned_parameters(space, base),
        included=tuple(space.include),
        arms=space.arms,
        evaluate=tuple(entry.words() for entry in space.evaluate),
        stores=() if [*named] == [""] else tuple(_stores(space, named)),
        stages=stages,
        trials=trials,
        trials_least=sum(stage.least for stage in stages),
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
        swap_shares=None if facts is None else _swap_shares(space, facts, [*named]),
        swap_share=None if facts is None or not facts.terms else swap_share(base.text.swap, facts.terms),
        warnings=(
            *warnings_of(space, base, store.splits["train"].tracks, planned_cells, trials, facts, [*named]),
            *twice(named),
            *held_out(named),
        ),
    )


def _swap_shares(space: Space, facts: StoreFacts, stores: Sequence[str]) -> tuple[float, float] | None:
    """Return the least and the largest share of texts that bring a hard negative, over the space's recipes."""
    recipes = (recipe for place, name in enumerate(stores) for *_, recipe in trained_recipes(space, name, not place))
    return swap_shares((recipe.text.swap for recipe in recipes), facts.terms)


def _stores(space: Space, named: Mapping[str, StoreInfo]) -> Iterator[PlannedStore]:
    """Yield the stores of a sweep that has several, each with its arms."""
    names = {name: name for name in named}
    on = {arm: of_store(names, space.arm_stores.get(arm, "")) for arm in space.arms}
    for name, info in named.items():
        arms = tuple(arm for arm in on if on[arm] == name)
        train, valid = info.splits["train"].tracks, info.splits["valid"].tracks
        yield PlannedStore(name, arms, train, valid, info.fingerprint)


def _epochs(space: Space, stages: Sequence[TrialStage], epochs: int) -> tuple[int, int]:
    """Return the epochs of all trials together, expected and at most.

    The scheduler stops neither included configurations nor arms, nor trials that tune or confirm; the budget of epochs
    is for the search alone.
    """
    expected, most = 0, 0
    for stage in stages:
        if stage.most is None:
            expected, most = expected + (space.budget.trial_epochs or 0), most + (space.budget.trial_epochs or 0)
            continue
        whole = stage.least if space.arms or stage.purpose else min(len(space.include), stage.least)
        in_stage = round(whole * epochs + (stage.least - whole) * space.scheduler.expected_epochs(epochs))
        # 10**12 for no limit.
        limit = 10**12 if stage.purpose else space.budget.trial_epochs or 10**12
        expected, most = expected + min(in_stage, limit), most + min(stage.most * epochs, limit)
    return expected, most


def _minutes(epochs: int, busy: int, longest: int, seconds: float | None) -> float | None:
    """Return the minutes of a sweep on `busy` cells, at least those of its longest trial."""
    if seconds is None:
        return None
    # A trial is trained by one cell, so more cells cannot shorten the longest one.
    return (STARTUP_S + max(epochs / busy, longest) * seconds) / 60


def _bank_bytes(store: StoreInfo, split: str) -> int:
    """Return the bytes of a split's embeddings."""
    part = store.splits[split]
    return part.tracks * store.dimensions.audio_bytes + part.texts * store.dimensions.text_bytes


def _cell_bytes(space: Space, stores: Iterable[StoreInfo]) -> int:
    """Return the bytes of memory of one cell: its process and its data."""
    return PROCESS_BYTES + data_bytes(space, stores)


def data_bytes(space: Space, stores: Iterable[StoreInfo]) -> int:
    """Return the bytes that a cell holds of its stores: of each, the training and the evaluation data."""
    splits = [OWN, *(evaluation_set.split for evaluation_set in space.evaluate if evaluation_set.store is None)]
    return sum(_held_bytes(store) + sum(_bank_bytes(store, split) for split in splits) for store in stores)


def _held_bytes(store: StoreInfo) -> int:
    """Return the bytes of the training split that a cell holds: all of it, or two windows if it is too large."""
    bank = _bank_bytes(store, "train")
    if bank > RESIDENT_BYTES:
        # One window is still held while the next is read.
        bank = min(bank, round(2 * bank * WINDOW / store.splits["train"].tracks))
    return bank


def _disk_bytes(space: Space, store: StoreInfo, recipe: Recipe, trials: int, at_once: int) -> int:
    """Return the bytes on disk: checkpoints and evaluations of all trials, saved states of running ones.

    An evaluation set of another store counts as one of as many queries as this store's.
    """
    weights = _weight_bytes(store, recipe)
    splits = [OWN, *(entry.split if entry.store is None else OWN for entry in space.evaluate)]
    evaluations = sum(store.splits[split].tracks for split in splits) * QUERIES_PER_TRACK * QUERY_BYTES
    return trials * (weights + evaluations) + trial_disk_bytes(store, recipe, at_once)


def trial_disk_bytes(store: StoreInfo, recipe: Recipe, at_once: int) -> int:
    """Return the bytes on disk of the states of running trials."""
    # A state holds the weights, two moments of each and perhaps those of the best epoch; a trial keeps its last state
    # and the one before.
    return 2 * 4 * _weight_bytes(store, recipe) * (at_once + 1)


def _weight_bytes(store: StoreInfo, recipe: Recipe) -> int:
    """Return the bytes of a trial's heads."""
    return 4 * Layout(store.dimensions, recipe.head).size


def _refuse(stores: Mapping[str, StoreInfo], resources: Resources, cells: int, memory: int, disk: int) -> None:
    """Raise an InputError if splits are missing or cells, memory or disk do not suffice."""
    faults = Faults("The sweep cannot fit")
    for name, store in stores.items():
        for split in ("train", "valid"):  # without a test split a sweep can be judged on validation alone
            if split not in store.splits or store.splits[split].tracks == 0:
                place = f"store {name}: {split}" if name else f"store: {split}"
                faults.add(place, "must hold tracks", 0, "Prepare a store with tracks in both, train and valid.")
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
    """Return bytes as text, in GB."""
    return f"{count / 1e9:.2f} GB"
