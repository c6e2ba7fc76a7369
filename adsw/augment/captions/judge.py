"""Acceptance of a language model's answers as captions. Pure: the same answer and view give the same verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from adsw.augment.captions.check import CaptionChecker
from adsw.augment.captions.clean import Cleaned, Reason, clean
from adsw.augment.captions.engine import Answer
from adsw.augment.captions.language import is_english
from adsw.augment.captions.options import CaptionOptions
from adsw.augment.captions.prompt import Prompt
from adsw.augment.captions.protocol import TagView
from adsw.augment.vocabulary import Vocabulary

_WORD = re.compile(r"\w+")
_CONNECTING = frozenset({"and", "or", "tags", "tag", "caption"})
_RUN = 4
"""Number of words in a run that counts as copied."""
_MOST_COPIED = 0.5
"""Largest share of a caption's runs that may be copied from the prompt."""


class Judge:
    """Cleans and checks answers."""

    def __init__(self, prompt: Prompt, options: CaptionOptions, vocabulary: Vocabulary) -> None:
        """Prepare the runs of words that an answer must not repeat.

        Args:
            prompt: the text that the model was given, which it must not repeat.
            options: the thresholds.
            vocabulary: by which the terms in a caption are found.
        """
        self._options = options
        self._vocabulary = vocabulary
        self._instructions = frozenset(_runs(_words(f"{prompt.system} {prompt.user}")))
        self._examples = frozenset(run for example in prompt.examples for run in _runs(_words(example.caption)))

    def judge(self, view: TagView, answer: Answer) -> Cleaned:
        """Return the caption in an answer, or the reason why it is rejected.

        Args:
            view: the tags that it should state.
            answer: as it came from the model.
        """
        cleaned = clean(answer, self._options.most_words)
        if cleaned.reason is not None:
            return cleaned
        reason = self._fault(view, cleaned.text)
        return Cleaned(cleaned.text if reason is None else "", reason)

    def _fault(self, view: TagView, caption: str) -> Reason | None:
        """Return why a cleaned caption is rejected, or None if it is accepted."""
        tags = [tag for given in view.values() for tag in given]
        words = _words(caption)
        if _is_list_of(words, view):
            return Reason.TAG_LIST
        if self._is_of_prompt(words, tags):
            return Reason.PROMPT
        if self._options.language == "en" and not is_english(caption, tags):
            return Reason.LANGUAGE
        check = CaptionChecker(view, self._vocabulary).check(caption)
        if 1 - len(check.missing) / len(tags) < self._options.least_coverage:
            return Reason.COVERAGE
        if len(check.added) > self._options.most_added:
            return Reason.ADDED
        return None

    def _is_of_prompt(self, words: Sequence[str], tags: Sequence[str]) -> bool:
        """Return whether a caption copies mostly the instructions, or mostly an example that has other tags."""
        runs = _runs(words)
        most = _MOST_COPIED * len(runs)
        if sum(run in self._instructions for run in runs) > most:
            return True
        # A caption like an example's is right for a view with the example's tags.
        said = set(words)
        return sum(run in self._examples for run in runs) > most and not all(
            said.issuperset(_tag_words(t)) for t in tags
        )


@lru_cache(maxsize=4096)
def _tag_words(tag: str) -> tuple[str, ...]:
    """Return the words of a tag."""
    return tuple(_words(tag))


def _is_list_of(words: Sequence[str], view: TagView) -> bool:
    """Return whether a caption only repeats its view's tags and categories."""
    given = {word for tags in view.values() for tag in tags for word in _tag_words(tag)}
    named = {word for category in view for word in _tag_words(category)}
    return not set(words) - given - named - _CONNECTING


def _words(text: str) -> list[str]:
    """Return the words of a text, casefolded."""
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all runs of `_RUN` neighbouring words."""
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
