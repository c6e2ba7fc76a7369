"""What is asked of a language model as captioner, and how the asking is done.

`CaptionOptions` decides what the captions are and belongs to a store's plan. `Asking` decides where they are
kept and how fast they come, and changes nothing in them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CACHE_VARIABLE = "ADSW_CACHE"


class CaptionOptions(BaseModel):
    """What a language model is asked, and which of its answers are taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prompt: str = "paper"
    """Name of a prompt that comes with the package, or a YAML or text file."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    """Of the first attempt; at 0 the likeliest words are taken."""
    retry_temperature: float = Field(default=0.9, gt=0, le=2)
    """Of the later attempts, which must differ from the first."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Words are drawn from the likeliest ones that make up this probability."""
    max_tokens: int = Field(default=160, ge=8, le=8192)
    """Of an answer; models that think aloud need a few thousand."""
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    attempts: int = Field(default=3, ge=1, le=20)
    """How often a caption is asked for before the template stands in."""
    least_coverage: float = Field(default=0.8, ge=0, le=1)
    """Share of a view's tags that its caption must state."""
    most_added: int = Field(default=0, ge=0, le=100)
    """Vocabulary terms that a caption may state though the view does not give them."""
    most_words: int = Field(default=60, ge=5, le=1000)
    """Of a caption; longer ones are cut after a sentence, or rejected."""
    language: Literal["en", "any"] = "en"
    """``en`` rejects answers in other languages."""


ASKED_WITH = ("temperature", "retry_temperature", "top_p", "max_tokens", "seed")
"""The options that decide what a model answers; the others decide which answers are taken."""


class Asking(BaseModel):
    """How the asking is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cache: Path | None = None
    """Folder of the answers, shared by all stores; the user's cache folder by default."""
    requests: int | None = Field(default=None, ge=0)
    """Requests to a server at most, in this run; 0 asks nothing and uses what is cached."""
    concurrency: int = Field(default=16, ge=1, le=1024)
    """Requests to a server at a time."""
    timeout_s: float = Field(default=120.0, gt=0)
    """Seconds that a server may take for an answer."""
    tries: int = Field(default=6, ge=1, le=50)
    """How often a request is sent where a server is busy or broken."""
    backoff_s: float = Field(default=1.0, ge=0)
    """Seconds before the second try, doubled with every further one."""
    longest_wait_s: float = Field(default=300.0, gt=0)
    """A server that asks for a longer wait stops the run."""
    batch_size: int = Field(default=16, ge=1, le=4096)
    """Views that a local model answers at a time."""

    @property
    def folder(self) -> Path:
        """Where answers are kept: as set, or ``$ADSW_CACHE/captions``, or the platform's cache folder."""
        if self.cache is not None:
            return self.cache
        given = os.environ.get(CACHE_VARIABLE)
        if given:
            return Path(given) / "captions"
        from platformdirs import user_cache_path

        return Path(user_cache_path("adsw")) / "captions"
