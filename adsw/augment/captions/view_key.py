"""Canonical form of views: two views with the same tags are the same question to a language model."""

from __future__ import annotations

import hashlib
import json

from adsw.augment.captions.protocol import TagView

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
