"""Saved states of trials between epochs, in the run folder, so that any death costs at most the current epoch.

`state/NNNN/E.pt` holds the slot after epoch E; `state/NNNN/progress.json`, published after it, names E and the curve. A
reader believes only what progress.json names.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from adsw.files import publish_json, publishing
from adsw.json_text import parse_json
from sweep.cell.messages import Progress


class SavedStates:
    """The folder of saved slot states of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slot-state")

    def save(
        self, number: int, epoch: int, state: Mapping[str, Any], curve: Sequence[Mapping[str, float]]
    ) -> Future[None]:
        """Start to write a state in the background; the future is done once readers find it."""
        # Copies: the caller goes on while the writer reads.
        return self._writer.submit(self._write, number, epoch, dict(state), [dict(point) for point in curve])

    def progress(self, number: int) -> Progress:
        """Return epochs and curve of the saved state; epoch 0 if there is none."""
        try:
            document = parse_json((self._of(number) / "progress.json").read_bytes())
        except FileNotFoundError:
            return Progress(0, ())
        return Progress(int(document["epoch"]), tuple(document["curve"]))

    def load(self, number: int, epoch: int) -> dict[str, Any]:
        """Load a slot's state after `epoch` epochs.

        Raises:
            FileNotFoundError: there is none.
        """
        import torch  # here, since trials' clients, which only ask how far a trial is, need none of it

        state: dict[str, Any] = torch.load(self._of(number) / f"{epoch}.pt", map_location="cpu", weights_only=True)
        return state

    def drop(self, number: int) -> None:
        """Remove the states of a trial that has ended."""
        shutil.rmtree(self._of(number), ignore_errors=True)

    def close(self) -> None:
        """Wait for the writes under way and end the writer."""
        self._writer.shutdown(wait=True)

    def _of(self, number: int) -> Path:
        """Return a trial's folder."""
        return self.folder / f"{number:04d}"

    def _write(self, number: int, epoch: int, state: dict[str, Any], curve: list[dict[str, float]]) -> None:
        """Publish a state, then the progress that names it, and remove states that no cell can ask for."""
        import torch  # as in `load`

        folder = self._of(number)
        with publishing(folder / f"{epoch}.pt") as temporary:
            torch.save(state, temporary)
        publish_json(folder / "progress.json", {"epoch": epoch, "curve": curve})
        # The state before stays: a cell that dies between this write and its report is asked for that epoch again.
        for older in folder.glob("*.pt"):
            if int(older.stem) < epoch - 1:
                older.unlink(missing_ok=True)
