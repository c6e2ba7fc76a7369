"""Keeps the cells of a sweep running: one that ends early is started anew, or given up with a reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from adsw.errors import Fault, InputError
from sweep.cell.messages import RefusedHost
from sweep.on_ray.ending import Joinable, join_together

logger = logging.getLogger(__name__)

RESTARTS = 3
"""Times that a cell is started anew after an end without a reason."""


class RunningCell(Joinable, Protocol):
    """A cell that runs in a thread."""

    error: BaseException | None
    """What ended it; None while it runs and after an end in good order."""

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        ...


class Cells:
    """The cells of a sweep by name.

    * One that refused its host is started anew on another, if one has room; else it is given up.
    * One whose workers died too often (`Train` has replaced them until then) is given up.
    * One that ended otherwise, as when its controller died, is started anew at most `RESTARTS` times.

    The trials of a cell that ended go to the others at once.

    Args:
        names: names of the cells.
        start: starts a cell by its name, on none of the given nodes.
        detach: tells the broker that a cell is gone.
        room: returns how many cells each living node has room for, those there included, by node.
        is_final: whether an error means that a cell cannot be started anew.
        on_refused: called once for every host and reason.
        on_end: called with the name of a cell that ended otherwise, and what follows.
    """

    def __init__(
        self,
        names: Iterable[str],
        start: Callable[[str, frozenset[str]], RunningCell],
        detach: Callable[[str], None],
        room: Callable[[], Mapping[str, int]],
        is_final: Callable[[BaseException], bool],
        on_refused: Callable[[RefusedHost], None],
        on_end: Callable[[str, str], None],
    ) -> None:
        self._start, self._detach, self._room, self._is_final = start, detach, room, is_final
        self._on_refused, self._on_end = on_refused, on_end
        self._refused: dict[RefusedHost, None] = {}
        self._refusals: dict[str, RefusedHost] = {}
        """The refusal of a cell that has not been started anew since."""
        self._restarts: dict[str, int] = {}
        self._given_up: dict[str, BaseException | None] = {}
        self._running = {name: start(name, frozenset()) for name in names}

    def look(self, refused: Iterable[RefusedHost]) -> None:
        """Take in the hosts that were refused so far, and start anew the cells that have ended.

        Raises:
            InputError: no cell is left, and all of them refused their hosts.
            RuntimeError: no cell is left, for other reasons too.
        """
        for refusal in refused:
            if refusal not in self._refused:
                if (refusal.host, refusal.why) not in {(known.host, known.why) for known in self._refused}:
                    self._on_refused(refusal)
                self._refused[refusal] = None
                self._refusals[refusal.cell] = refusal
        for name in [name for name, cell in self._running.items() if not cell.is_alive()]:
            self._replace(name, self._running.pop(name).error)
        if not self._running:
            raise self._no_cell_left()

    def join(self, seconds: float, up: Collection[str]) -> None:
        """Wait for the end of the cells that are `up`, by name, all of them together at most `seconds`."""
        join_together([cell for name, cell in self._running.items() if name in up], seconds)

    def _replace(self, name: str, error: BaseException | None) -> None:
        """Start a cell that has ended anew, or give it up."""
        self._detach(name)
        bad = frozenset(refusal.node for refusal in self._refused)
        refusal = self._refusals.pop(name, None)
        if refusal is not None:
            room = sum(cells for node, cells in self._room().items() if node not in bad)
            again, why = room > len(self._running), ""
        elif error is not None and self._is_final(error):
            again, why = False, f"Its workers died more often than allowed: {error}"
        else:
            self._restarts[name] = self._restarts.get(name, 0) + 1
            again = self._restarts[name] <= RESTARTS
            why = f"It ended before the sweep: {error or 'no reason is known'}"
        if again:
            self._running[name] = self._start(name, bad)
        else:
            self._given_up[name] = error
        if why:
            logger.error("%s: %s", name, why, exc_info=error)
            self._on_end(name, f"{why}. It is started anew." if again else f"{why}. The others go on.")

    def _no_cell_left(self) -> Exception:
        """Return the error of a sweep without cells."""
        errors = [error for error in self._given_up.values() if error is not None]
        if self._refused and not errors:
            hosts = {(refusal.host, refusal.why): None for refusal in self._refused}
            fix = "Mend it, and go on with: sweep resume"
            faults = [Fault(f"host {host}", why, None, fix) for host, why in hosts]
            return InputError("No host can train this sweep", faults)
        failure = RuntimeError("every training cell died; see sweep.log")
        failure.__cause__ = errors[0] if errors else None
        return failure
