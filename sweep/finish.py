"""After the last trial: keep the best checkpoints, open the test split once for the winner and the default."""

from __future__ import annotations

import shutil

from adsw.align.checkpoint import load
from adsw.align.recipe import resolve
from adsw.encode.store import Store
from adsw.evaluate.evaluation import evaluate
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.untrained import untrained_heads
from sweep.ranking import ranked_completed
from sweep.run_folder import RunFolder
from sweep.space.objective import Objective
from sweep.state import TrialState


def prune_checkpoints(folder: RunFolder, objective: Objective, keep: int) -> None:
    """Remove the checkpoints of all but the best `keep` and the included trials."""
    records = folder.trials()
    kept = {record.number for record in ranked_completed(records, objective)[:keep]}
    kept |= {record.number for record in records if record.arm is not None}
    for record in records:
        if record.number not in kept:
            shutil.rmtree(folder.checkpoints / f"{record.number:04d}", ignore_errors=True)


def open_test_split(folder: RunFolder, store: Store, objective: Objective) -> list[int]:
    """Evaluate the winner, the included configurations and untrained heads on the test split.

    Returns:
        Numbers of the trials evaluated; none where no trial was completed or the store has no test split.
    """
    records = folder.trials()
    best = ranked_completed(records, objective)[:1]
    if not best or not store.info.splits["test"].tracks:
        return []
    queries = QuerySet.from_table(store.table("test"), store.info.dimensions)
    included = [r for r in records if r.arm is not None and r.state is TrialState.COMPLETED]
    numbers = sorted({record.number for record in (*best, *included)})
    for number in numbers:
        heads = load(folder.checkpoints / f"{number:04d}").heads
        evaluate(heads, queries, "test").save(folder.evaluations / f"{number:04d}.test.npz")
    # The winner's heads before their first step: the floor of every comparison.
    untrained = untrained_heads(store.info.dimensions, resolve(best[0].recipe))
    evaluate(untrained, queries, "test").save(folder.evaluations / "untrained.test.npz")
    return numbers
