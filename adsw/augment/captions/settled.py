"""Settled captions: captions of a store that are fixed before its texts are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from adsw.augment.captions.engine import Answer
from adsw.augment.captions.protocol import Caption, TagView
from adsw.augment.captions.view_key import key_of_view, written


class SettledCaptions:
    """A captioner that only looks up; conforms to `Captioner`."""

    def __init__(self, name: str, version: str, captions: Mapping[str, Caption]) -> None:
        """Hold captions that were made before.

        Args:
            name: name of the captioner that made them.
            version: version of that captioner.
            captions: key of a view -> its caption.
        """
        self.name = name
        self.version = version
        self._captions = captions

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`; keys make no difference.

        Raises:
            KeyError: a view has not been settled.
        """
        return [self._captions[key_of_view(written(view))] for view, _ in zip(views, keys, strict=True)]


class Noting:
    """A captioner that returns empty captions and records the views; conforms to `Captioner`."""

    name = "noting"
    version = "1"

    def __init__(self) -> None:
        self.views: dict[str, str] = {}
        """Key -> the written view."""

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`."""
        for view, _ in zip(views, keys, strict=True):
            text = written(view)
            self.views[key_of_view(text)] = text
        return [Caption("", self.name) for _ in views]


class Outcome(NamedTuple):
    """A settled view: its caption and the answers that it was made from."""

    caption: Caption
    answers: Sequence[Answer]


class CaptionSummary(BaseModel):
    """Counts of how the captions of a store were made, of distinct views; not part of the store's fingerprint."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    views: int = 0
    from_cache: int = 0
    """Views that were settled by the cache when this preparation began."""
    asked: int = 0
    """All other views."""
    accepted_first: int = 0
    """Views whose first answer was accepted."""
    accepted_later: int = 0
    """Views of which a later answer was accepted."""
    replaced: int = 0
    """Views of which no answer was accepted, so that the template's caption is used."""
    reasons: dict[str, int] = {}
    """Reason -> number of answers rejected for it."""
    requests: int = 0
    """Requests that the answers took, in this preparation or before."""
    prompt_tokens: int | None = None
    """Tokens of the questions; null if none is known."""
    answer_tokens: int | None = None
    """Tokens of the answers; null if none is known."""

    def plus(self, other: CaptionSummary) -> CaptionSummary:
        """Return the sum of two summaries."""
        reasons = dict(self.reasons)
        for reason, count in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        first, second = self.model_dump(exclude={"reasons"}), other.model_dump(exclude={"reasons"})
        counts = {name: _total([first[name], second[name]]) for name in first}
        return CaptionSummary.model_validate({**counts, "reasons": dict(sorted(reasons.items()))})


def summary_of(outcomes: Iterable[Outcome]) -> CaptionSummary:
    """Count the outcomes into a `CaptionSummary`, all fields but `from_cache` and `asked`."""
    total = CaptionSummary()
    for caption, answers in outcomes:
        # Of an accepted caption the last attempt was not rejected.
        replaced = len(caption.rejected) == caption.attempts
        reasons: dict[str, int] = {}
        for reason in caption.rejected:
            reasons[str(reason)] = reasons.get(str(reason), 0) + 1
        used = answers[: caption.attempts]
        summary = CaptionSummary(
            views=1,
            accepted_first=int(not caption.rejected),
            accepted_later=int(bool(caption.rejected) and not replaced),
            replaced=int(replaced),
            reasons=reasons,
            requests=sum(answer.requests for answer in used),
            prompt_tokens=_total([answer.prompt_tokens for answer in used]),
            answer_tokens=_total([answer.answer_tokens for answer in used]),
        )
        total = total.plus(summary)
    return total


def _total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the known counts, or None if none is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
