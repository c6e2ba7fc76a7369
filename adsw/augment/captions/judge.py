"""Which answers of a language model are taken as captions. Pure: the same answer and view, the same verdict."""

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
"""Words in a run that count as copied."""
_MOST_COPIED = 0.5


class Judge:
    """Cleans and checks answers."""

    def __init__(self, prompt: Prompt, options: CaptionOptions, vocabulary: Vocabulary) -> None:
        """Args:
        prompt: what the model was told, which it must not repeat.
        options: the thresholds.
        vocabulary: tells which terms a caption states.
        """
        self._options = options
        self._vocabulary = vocabulary
        self._instructions = frozenset(_runs(_words(f"{prompt.system} {prompt.user}")))
        self._examples = frozenset(run for example in prompt.examples for run in _runs(_words(example.caption)))

    def judge(self, view: TagView, answer: Answer) -> Cleaned:
        """The caption in an answer, or why it is not taken.

        Args:
            view: what it should state.
            answer: as it came from the model.
        """
        found = clean(answer, self._options.most_words)
        if found.reason is not None:
            return found
        reason = self._fault(view, found.text)
        return Cleaned(found.text if reason is None else "", reason)

    def _fault(self, view: TagView, caption: str) -> Reason | None:
        tags = [tag for given in view.values() for tag in given]
        words = _words(caption)
        if _is_list_of(words, view):
            return Reason.TAG_LIST
        if self._is_of_prompt(words, tags):
            return Reason.PROMPT
        if self._options.language == "en" and not is_english(caption, tags):
            return Reason.LANGUAGE
        found = CaptionChecker(view, self._vocabulary).check(caption)
        if 1 - len(found.missing) / len(tags) < self._options.least_coverage:
            return Reason.COVERAGE
        if len(found.added) > self._options.most_added:
            return Reason.ADDED
        return None

    def _is_of_prompt(self, words: Sequence[str], tags: Sequence[str]) -> bool:
        """Whether it says mostly the instructions, or mostly an example's caption though the tags are others."""
        runs = _runs(words)
        most = _MOST_COPIED * len(runs)
        if sum(run in self._instructions for run in runs) > most:
            return True
        said = set(words)
        return sum(run in self._examples for run in runs) > most and not all(
            said.issuperset(_tag_words(t)) for t in tags
        )


@lru_cache(maxsize=4096)
def _tag_words(tag: str) -> tuple[str, ...]:
    return tuple(_words(tag))


def _is_list_of(words: Sequence[str], view: TagView) -> bool:
    """Whether a caption is its view's tags again, with their categories at most."""
    given = {word for tags in view.values() for tag in tags for word in _tag_words(tag)}
    named = {word for category in view for word in _tag_words(category)}
    return not set(words) - given - named - _CONNECTING


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
