"""Interface of a captioner, which writes a caption of one sentence or more for each view."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field

TagView = Mapping[str, tuple[str, ...]]
"""Category -> tags."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption and how it came about."""

    text: str
    captioner: str
    """What wrote it, as ``name@version``: the captioner asked, or the one used in its place."""
    attempts: int = 1
    """Number of attempts made."""
    rejected: tuple[str, ...] = ()
    """Why each rejected attempt was rejected."""


class Captioner(Protocol):
    """Turns views into captions. A caption depends only on its view, its key and the captioner's version."""

    @property
    def name(self) -> str:
        """Its name on the command line and in a store."""
        ...

    @property
    def version(self) -> str:
        """Its version, which changes whenever its captions do."""
        ...

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """Return one caption per view.

        Args:
            views: each non-empty.
            keys: one per view: captions of one view may differ between keys; for one key they are the same.
        """
        ...


CACHE_VARIABLE = "ADSW_CACHE"


class CaptionOptions(BaseModel):
    """Settings of the questions to a language model, and of which answers are accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prompt: str = "paper"
    """Name of a prompt that comes with the package, or a YAML or text file."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    """Sampling temperature of the first attempt; at 0 the likeliest words are taken."""
    retry_temperature: float = Field(default=0.9, gt=0, le=2)
    """Sampling temperature of the later attempts, which must differ from the first."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Words are drawn from the likeliest ones that make up this probability."""
    max_tokens: int = Field(default=160, ge=8, le=8192)
    """Longest answer in tokens; models that think aloud need a few thousand."""
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    attempts: int = Field(default=3, ge=1, le=20)
    """Number of attempts after which the template's caption is used instead."""
    least_coverage: float = Field(default=0.8, ge=0, le=1)
    """Share of a view's tags that its caption must state."""
    most_added: int = Field(default=0, ge=0, le=100)
    """Largest number of vocabulary terms that a caption may state though the view does not give them."""
    most_words: int = Field(default=60, ge=5, le=1000)
    """Longest caption in words; longer ones are cut after a sentence, or rejected."""
    language: Literal["en", "any"] = "en"
    """``en`` rejects answers in other languages."""
    model_views: int | None = Field(default=None, ge=1)
    """Largest number of a store's distinct views that the model words, the template words the others; null for all."""


class CaptionModel(BaseModel):
    """A language model as a store records it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    model: str
    """``kind:model``."""
    revision: str
    """As of `adsw.augment.captions.backend.Model`, like all that follows."""
    package: str | None = None
    weights: dict[str, str] = {}


ASKED_WITH = ("temperature", "retry_temperature", "top_p", "max_tokens", "seed")
"""The options that decide what a model answers; the others decide which answers are accepted."""


class Asking(BaseModel):
    """Settings of how questions are asked and where answers are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cache: Path | None = None
    """Folder of the answers, shared by all stores; the user's cache folder by default."""
    requests: int | None = Field(default=None, ge=0)
    """Largest number of requests to a server in this run; 0 asks nothing and uses cached answers only."""
    concurrency: int = Field(default=16, ge=1, le=1024)
    """Number of requests to a server at a time."""
    timeout_s: float = Field(default=120.0, gt=0)
    """Seconds that a server may take for an answer."""
    tries: int = Field(default=6, ge=1, le=50)
    """Number of times that a request is sent to a busy or broken server."""
    backoff_s: float = Field(default=1.0, ge=0)
    """Seconds before the second try, doubled with every further one."""
    longest_wait_s: float = Field(default=300.0, gt=0)
    """A server that asks for a longer wait stops the run."""
    batch_size: int = Field(default=16, ge=1, le=4096)
    """Number of views that a local model answers at a time."""

    @property
    def folder(self) -> Path:
        """Folder of the answers: as set, or ``$ADSW_CACHE/captions``, or the platform's cache folder."""
        if self.cache is not None:
            return self.cache
        given = os.environ.get(CACHE_VARIABLE)
        if given:
            return Path(given) / "captions"

        return Path(user_cache_path("adsw")) / "captions"


KEY_LENGTH = 32


def canonical(view: TagView) -> dict[str, tuple[str, ...]]:
    """Return a view with its categories and tags sorted, each tag once, empty categories left out."""
    return {category: tuple(sorted(set(view[category]))) for category in sorted(view) if view[category]}


def written(view: TagView) -> str:
    """Return the canonical view as ASCII JSON.

    >>> written({"mood": ("sad", "calm"), "genre": ("jazz",)})
    '{"genre":["jazz"],"mood":["calm","sad"]}'
    """
    return json.dumps(canonical(view), separators=(",", ":"))


def read_view(text: str) -> dict[str, tuple[str, ...]]:
    """Return the view that `written` wrote."""
    return {category: tuple(tags) for category, tags in json.loads(text).items()}


def key_of_view(text: str) -> str:
    """Return the identity of a written view: 32 hex digits of its SHA-256."""
    # ASCII by `json.dumps`' escapes, which also carry lone surrogates through.
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:KEY_LENGTH]
