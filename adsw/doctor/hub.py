"""Examination of whether the Hugging Face Hub can be reached."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from adsw.doctor.line import Line

_PATIENCE = 1.5
"""Seconds to wait for the Hub's answer at the end."""


class HubProbe:
    """Checks in the background whether the Hub can be reached, while other things are examined."""

    def __init__(self) -> None:
        self._answers = False
        # A daemon, so that the command can end before a network that drops packets times out.
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        """Ask, in the background thread."""
        from adsw.hub import hub_answers

        self._answers = hub_answers()

    def lines(self) -> Iterator[Line]:
        """Report the result, waiting for it at most `_PATIENCE` seconds."""
        self._thread.join(_PATIENCE)
        if self._answers:
            yield Line(area="models", name="Hub", state="ok", said=f"{_endpoint()} can be reached")
            return
        offline = [name for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(name)]
        why = f"is switched off by {' and '.join(offline)}" if offline else f"cannot be reached: {_endpoint()}"
        fix = "Fetch weights elsewhere (adsw encoders --json has the commands) and name them: NAME=FOLDER."
        yield Line(area="models", name="Hub", state="warn", said=why, fix=fix)


def _endpoint() -> str:
    """Return the Hub's address."""
    from huggingface_hub.constants import ENDPOINT

    return str(ENDPOINT)
