"""A whole sweep in one process, without Ray: the searcher, a real cell, the run folder, the test split, the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adsw.judging import Judging
from adsw.retrieval.queries import read_queries
from adsw.store.store import Store
from adsw.train.batches import WINDOW
from sweep.cell.broker import Broker
from sweep.cell.data import CellData
from sweep.cell.messages import Progress, TrialRequest
from sweep.cell.worker import CellFolders, CellWorker
from sweep.on_ray.search_adapter import record_of
from sweep.run.folder import RunFolder
from sweep.run.provenance import sweep_document
from sweep.run.records import KEEP, SweepStatus
from sweep.runner import open_test_split, prune_checkpoints
from sweep.search import open_searcher, settings_of
from sweep.search.protocol import Proposal
from sweep.space.configurations import base_recipe
from sweep.space.model import Space
from tests.sweep.cell.local_client import LocalClient, cell_data_of


def begun(runs: Path, name: str, space: Space, stores: Mapping[str, Store], **more: Any) -> RunFolder:
    """The folder of a sweep that is about to begin."""
    seed = base_recipe(space).seed
    document = sweep_document(space, stores, ["sweep", "run"], settings_of(space), 1, 1, seed, "cpu")
    return RunFolder.create(runs, name, {**document, "max_failures": 0, "keep": KEEP, **more})


def run_through(folder: RunFolder, space: Space, stores: Mapping[str, Store], reuse: bool = False) -> list[Proposal]:
    """Train all that is left of a sweep, one trial after another; what was handed out, in that order."""
    data = {name: _cell_data(store, space) for name, store in stores.items()}
    searcher, handed_out = open_searcher(space, folder, reuse), []
    while isinstance(proposal := searcher.ask(), Proposal):
        record = record_of(proposal, _trained(proposal, data, folder, space.judging), space.judging)
        folder.append_trial(record)
        searcher.tell(record)
        handed_out.append(proposal)
    assert proposal is None
    open_test_split(folder, stores, space)
    prune_checkpoints(folder, space, KEEP)
    folder.move_to(SweepStatus.DONE)
    return handed_out


def _cell_data(store: Store, space: Space) -> CellData:
    sets = {}
    for one in space.evaluate:
        place = store if one.store is None else Store.open(Path(one.store))
        sets[one.name] = read_queries(place, one.split, one.dataset, one.source)
    return cell_data_of(store, limit=WINDOW, **sets)


def _trained(proposal: Proposal, data: Mapping[str, CellData], folder: RunFolder, judging: Judging) -> Progress:
    broker, epochs = Broker(), proposal.spec.epochs
    broker.submit(TrialRequest(proposal.number, "t", proposal.spec.document(), epochs, judging=judging))
    broker.grant(proposal.number, "t", epochs)
    folders = CellFolders(folder.states, folder.evaluations, folder.checkpoints)
    CellWorker(LocalClient(broker, 1), data, folders, judging=judging).run()
    progress = broker.progress(proposal.number)
    assert progress is not None
    return progress
