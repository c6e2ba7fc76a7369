"""Comparison of a caption with the tags of its view: tags it leaves out, and terms it adds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.clean import Cleaned, Reason, clean
from adsw.augment.captions.invented import invented
from adsw.augment.captions.leftovers import has_bare_items, has_leftovers
from adsw.augment.captions.prompt import Prompt
from adsw.augment.captions.protocol import CaptionOptions, TagView
from adsw.augment.captions.stated import states
from adsw.augment.captions.task_talk import speaks_of_task
from adsw.augment.vocabulary import Reading, Vocabulary
from adsw.spelling import distinct


class CaptionCheck(NamedTuple):
    """The faults of a caption; two empty tuples if it has none."""

    missing: tuple[str, ...]
    """Tags of the view that the caption does not state."""
    added: tuple[str, ...]
    """Vocabulary terms in the caption that the view does not give."""


class CaptionChecker:
    """Compares captions with one view.

    A tag is stated by its words, whatever their case, or by another form of the same term (*hip-hop* for
    *hip hop*, an alias). A term is added if the vocabulary finds it and no tag gives it.
    """

    def __init__(self, view: TagView, vocabulary: Vocabulary) -> None:
        """Read the view's tags once for all its captions."""
        self._vocabulary = vocabulary
        self._tags = [(tag, tag.casefold()) for tag in distinct(tag for given in view.values() for tag in given)]
        self._given = vocabulary.given_by(tag for tag, _ in self._tags)

    @property
    def tags(self) -> int:
        """Number of tags of the view; one in several categories counts once."""
        return len(self._tags)

    def stated(self, check: CaptionCheck) -> list[str]:
        """Return the tags and further terms that a checked caption states; none if it states nothing that is known."""
        return [tag for tag, _ in self._tags if tag not in check.missing] + list(check.added)

    def check(self, caption: str) -> CaptionCheck:
        """Return the faults of a caption of the view."""
        return self.check_read(self._vocabulary.read(caption))

    def check_read(self, caption: Reading) -> CaptionCheck:
        """Return the faults of a caption that the vocabulary has read already."""
        folded = caption.text.casefold()
        terms = [self._vocabulary.terms[hit.form.term] for hit in caption.hits]
        missing = tuple(tag for tag, wanted in self._tags if not states(folded, wanted))
        # Other forms of a tag's term are looked up only if its own words are not there: this runs for every caption.
        if missing:
            stated = {term.term for term in terms}
            missing = tuple(tag for tag in missing if self._vocabulary.canonical(tag) not in stated)
        added = [term.term for term, hit in zip(terms, caption.hits, strict=True) if hit.form.term not in self._given]
        return CaptionCheck(missing, tuple(dict.fromkeys(added)))


_WORD = re.compile(r"[^\W\d_]+")

_MOST_FOREIGN_LETTERS = 0.3
"""Largest share of letters outside the Latin script."""

_LEAST_FOREIGN_WORDS = 2
"""Number of another language's small words below which a text counts as English: one may be a name."""

_ENGLISH = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have", "here", "in"),
        *(
            "is",
            "it",
            "its",
            "into",
            "like",
            "of",
            "on",
            "or",
            "some",
            "sounds",
            "that",
            "the",
            "there",
            "this",
            "to",
            "we",
        ),
        *("what", "where", "which", "while", "with", "you", "your", "played", "featuring"),
        *("song", "piece", "music"),
    ]
)
"""Words of which nearly every English caption has some."""

_OTHERS = {
    "German": "der die das ein eine einer eines mit und ist von für auf im dem den wird zu ruhiges stück lied",
    "French": "le la les un une des du de et est avec dans pour sur au aux ce cette qui morceau chanson",
    "Spanish": "el la los las un una unos de del y es con en para por que se al este esta canción",
    "Italian": "il lo la gli le un una di del della e è con in per che da al questo questa brano",
    "Portuguese": "o a os as um uma de do da dos das e é com em para por que no na este esta música",
    "Dutch": "de het een en is met van voor op in te dat die wordt aan dit rustig nummer",
    "Polish": "i w z na do to jest się ten ta utwór oraz dla przy o",
    "Swedish": "en ett och är med av för på i som det den till detta låt",
    "Turkish": "bir ve ile bu için olan da de çok gibi şarkı",
    "Indonesian": "yang dan dengan ini adalah untuk dari di lagu sebuah musik",
}
"""Small words of languages in Latin letters in which models sometimes answer."""

# Words that are English too (*a*, *is*, *in*) do no harm: an English caption has more of the others.
_FOREIGN = {language: frozenset(words.split()) for language, words in _OTHERS.items()}


def is_english(text: str, tags: Iterable[str] = ()) -> bool:
    """Return whether a text seems to be English, leaving out the given tags.

    >>> is_english("A slow waltz with violin."), is_english("Ein langsamer Walzer mit der Violine.")
    (True, False)
    """
    lowered = text.lower()
    for tag in sorted(tags, key=len, reverse=True):  # longest first, since a tag may contain another
        lowered = lowered.replace(tag.lower(), " ")
    letters = [char for char in lowered if char.isalpha()]
    foreign = sum(not _is_latin(char) for char in letters)
    if foreign > _MOST_FOREIGN_LETTERS * len(letters):
        return False
    words = _WORD.findall(lowered)
    english = sum(word in _ENGLISH for word in words)
    others = max(sum(word in small for word in words) for small in _FOREIGN.values())
    return others < _LEAST_FOREIGN_WORDS or english >= others


def _is_latin(char: str) -> bool:
    """Return whether a letter is of the Latin script."""
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "MODIFIER", "FEMININE", "MASCULINE"))


_JUDGED_WORD = re.compile(r"\w+")

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
        if speaks_of_task(caption, tags):
            return Reason.TASK
        if self._options.language == "en" and not is_english(caption, tags):
            return Reason.LANGUAGE
        reading = self._vocabulary.read(caption)
        check = CaptionChecker(view, self._vocabulary).check_read(reading)
        if 1 - len(check.missing) / len(tags) < self._options.least_coverage:
            return Reason.COVERAGE
        added = set(check.added)
        if self._options.language == "en":  # other languages write common nouns with capitals
            added.update(invented(reading, tags, self._vocabulary.given_by(tags), self._vocabulary))
        if len(added) > self._options.most_added:
            return Reason.ADDED
        if self._options.language == "en":
            if has_bare_items(reading, view, self._vocabulary):
                return Reason.TAG_LIST
            if has_leftovers(reading):
                return Reason.GRAMMAR
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
    return _JUDGED_WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all runs of `_RUN` neighbouring words."""
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
