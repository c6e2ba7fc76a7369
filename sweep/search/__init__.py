"""Searchers: who proposes the trials. `open_searcher` picks the one a space asks for."""

from __future__ import annotations

from typing import Any

from sweep.run.folder import RunFolder
from sweep.search.grid_search import GridSearch
from sweep.search.optuna_search import OptunaSearch
from sweep.search.protocol import Searcher
from sweep.search.reuse import KnownResults
from sweep.search.samplers import describe
from sweep.space.model import Space


def open_searcher(space: Space, folder: RunFolder, reuse: bool = False) -> Searcher:
    """Return the searcher of a sweep in the state that its run folder records: new, or to be resumed.

    Args:
        space: what is searched.
        folder: the run folder.
        reuse: whether to take results over from other runs in the same folder of runs.
    """
    known = KnownResults(folder) if reuse else None
    if space.method == "grid":
        return GridSearch(space, folder, known)
    return OptunaSearch(space, folder, known)


def settings_of(space: Space) -> dict[str, Any]:
    """Return every setting of the searcher, defaults included, for `sweep.json`."""
    if space.method == "grid":
        return {"sampler": "grid"}
    return describe(space.searcher, random=space.method == "random" or space.searcher.sampler == "random")
