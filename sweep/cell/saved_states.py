"""Saved states of trials between epochs, in the run folder, so that any death costs at most the current epoch.

`state/NNNN/E.pt` holds the slot after epoch E; `state/NNNN/progress.json`, published after it, names E and the curve. A
reader believes only what progress.json names. After the last epoch it names no state: the checkpoint is there. The
state of the epoch before stays, and its progress as before.json, so that a file which the machine's own crash emptied
costs one more epoch.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from adsw.files import keep_before, publish_json, publishing
from adsw.json_text import parse_json
from sweep.cell.messages import Progress

PROGRESS, BEFORE = "progress.json", "before.json"


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
            document = parse_json((self._of(number) / PROGRESS).read_bytes())
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

    def finish(self, number: int, epoch: int, curve: Sequence[Mapping[str, float]]) -> None:
        """Publish that a trial has trained its last epoch, which may not be that planned: no state is needed after."""
        document = {"epoch": epoch, "ended": True, "curve": [dict(point) for point in curve]}
        publish_json(self._of(number) / PROGRESS, document)

    def drop(self, number: int) -> None:
        """Remove the states of a trial that has ended."""
        shutil.rmtree(self._of(number), ignore_errors=True)

    def close(self) -> None:
        """Wait for the writes under way and end the writer."""
        self._writer.shutdown(wait=True)

    def mend(self, number: int, epochs: int) -> tuple[int, int]:
        """Let a trial's progress name the last epoch whose state is whole; only while no driver runs the sweep.

        Args:
            number: of the trial.
            epochs: those of the whole trial, after the last of which no state is needed.

        Returns:
            The epoch that the files named and the one that they name now, 0 without a state that is whole.
        """
        folder = self._of(number)
        documents = [_document(folder / name) for name in (PROGRESS, BEFORE)]
        states = [int(path.stem) for path in folder.glob("*.pt") if path.stem.isdigit()]
        if documents[0] is not None:
            named = int(documents[0]["epoch"])
        else:  # without the file no epoch was reported; a file that is cut off was of the latest state
            named = max(states, default=0) if (folder / PROGRESS).exists() else 0
        ended = documents[0] is not None and (named >= epochs or documents[0].get("ended", False))
        whole = documents[0] is not None and (ended or _is_whole(folder / f"{named}.pt"))
        if whole or not named:
            return named, named
        for epoch in range(named, max(named - 3, 0), -1):
            curves = [each["curve"] for each in documents if each is not None and len(each["curve"]) >= epoch]
            if curves and _is_whole(folder / f"{epoch}.pt"):
                publish_json(folder / PROGRESS, {"epoch": epoch, "curve": curves[0][:epoch]})
                return named, epoch
        self.drop(number)
        return named, 0

    def _of(self, number: int) -> Path:
        """Return a trial's folder."""
        return self.folder / f"{number:04d}"

    def _write(self, number: int, epoch: int, state: dict[str, Any], curve: list[dict[str, float]]) -> None:
        """Publish a state, then the progress that names it, and remove states that no cell can ask for."""
        import torch  # as in `load`

        folder = self._of(number)
        # By way of memory: of a full disk torch's own writer says only that it failed.
        data = io.BytesIO()
        torch.save(state, data)
        with publishing(folder / f"{epoch}.pt") as temporary:
            temporary.write_bytes(data.getbuffer())
        keep_before(folder / PROGRESS, folder / BEFORE)
        publish_json(folder / PROGRESS, {"epoch": epoch, "curve": curve})
        # The state before stays: a cell that dies between this write and its report is asked for that epoch again.
        for older in folder.glob("*.pt"):
            if int(older.stem) < epoch - 1:
                older.unlink(missing_ok=True)


def _document(path: Path) -> dict[str, Any] | None:
    """Return a progress file's content, or None if it is missing or cut off."""
    try:
        document = parse_json(path.read_bytes())
        return document if int(document["epoch"]) <= len(document["curve"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_whole(path: Path) -> bool:
    """Check a state's file, which torch writes as a ZIP archive, by its directory and checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
