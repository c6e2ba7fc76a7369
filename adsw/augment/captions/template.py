"""The template captioner: a small grammar that states all tags of a view and nothing else.

Each caption is composed of a frame, the parts before and after the noun, and a wording for every category,
all drawn from the key. A caption in which the vocabulary finds a term that the view does not give (two tags
read as one: *slow* and *air*) is dropped and the next frame tried; the last resort is a plain list, where
that cannot happen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.grammar import CLAUSES, FRAMES, LAST_RESORT, NOUNS, UNKNOWN, Clauses, Frame
from adsw.augment.captions.protocol import Caption, TagView
from adsw.augment.english import article_for, capitalised, join_list
from adsw.augment.terms import PREPOSITIONS
from adsw.augment.vocabulary import Vocabulary, builtin

_ORDER = tuple(CLAUSES)
_NAMELESS = frozenset({"traditional", "anonymous", "anon", "trad", "unknown"})
"""Tags given as composer that are not names: *by unknown* does not read well."""
_MOST_BEFORE = 4
"""Largest number of adjectives before the noun."""


class _Draws:
    """A stream of choices that depends on a key alone."""

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogatepass")
        self._state = int.from_bytes(hashlib.sha256(self._key).digest(), "little")

    def below(self, count: int) -> int:
        """Draw a number in 0 .. count - 1."""
        # Fewer than 64 bits more than `count` has would make the draw uneven.
        if self._state < count << 64:
            self._state = int.from_bytes(hashlib.sha256(self._key + str(self._state).encode()).digest(), "little")
        self._state, chosen = divmod(self._state, count)
        return chosen

    def of(self, options: Sequence[str]) -> str:
        """Draw one of the options."""
        return options[self.below(len(options))]

    def shuffled(self, count: int) -> list[int]:
        """Return the numbers 0 .. count - 1 in a drawn order (Fisher-Yates)."""
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


@dataclass(frozen=True, slots=True)
class _Topic:
    """The tags of one category and the ways to state them."""

    category: str
    tags: tuple[str, ...]
    clauses: Clauses
    are_adjectives: bool
    is_noun: bool

    @property
    def can_precede(self) -> bool:
        """Whether the tags may precede the noun."""
        return bool(self.clauses.before) and self.are_adjectives

    @property
    def can_be_noun(self) -> bool:
        """Whether the tag may be the noun."""
        return self.clauses.noun and self.is_noun

    @property
    def is_loose(self) -> bool:
        """Whether its adjectives may be separated from the noun."""
        return self.clauses.before == "loose"

    @property
    def phrases(self) -> tuple[str, ...]:
        """The ways to state the tags after a noun."""
        if self._repeats():
            return self.clauses.after_repeated
        return self.clauses.after + (self.clauses.after_adjective if self.are_adjectives else ())

    def said(self, draws: _Draws) -> str:
        """Draw a clause that states the tags."""
        if self._repeats():
            return self._filled(draws.of(self.clauses.said_repeated))
        options = self.clauses.said + (self.clauses.said_adjective if self.are_adjectives else ())
        # *its dance is a and b*: the name of an unknown category may not go with several tags.
        if len(self.tags) > 1 and self.clauses is UNKNOWN:
            options = tuple(option for option in options if "{category}" not in option)
        return self._filled(draws.of(options))

    def after(self, draws: _Draws) -> str:
        """Draw a phrase that states the tags after a noun; the topic must have one."""
        return self._filled(draws.of(self.phrases))

    def _repeats(self) -> bool:
        """Return whether a tag contains the word that the clauses would repeat."""
        return bool(self.clauses.repeated) and any(self.clauses.repeated in tag.lower() for tag in self.tags)

    def _filled(self, template: str) -> str:
        """Return a clause or phrase with the tags filled in, with articles where it asks for them."""
        tags = join_list(self.tags)
        # The space lets " a {x}" match at the start too; it is cut off at the end.
        filled = (" " + template).replace("{category}", self.category.replace("_", " ").lower())
        filled = filled.replace(" a {x}", f" {article_for(tags)} {{x}}")
        filled = filled.replace("{a}", join_list([_with_article(tag) for tag in self.tags]))
        filled = filled.replace("{the}", join_list([f"the {tag}" for tag in self.tags]))
        return filled.replace("{x}", tags)[1:]


@dataclass(slots=True)
class _Plan:
    """The place of every topic in a frame."""

    noun: str = ""
    before: list[_Topic] = field(default_factory=list)
    after: list[_Topic] = field(default_factory=list)
    said: list[_Topic] = field(default_factory=list)


class TemplateCaptioner:
    """See the module's description; conforms to `Captioner`."""

    name = "template"
    version = "1"

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        """Keep the vocabulary.

        Args:
            vocabulary: gives the grammar of tags, and finds terms that a caption must not add; the built-in one by
                default.
        """
        self._vocabulary = vocabulary or builtin()

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`."""
        by = f"{self.name}@{self.version}"
        return [Caption(self._worded(view, key), by) for view, key in zip(views, keys, strict=True)]

    def _worded(self, view: TagView, key: str) -> str:
        """Compose the caption of a view with the first frame, in a drawn order, that suits it."""
        draws = _Draws(key)
        topics = self._topics(view)
        checker = CaptionChecker(view, self._vocabulary)
        order = draws.shuffled(len(FRAMES))
        for crowded in (False, True):  # more clauses than read well only if no frame suits otherwise
            for frame in (FRAMES[index] for index in order):
                plan = _planned(frame, topics, draws, crowded)
                if plan is not None:
                    caption = _written(frame, plan, draws)
                    if not any(checker.check(caption)):
                        return caption
        return LAST_RESORT.replace("{list}", ", ".join(tag for given in view.values() for tag in given))

    def _topics(self, view: TagView) -> list[_Topic]:
        """Return the view's tags by the categories they belong to, in the order of `CLAUSES`."""
        meant: dict[str, list[str]] = {}
        for category, given in view.items():
            for tag in given:
                meant.setdefault(self._vocabulary.meaning_of(category, tag), []).append(tag)
        # The order of `CLAUSES` puts adjectives as English does: *calm slow Irish*, the mood farthest from the noun.
        places = {category: place for place, category in enumerate(_ORDER)}
        ordered = sorted(meant, key=lambda category: places.get(category, len(_ORDER)))
        return [self._topic(category, tuple(dict.fromkeys(meant[category]))) for category in ordered]

    def _topic(self, category: str, tags: tuple[str, ...]) -> _Topic:
        """Return the topic of a category's tags."""
        clauses = CLAUSES.get(category, UNKNOWN)
        slots = [self._vocabulary.slot_of(tag, category) for tag in tags]
        if any(tag.lower().startswith(PREPOSITIONS) for tag in tags):
            clauses = Clauses(said=("it is {x}",), after=("{x}",))  # *from the 1960s* brings its own preposition
        elif category == "composer" and any(tag.lower() in _NAMELESS for tag in tags):
            clauses = Clauses(said=clauses.said)
        return _Topic(
            category,
            tags,
            clauses,
            are_adjectives=all(
                " " not in tag if slot is None else slot in clauses.slots for tag, slot in zip(tags, slots, strict=True)
            ),
            is_noun=len(tags) == 1 and not _is_plural(tags[0]) and slots[0] in (None, "singular", "modifier"),
        )


def _planned(frame: Frame, topics: Sequence[_Topic], draws: _Draws, crowded: bool) -> _Plan | None:
    """Place every topic in a frame, or return None if the frame does not suit them.

    Args:
        frame: the frame.
        topics: the view's tags, adjectives farthest from the noun first.
        draws: chooses the noun and the order in which topics take their places.
        crowded: whether to allow more clauses than read well.
    """
    plan = _Plan(noun=draws.of(NOUNS))
    order = [topics[index] for index in draws.shuffled(len(topics))]
    has_noun = frame.has("np") or frame.has("bare")
    room = _MOST_BEFORE
    for topic in order:
        if has_noun and topic.can_be_noun and plan.noun in NOUNS:  # no tag is the noun yet
            plan.noun = topic.tags[0]
        elif (
            topic.can_precede
            and (topic.is_loose or not frame.has("Before"))
            and len(plan.before) < frame.before
            and len(topic.tags) <= room
        ):
            plan.before.append(topic)
            room -= len(topic.tags)
        elif topic.phrases and len(plan.after) < frame.after:
            plan.after.append(topic)
        else:
            plan.said.append(topic)
    takes_clauses = frame.has("clauses") or frame.has("sentences")
    wrong = (
        bool(plan.said) != takes_clauses
        or (len(plan.said) > frame.clauses and not crowded)
        or (frame.has("After") and not plan.after)
        or (frame.has("Before") and not plan.before)
    )
    if wrong:
        return None
    plan.before.sort(key=topics.index)  # adjectives in their natural order
    return plan


def _written(frame: Frame, plan: _Plan, draws: _Draws) -> str:
    """Return the caption of a plan."""
    after = [topic.after(draws) for topic in plan.after]
    clauses = [topic.said(draws) for topic in plan.said]
    loose = join_list([tag for topic in plan.before for tag in topic.tags])
    adjectives = _adjectives(plan.before)
    text = frame.text
    for slot, value in (
        ("np", _with_article(f"{adjectives} {plan.noun}".strip())),
        ("bare", _with_article(plan.noun)),
        ("after", _following(plan.after, after)),
        ("After", capitalised(join_list(after))),
        ("Before", capitalised(loose)),
        ("clauses", join_list(clauses)),
        ("sentences", " ".join(capitalised(clause) + "." for clause in clauses)),
    ):
        text = text.replace("{" + slot + "}", value)
    return capitalised(text)


def _following(topics: Sequence[_Topic], phrases: Sequence[str]) -> str:
    """Return the phrases after the noun, set off by commas, but for a first phrase that is not an adjective."""
    adjective = bool(topics) and phrases[0].startswith(topics[0].tags[0])
    return "".join((", " if place or adjective else " ") + phrase for place, phrase in enumerate(phrases))


def _adjectives(topics: Sequence[_Topic]) -> str:
    """Return the adjectives before a noun: loose ones with commas, then the tight ones."""
    loose = [tag for topic in topics if topic.is_loose for tag in topic.tags]
    tight = [join_list(topic.tags) for topic in topics if topic.clauses.before == "tight"]
    return " ".join([part for part in (", ".join(loose), *tight) if part])


def _with_article(noun: str) -> str:
    """Return a noun with a or an, but for plurals."""
    return noun if _is_plural(noun) else f"{article_for(noun)} {noun}"


def _is_plural(noun: str) -> bool:
    """Return whether a noun looks like a plural."""
    lower = noun.lower()
    return lower.endswith("s") and not lower.endswith(("ss", "us", "is", "ees"))
