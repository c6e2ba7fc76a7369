"""The template captioner's grammar: clauses by category and the frames of sentences that hold them.

In a clause ``{x}`` is the list of a category's tags, ``{a}`` the same with a or an before each, ``{the}``
with *the* before each. No word of a clause or frame may be a term of the vocabulary (a test holds this).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clauses:
    """The ways to state the tags of one category."""

    said: tuple[str, ...]
    """Whole clauses: ``the tempo is {x}``."""
    after: tuple[str, ...] = ()
    """Phrases after the noun: ``in {x}``."""
    said_adjective: tuple[str, ...] = ()
    """Further clauses for tags that are adjectives."""
    after_adjective: tuple[str, ...] = ()
    """Further phrases after the noun, set off by a comma, for tags that are adjectives."""
    before: str = ""
    """Place of adjectives before the noun: ``loose`` (set off by commas) or ``tight`` (next to it); empty for none."""
    noun: bool = False
    """Whether a tag can be the noun: a jig."""
    slots: frozenset[str] = frozenset({"adjective", "modifier"})
    """Grammatical slots whose tags count as adjectives."""
    repeated: str = ""
    """A word of the clauses that a tag may contain already (*slow tempo*); for such tags the next two are used."""
    said_repeated: tuple[str, ...] = ("it is marked {x}",)
    after_repeated: tuple[str, ...] = ("marked {x}",)


UNKNOWN = Clauses(
    said=("its {category} is {x}", "the {category} is {x}", "it is marked {x}", "it is described as {x}"),
    after=("marked {x}", "tagged {x}"),
)
"""Clauses of every category that is not in `CLAUSES`."""

CLAUSES: dict[str, Clauses] = {
    "mood": Clauses(
        said=("the mood is {x}", "the mood can be called {x}"),
        said_adjective=("it feels {x}", "it sounds {x}", "it is {x} in character"),
        after_adjective=("{x} in mood", "{x} in character"),
        before="loose",
    ),
    "dynamics": Clauses(
        said=("the volume is {x}",),
        said_adjective=("it is {x}", "it sounds {x}"),
        after_adjective=("{x} in volume",),
        before="loose",
    ),
    "tempo": Clauses(
        said=("the tempo is {x}", "the pace is {x}"),
        said_adjective=("it moves at a pace that is {x}",),
        after_adjective=("{x} in tempo", "{x} in pace"),
        before="loose",
        slots=frozenset({"adjective"}),
        repeated="tempo",
        said_repeated=("it has a {x}", "it moves at a {x}"),
        after_repeated=("at a {x}",),
    ),
    "texture": Clauses(
        said=("the texture is {x}",),
        said_adjective=("it is {x} in texture",),
        after_adjective=("{x} in texture",),
        before="loose",
        repeated="texture",
    ),
    "rhythm": Clauses(
        said=("the rhythm is {x}",),
        said_adjective=("it is {x} in rhythm",),
        after_adjective=("{x} in rhythm",),
        before="loose",
        repeated="rhythm",
    ),
    "production": Clauses(
        said=("its sound can be called {x}",),
        said_adjective=("its sound is {x}",),
        after_adjective=("{x} in sound",),
        before="loose",
    ),
    "articulation": Clauses(
        said=("the playing is {x}", "the articulation is {x}"), after_adjective=("{x} in articulation",)
    ),
    "era": Clauses(
        said=("its era is {x}", "the era is {x}", "by era it is {x}"), after=("{x} by era",), before="tight"
    ),
    "region": Clauses(
        said=("its origin is {x}", "by origin it is {x}"),
        after=("{x} by origin",),
        said_adjective=("it is {x} in origin", "it can be called {x}"),
        after_adjective=("{x} in origin",),
        before="tight",
    ),
    "genre": Clauses(
        said=("the genre is {x}", "the style is {x}", "it can be filed under {x}"),
        after=("{x} by genre",),
        said_adjective=("it is {x} in style",),
        after_adjective=("{x} in style",),
        before="tight",
    ),
    "form": Clauses(
        said=("it is {a}", "in form it is {a}", "it takes the form of {a}"),
        after=("in the form of {a}", "that is {a}"),
        noun=True,
    ),
    "metre": Clauses(
        said=("it is in {x}", "it is written in {x}", "it is counted in {x}"),
        after=("in {x}", "counted in {x}"),
    ),
    "mode": Clauses(said=("it is in {x}", "the mode is {x}", "it is set in {x}"), after=("in {x}", "set in {x}")),
    "register": Clauses(
        said=("it lies in {the}", "it keeps to {the}", "it stays in {the}"),
        after=("in {the}", "staying in {the}"),
    ),
    "instrument": Clauses(
        said=("it is played on {x}", "it features {x}", "it is scored for {x}", "{x} can be heard in it"),
        after=("for {x}", "on {the}", "played on {x}", "featuring {x}", "with {x}"),
    ),
    "family": Clauses(
        said=("the instrument family is {x}", "by instrument family it is {x}"),
        after=("from the {x} family", "of the {x} family"),
        repeated="family",
    ),
    "ensemble": Clauses(said=("it is played by {a}", "it is written for {a}"), after=("for {a}", "played by {a}")),
    "vocals": Clauses(
        said=("it has {x}", "it features {x}", "{x} can be heard in it"),
        after=("with {x}", "featuring {x}"),
        before="tight",
        slots=frozenset({"adjective", "setting"}),
    ),
    "theme": Clauses(
        said=("it would suit {x}", "the theme is {x}", "it brings {x} to mind"),
        after=("suited to {x}", "on the theme of {x}"),
    ),
    "composer": Clauses(
        said=("the composer is {x}", "as composer it names {x}"),
        after=("by {x}",),
    ),
    "collection": Clauses(
        said=("it comes from {x}", "its collection is {x}", "it was taken from {x}"), after=("from {x}",)
    ),
    "other": Clauses(
        said=("it is marked {x}", "it is described as {x}", "it is tagged {x}"),
        after=("marked {x}", "tagged {x}"),
    ),
}

NOUNS = ("piece", "track", "recording")
"""Nouns of a caption in which no tag is the noun."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a caption.

    ``{np}``: the noun with its article and adjectives.
    ``{bare}``: the noun with its article alone.
    ``{after}``: the phrases after the noun, led by a space.
    ``{After}``: the same as an opening.
    ``{Before}``: adjectives as an opening.
    ``{clauses}``: clauses joined by commas and *and*.
    ``{sentences}``: each clause as a sentence.
    """

    text: str
    before: int = 3
    """Largest number of categories before the noun."""
    after: int = 4
    """Largest number of categories after it; the rest are clauses."""

    @property
    def clauses(self) -> int:
        """Largest number of clauses that still reads well: none, a few in one sentence, or more in several."""
        return 4 if self.has("clauses") else 6 if self.has("sentences") else 0

    def has(self, slot: str) -> bool:
        """Return whether the frame has a slot."""
        return "{" + slot + "}" in self.text


FRAMES: tuple[Frame, ...] = (
    # The noun phrase holds all.
    Frame("{np}{after}."),
    Frame("This is {np}{after}."),
    Frame("Here is {np}{after}."),
    Frame("We hear {np}{after}."),
    Frame("You hear {np}{after}."),
    Frame("One hears {np}{after}."),
    Frame("It is {np}{after}."),
    Frame("The music is {np}{after}."),
    Frame("What is heard is {np}{after}."),
    Frame("Listen to {np}{after}."),
    Frame("The listener is given {np}{after}."),
    Frame("This can be described as {np}{after}."),
    Frame("Think of {np}{after}."),
    # One thing in the noun phrase, the rest as sentences.
    Frame("{np}{after}. {sentences}", before=1, after=1),
    Frame("This is {np}{after}. {sentences}", before=1, after=1),
    Frame("Here is {np}{after}. {sentences}", before=2, after=1),
    Frame("You hear {np}{after}. {sentences}", before=1, after=2),
    Frame("We hear {np}{after}. {sentences}", before=2, after=0),
    Frame("It is {np}{after}. {sentences}", before=0, after=2),
    Frame("The music is {np}{after}. {sentences}", before=2, after=2),
    # The rest as one clause.
    Frame("{np}{after}: {clauses}.", before=2, after=1),
    Frame("{np}{after}; {clauses}.", before=1, after=2),
    Frame("This is {np}{after}, and {clauses}.", before=2, after=1),
    Frame("This is {np}{after}; {clauses}.", before=1, after=1),
    Frame("Here is {np}{after}: {clauses}.", before=1, after=0),
    Frame("You hear {np}{after}, and {clauses}.", before=2, after=2),
    Frame("We hear {np}{after}; {clauses}.", before=0, after=2),
    Frame("The music is {np}{after}, and {clauses}.", before=3, after=0),
    Frame("{np}{after}, of which one can say that {clauses}.", before=1, after=1),
    Frame("It is {np}{after}, and {clauses}.", before=2, after=1),
    Frame("In short, it is {np}{after}, and {clauses}.", before=1, after=2),
    # Clauses alone.
    Frame("In this music {clauses}.", before=0, after=0),
    Frame("About this music: {clauses}.", before=0, after=0),
    Frame("One can say of this music that {clauses}.", before=0, after=0),
    Frame("As for the music, {clauses}.", before=0, after=0),
    Frame("{sentences}", before=0, after=0),
    # What follows the noun comes first.
    Frame("{After}: this is {np}.", before=3, after=2),
    Frame("{After}, this is {np}.", before=3, after=1),
    Frame("{After}, we hear {np}.", before=2, after=1),
    Frame("{After}, here is {np}. {sentences}", before=2, after=1),
    Frame("{After}, you hear {np}; {clauses}.", before=1, after=1),
    # Adjectives come first.
    Frame("{Before}, this is {bare}{after}.", before=3, after=4),
    Frame("{Before}, here is {bare}{after}.", before=2, after=3),
    Frame("{Before}: so goes {bare}{after}.", before=2, after=2),
    Frame("{Before}, this is {bare}{after}. {sentences}", before=2, after=1),
    Frame("{Before}, the music is {bare}{after}; {clauses}.", before=2, after=1),
    Frame("{Before}, it is {bare}{after}, and {clauses}.", before=1, after=2),
)

LAST_RESORT = "Tagged: {list}."
"""States any tags, and no two of them can be read as one term."""
