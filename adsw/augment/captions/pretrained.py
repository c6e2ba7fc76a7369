"""Loading what transformers publishes: from this machine where it is, from the Hub only where it is not."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from adsw.errors import Fault, InputError
from adsw.quiet_transformers import quiet_transformers

_PATIENCE = 5.0
"""Seconds for the Hub to take a connection."""


def pretrained(load: Callable[..., Any], place: str, shown: str, **settings: Any) -> Any:
    """Call one of transformers' ``from_pretrained``.

    Files that are here already are used without a word to the Hub, so that what is cached loads without a network.

    Args:
        load: such as ``AutoConfig.from_pretrained``.
        place: a folder, or a name on the Hub.
        shown: what the user called it.
        **settings: for `load`.

    Raises:
        InputError: it is neither here nor to be had, or it is damaged.
    """
    with quiet_transformers():
        try:
            return load(place, local_files_only=True, **settings)
        except (OSError, ValueError, KeyError, ImportError) as error:
            if not Path(place).is_dir() and not hub_answers():
                raise _unusable(shown, OSError("it is not on this machine, and the Hub cannot be reached")) from error
            try:
                return load(place, **settings)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise _unusable(shown, error) from None


def hub_answers() -> bool:
    """Whether the Hub can be reached: seen in seconds, where its own client would try for half a minute.

    Behind a proxy only the client knows the way, so the answer is yes.
    """
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        return False
    if any(scheme in getproxies() for scheme in ("http", "https", "all")):
        return True
    host = urlsplit(ENDPOINT)
    try:
        port = host.port or (443 if host.scheme == "https" else 80)
        with socket.create_connection((host.hostname or "", port), timeout=_PATIENCE):
            return True
    except OSError:
        return False


def _unusable(shown: str, error: Exception) -> InputError:
    why = " ".join(str(error).split())[:300]
    fix = "Check the name; without a network, download it first, or give its folder."
    fault = Fault("--captioner", f"is no model that can be loaded: {why}", shown, fix)
    return InputError("The language model cannot be used", [fault])
