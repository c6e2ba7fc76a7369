"""Steps after the last trial: evaluate the chosen trials on the test split, prune checkpoints."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from adsw.align.checkpoint import load
from adsw.align.recipe import resolve
from adsw.encode.store import Store
from adsw.evaluate.evaluation import evaluate
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.untrained import untrained_heads
from sweep.ranking import best_completed, front, ranked_completed
from sweep.run_folder import RunFolder
from sweep.space.model import Space
from sweep.state import TrialRecord, TrialState
from sweep.store_choice import of_store


def prune_checkpoints(folder: RunFolder, space: Space, keep: int) -> None:
    """Remove all checkpoints but those of the best `keep`, named configurations, confirmations and the front."""
    records = folder.trials()
    kept = {record.number for record in ranked_completed(records, space.objective, keep)}
    kept |= {record.number for record in records if _judged_whatever(record, space)}
    kept |= {record.number for record in front(records, space.objectives)}
    for record in records:
        if record.number not in kept:
            shutil.rmtree(folder.checkpoints / f"{record.number:04d}", ignore_errors=True)


def open_test_split(folder: RunFolder, stores: Mapping[str, Store], space: Space) -> list[int]:
    """Evaluate on the test split and save the results.

    Evaluated are the winner, named configurations, replicates, fresh seeds, the front and untrained heads.

    Returns:
        Numbers of the trials evaluated; empty if no trial was completed or the winner's store has no test split.
    """
    records = folder.trials()
    best = best_completed(records, space.objective)
    if best is None or not of_store(stores, best.store).info.splits["test"].tracks:
        return []
    chosen = {record.number: record for record in (best, *front(records, space.objectives))}
    chosen |= {r.number: r for r in records if _judged_whatever(r, space) and r.state is TrialState.COMPLETED}
    queries: dict[str, QuerySet] = {}
    for number, record in sorted(chosen.items()):
        if record.store not in queries:  # read once per store
            store = of_store(stores, record.store)
            queries[record.store] = QuerySet.from_table(store.table("test"), store.info.dimensions)
        heads = load(folder.checkpoints / f"{number:04d}").heads
        evaluate(heads, queries[record.store], "test").save(folder.evaluations / f"{number:04d}.test.npz")
    # The winner's heads before their first step: the baseline that training must exceed.
    untrained = untrained_heads(of_store(stores, best.store).info.dimensions, resolve(best.recipe))
    evaluate(untrained, queries[best.store], "test").save(folder.evaluations / "untrained.test.npz")
    return sorted(chosen)


def _judged_whatever(record: TrialRecord, space: Space) -> bool:
    """Check whether a trial is evaluated at any rank: a replicate, an included configuration, a fresh seed."""
    if record.purpose:
        return record.purpose == "confirm"
    return record.arm is not None or space.is_ablation
