"""Notices that a Ray cluster is lost, before Ray ends this process for it without saying what is safe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from adsw.errors import StoppedError
from sweep.on_ray.clusters import silence

VARIABLE = "RAY_gcs_rpc_server_reconnect_timeout_s"
"""Ray's own setting: seconds without its control service (GCS) after which it ends a process; 60 by default."""
LOOK_EVERY_S = 2.0
EARLIER_S = 20.0
"""Seconds before Ray's own limit at which the sweep ends itself."""


class ClusterLostError(StoppedError):
    """Ray's control service is gone: nothing of the cluster can be asked or waited for any more."""


class ClusterWatch:
    """Looks now and then whether the control service still takes connections.

    Args:
        address: ``HOST:PORT`` of the service.
        clock: seconds of a monotonic clock.
        why_silent: returns why nothing answers at an address, an empty string if something does.
    """

    def __init__(
        self, address: str, clock: Callable[[], float] = time.monotonic, why_silent: Callable[[str], str] = silence
    ) -> None:
        self._address = address
        self._clock = clock
        self._why_silent = why_silent
        self._looked = self._heard = clock()
        self._patience = max(LOOK_EVERY_S, float(os.environ.get(VARIABLE) or 60.0) - EARLIER_S)

    def look(self) -> None:
        """Look again if it is time to.

        Raises:
            ClusterLostError: nothing has answered for too long.
        """
        now = self._clock()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        why = self._why_silent(self._address)
        if not why:
            self._heard = now
        elif now - self._heard >= self._patience:
            silent = f"nothing has answered at {self._address} for {now - self._heard:.0f} s ({why})"
            raise ClusterLostError(
                f"The Ray cluster is lost: {silent}",
                f"Start the cluster again; one that comes back by itself later needs a larger {VARIABLE} here.",
            )

    def get(self, ask: Callable[[], Any], given_up: Callable[[], bool], patience: float = 0.5) -> Any:
        """Return an answer of an actor, looking at the cluster while there is none; None if it is given up before.

        Raises:
            ClusterLostError: as `look`.
        """
        import ray

        answer = ask()
        # An actor answers only once its process has started, which may take half a minute on a busy machine.
        while not given_up():
            try:
                return ray.get(answer, timeout=patience)
            except ray.exceptions.GetTimeoutError:
                self.look()
        return None
