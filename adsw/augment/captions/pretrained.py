"""Loading of pretrained models and tokenizers: from this machine, or from the Hub if they are not here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from adsw.errors import Fault, InputError
from adsw.hub import hub_answers
from adsw.quiet_transformers import quiet_transformers


def pretrained(load: Callable[..., Any], place: str, shown: str, **settings: Any) -> Any:
    """Call one of transformers' ``from_pretrained``.

    Cached files are used without asking the Hub, so that they load without a network.

    Args:
        load: such as ``AutoConfig.from_pretrained``.
        place: a folder, or a name on the Hub.
        shown: the name that the user gave.
        **settings: for `load`.

    Raises:
        InputError: it is neither here nor on the Hub, or it is damaged.
    """
    with quiet_transformers():
        try:
            return load(place, local_files_only=True, **settings)
        except (OSError, ValueError, KeyError, ImportError) as error:
            # The Hub's client would retry for half a minute before it says so.
            if not Path(place).is_dir() and not hub_answers():
                raise _unusable(shown, OSError("it is not on this machine, and the Hub cannot be reached")) from error
            try:
                return load(place, **settings)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise _unusable(shown, error) from None


def _unusable(shown: str, error: Exception) -> InputError:
    """Return the error for a model that cannot be loaded."""
    why = " ".join(str(error).split())[:300]
    fix = "Check the name; without a network, download it first, or give its folder."
    fault = Fault("--captioner", f"is no model that can be loaded: {why}", shown, fix)
    return InputError("The language model cannot be used", [fault])
