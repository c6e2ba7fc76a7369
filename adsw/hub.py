"""Check of whether the Hugging Face Hub can be reached, before anything waits for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies

_PATIENCE = 5.0
"""Seconds to wait for a connection to the Hub."""


def hub_answers() -> bool:
    """Return whether the Hub can be reached, within seconds.

    Its client would try for half a minute.
    """
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        return False
    # A connection through a proxy is not tried here: only the Hub's client knows how to make it.
    if any(scheme in getproxies() for scheme in ("http", "https", "all")):
        return True
    host = urlsplit(ENDPOINT)
    try:
        port = host.port or (443 if host.scheme == "https" else 80)
        with socket.create_connection((host.hostname or "", port), timeout=_PATIENCE):
            return True
    except OSError:
        return False


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers' warnings and progress bars for a while, and restore its settings afterwards."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
