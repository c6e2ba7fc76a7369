"""Captioners by name."""

from __future__ import annotations

from collections.abc import Callable

from adsw.augment.captions.protocol import Captioner
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary
from adsw.errors import InputError, unknown

_MAKERS: dict[str, Callable[[Vocabulary | None], Captioner]] = {"template": TemplateCaptioner}


def captioner_names() -> tuple[str, ...]:
    """The names that `captioner_named` knows."""
    return tuple(_MAKERS)


def captioner_named(name: str, vocabulary: Vocabulary | None = None) -> Captioner:
    """The captioner of that name.

    Args:
        name: as on the command line.
        vocabulary: what it checks itself against; best the corpus's, the built-in one by default.

    Raises:
        InputError: no such captioner.
    """
    if name not in _MAKERS:
        raise InputError("No such captioner", [unknown("captioner", name, _MAKERS, "captioner")])
    return _MAKERS[name](vocabulary)
