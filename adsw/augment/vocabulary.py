"""The vocabulary: terms that describe music, by category, and their recognition in a text.

Built from the terms that come with the package, a corpus's tags, and a user's file. A term may have a
sense in several categories (*baroque* is an era and a genre). In running text it has one, by this rule: the
user's file before the corpus's tags before the built-in terms, a form as written before a spelling variant, a
term meant for text before one known only as a tag, then the order of the categories in the file. Every such
case is in `Vocabulary.conflicts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adsw.augment.english import Key, Words
from adsw.augment.kinship import Kinship
from adsw.augment.matcher import Claim, Hit, Trie, claims_of, term_key, term_name
from adsw.augment.odds import SwapDraw
from adsw.augment.pools import Pools
from adsw.augment.terms import MOST_WORDS, Grammar, Origin, Term, read_terms, tag_term
from adsw.errors import Faults, unknown
from adsw.spelling import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUILTIN_FILE = Path(__file__).with_name("vocabulary.yaml")
OTHER = "other"
"""The category of tags that have none: they join no category and are never swapped."""
_REMEMBERED = 256
"""Number of sets of tags whose forbidden terms are kept: all texts of a track ask for the same set."""

_NAMED = 1 << 16
"""Number of tags whose names are kept."""


class Match(NamedTuple):
    """A term found in a text."""

    start: int
    end: int
    surface: str
    """The term as written in the text."""
    term: str
    """As the vocabulary calls it."""
    category: str


class Conflict(NamedTuple):
    """A form that more than one term claims."""

    surface: str
    chosen: str
    """``category:term`` that the form stands for in running text."""
    others: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Reading:
    """A text and the forms found in it, made once for any number of swaps."""

    text: str
    words: Words
    hits: list[Hit]
    replaceable: dict[tuple[Vocabulary, SwapDraw], Replaceable] = field(default_factory=dict, repr=False)
    """What `adsw.augment.replaceable` found out."""


class Replaceable(NamedTuple):
    """What can be replaced in a text, which all its swaps share."""

    present: frozenset[int]
    """The terms in it."""
    broader: dict[int, frozenset[int]]
    """Each term of which the text says something in broader words too -> the terms that do."""
    units: dict[int, list[Hit]]
    """Each term that can be replaced -> all its places."""


class Vocabulary:
    """Terms by category, with the index that finds them. Immutable; `extended` and `with_file` make another."""

    def __init__(
        self,
        terms: Iterable[Term],
        grammars: Mapping[str, Grammar],
        names: Mapping[str, Sequence[str]] | None = None,
        single: Collection[str] = (),
    ) -> None:
        self.terms = tuple(terms)
        self.grammars = dict(grammars)
        self.names = {name: tuple(meant) for name, meant in (names or {}).items()}
        self.single = frozenset(single)
        """Categories of which music has one value at a time."""
        self._spelled = {folded(category): category for category in reversed(self.grammars)}
        order = {category: place for place, category in enumerate(self.grammars)}
        self._claims = claims_of(self.terms, order)
        in_text = [
            (key, claim.form)
            for key, claims in self._claims.items()
            for claim in claims[:1]
            if not self.terms[claim.form.term].tag_only
        ]
        self._trie = Trie(in_text)
        self.seams = frozenset(self._trie.pairs)
        """Neighbouring words that could lie inside one form."""
        self.kinship = Kinship(self.terms, self._claims)
        self.pools = Pools(self.terms, self.seams)
        self._forbidden: dict[tuple[str, ...], frozenset[int]] = {}
        self._names: dict[str, str] = {}
        self.term_names = tuple(term_name(term.term) for term in self.terms)
        """What claims and truths call each term: its name in one spelling, without its category."""

    # Asking

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, in the order that decides between them."""
        return tuple(self.grammars)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Forms as written that several terms claim, and which of them has it."""
        conflict_of: dict[Key, Conflict] = {}
        for key, claims in self._claims.items():
            written = [claim for claim in claims if not claim.rank[1]]
            if len(written) > 1:
                labels = tuple(self._label(claim) for claim in written)
                conflict_of[key] = Conflict(written[0].form.surface, labels[0], labels[1:])
        return tuple(conflict_of.values())

    def senses(self, term: str) -> tuple[str, ...]:
        """Return every category in which a term or alias is known, the one it has in running text first."""
        return tuple(dict.fromkeys(self.terms[index].category for index in self._owners(term)))

    def category_of(self, term: str) -> str | None:
        """Return the category of a term or alias by the rule of this module, or None if it is not known."""
        return next(iter(self.senses(term)), None)

    def slot_of(self, tag: str, category: str) -> str | None:
        """Return the grammatical slot of a tag in a category, or None if the category does not know it."""
        claims = self._claims.get(term_key(tag), ())
        return next((c.form.slot for c in claims if self.terms[c.form.term].category == category), None)

    def meaning_of(self, category: str, tag: str) -> str:
        """Return the category that a tag given under some name belongs to.

        *film* under ``mood/theme`` is a theme.
        """
        meant = self._meant_by(category)
        return next(
            (sense for sense in self.senses(tag) if sense in meant),
            category if category == OTHER else meant[0],
        )

    def given_by(self, tags: Iterable[str]) -> frozenset[int]:
        """Return the indices of the terms that tags state: every sense of each, and the terms inside it."""
        return frozenset(
            index for tag in tags for index in (*self._owners(tag), *(hit.form.term for hit in self.read(tag).hits))
        )

    def senses_of(self, tag: str) -> tuple[int, ...]:
        """Return the indices of the terms that a tag is a form of, the one it is in running text first."""
        return tuple(self._owners(tag))

    def canonical(self, term: str) -> str | None:
        """Return what the vocabulary calls a term or alias, or None if it is not known."""
        return next((self.terms[index].term for index in self._owners(term)), None)

    def name_of(self, tag: str) -> str:
        """Return what claims and truths call a tag: the name of its term, or its own if it is not known."""
        name = self._names.get(tag)
        if name is None:
            if len(self._names) >= _NAMED:
                self._names.clear()
            name = self._names[tag] = next((self.term_names[index] for index in self._owners(tag)), term_name(tag))
        return name

    def aliases(self, term: str) -> tuple[str, ...]:
        """Return every other form of a term or alias, in all its senses; empty if it is not known."""
        given = term_key(term)
        forms = (surface for index in self._owners(term) for surface in self.terms[index].surfaces)
        return tuple(dict.fromkeys(surface for surface in forms if term_key(surface) != given))

    def terms_in(self, category: str) -> tuple[str, ...]:
        """Return the terms of a category, in the order they were given."""
        return tuple(term.term for term in self.terms if term.category == category)

    def find(self, text: str) -> list[Match]:
        """Return the terms in a text, left to right, at each place the longest, without overlaps."""
        return [
            Match(
                hit.start,
                hit.end,
                text[hit.start : hit.end],
                self.terms[hit.form.term].term,
                self.terms[hit.form.term].category,
            )
            for hit in self.read(text).hits
        ]

    def replacements(self, term: str, forbidden: Collection[str] = ()) -> list[str]:
        """Return the terms of the same category that a swap may put for a term.

        Args:
            term: a term, an alias, or a category's name (then all its terms).
            forbidden: tags and terms that must not become true: none of them, their aliases, or terms close to them.
        """
        owners = self._owners(term)
        category = self.terms[owners[0]].category if owners else term
        slots = tuple(self.terms[owners[0]].forms)[:1] if owners else ()
        banned = self.forbidden_by(forbidden) | (self.kinship.close[owners[0]] if owners else frozenset())
        fitting = (self.pools.pool(category, slots, case).all.members for case in ("lower", "capital", "upper"))
        members = sorted({index for some in fitting for index in some})
        return [self.terms[index].term for index in members if index not in banned]

    # What swaps and checks are made of

    def read(self, text: str) -> Reading:
        """Return the text with the forms found in it."""
        words = Words(text)
        return Reading(text, words, self._trie.scan(words))

    def forbidden_by(self, tags: Iterable[str]) -> frozenset[int]:
        """Return the indices of the terms that could be true of something with these tags.

        They are the tags themselves, their aliases, and broader, narrower and near terms. A tag that is not known as
        a whole stands for the terms inside it.
        """
        key = tuple(tags)
        forbidden = self._forbidden.get(key)
        if forbidden is None:
            if len(self._forbidden) >= _REMEMBERED:
                self._forbidden.clear()
            named: set[int] = set()
            for tag in key:
                owners = self._owners(tag)
                named.update(owners or (hit.form.term for hit in self.read(tag).hits))
            forbidden = self._forbidden[key] = self.kinship.forbidden_by(named)
        return forbidden

    # Making another

    def extended(self, tags: Mapping[str, Iterable[str]]) -> Vocabulary:
        """Return this vocabulary with a corpus's tags.

        A tag of a known category joins it, or marks the term that it is an alias of; from then on the term is
        written as the corpus writes it. A tag of an unknown category adds the category. Tags of the category
        ``other`` only mark known terms. A tag of more than `MOST_WORDS` words is a sentence rather than a term: it
        stands for the terms in it.
        """
        terms = list(self.terms)
        grammars = dict(self.grammars)
        places: dict[tuple[str, Key], int] = {}
        for category, given in tags.items():
            meant = self._meant_by(category)
            if category != OTHER and meant[0] not in grammars:
                grammars[meant[0]] = "modifier"
            for tag in given:
                key = term_key(tag)
                known = [index for index in self._owners(tag) if terms[index].category in meant] if key else []
                if known:
                    terms[known[0]] = _as_written(terms[known[0]], tag, key)
                elif 0 < len(key) <= MOST_WORDS and category != OTHER and (meant[0], key) not in places:
                    places[meant[0], key] = len(terms)
                    terms.append(tag_term(tag, meant[0], grammars[meant[0]]))
        return Vocabulary(terms, grammars, self.names, self.single)

    def counted(self, corpus: Iterable[Mapping[str, Iterable[str]]], captions: Iterable[str] = ()) -> Vocabulary:
        """Return this vocabulary with the number of a corpus's tracks that have each term as a tag.

        Args:
            corpus: the tags of every track, by category. A term given twice, or under two names, counts once.
            captions: counted for the terms in them instead, if no track has tags.
        """
        counts: Counter[int] = Counter()
        known: dict[tuple[str, str], int | None] = {}
        for tags in corpus:
            pairs = {(category, tag) for category, given in tags.items() for tag in given}
            for category, tag in pairs - known.keys():
                meant = self._meant_by(category)
                owners = self._owners(tag)
                known[category, tag] = next((i for i in owners if self.terms[i].category in meant), None)
            counts.update({index for pair in pairs if (index := known[pair]) is not None})
        if not counts:
            for caption in captions:
                counts.update({hit.form.term for hit in self.read(caption).hits})
        made = copy(self)
        made.terms = tuple(replace(term, count=counts[index]) for index, term in enumerate(self.terms))
        made.pools = Pools(made.terms, self.seams)
        return made

    def placed(self, encode: Callable[[list[str]], NDArray[np.floating[Any]]]) -> Vocabulary:
        """Return this vocabulary with its terms placed in a text encoder's space, which hard draws need.

        Args:
            encode: gives embeddings of texts, [texts, T, D] or [texts, D]; tokens are averaged.
        """
        import numpy as np  # see `Pools.nearest`

        given = np.asarray(encode([term.term for term in self.terms]), dtype=np.float32)
        vectors = given.mean(axis=1) if given.ndim == 3 else given
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        made = copy(self)
        made.pools = Pools(self.terms, self.seams, vectors / np.maximum(norms, np.finfo(np.float32).tiny))
        return made

    def with_file(self, path: Path, origin: Origin = "user") -> Vocabulary:
        """Return this vocabulary with a user's file: its terms come first, and add to those known already.

        Raises:
            InputError: with every fault of the file.
        """
        file = read_terms(path, origin, self.grammars)
        terms = list(self.terms)
        for term in file.terms:
            known = [i for i in self._owners(term.term) if self.terms[i].category == term.category]
            if known:
                terms[known[0]] = replace(term.merged_with(terms[known[0]]), tag_only=term.tag_only)
            else:
                terms.append(term)
        names = {
            **self.names,
            **{name: (*meant, *self.names.get(name, ())) for name, meant in file.names.items()},
        }
        # Parents and near terms may be of the file itself, so that they are looked up in the new vocabulary.
        single = {category for category, is_single in file.single.items() if is_single}
        single |= self.single - file.single.keys()
        made = Vocabulary(terms, {**self.grammars, **file.grammars}, names, single)
        faults = Faults(f"The vocabulary {path} cannot be used")
        for term in file.terms:
            for name in (*term.parents, *term.near):
                if not made._owners(name):
                    where = f"{path.name}: {term.category}.{term.term}"
                    faults.extend([unknown(where, name, [known.term for known in made.terms], "term")])
        faults.raise_if_any()
        return made

    # Inside

    def _owners(self, term: str) -> list[int]:
        """Return the indices of the terms that claim a key, the one that gets it first."""
        return [claim.form.term for claim in self._claims.get(term_key(term), ())]

    def _meant_by(self, category: str) -> tuple[str, ...]:
        """Return the categories that a name may mean; every known one for `other`."""
        if category == OTHER:
            return self.categories
        if category in self.grammars:
            return (category,)
        known = self._spelled.get(folded(category))
        return (known,) if known is not None else self.names.get(folded(category), (category,))

    def _label(self, claim: Claim) -> str:
        """Return ``category:term`` of a claim."""
        term = self.terms[claim.form.term]
        return f"{term.category}:{term.term}"


def _as_written(term: Term, tag: str, key: Key) -> Term:
    """Return a known term marked as the corpus's, and written like the tag if the tag is one of its forms."""
    # A tag found by a spelling variant only leaves the vocabulary's spelling.
    surface = next((surface for surface in term.surfaces if term_key(surface) == key), None)
    marked = replace(term, in_corpus=True, tag_only=False)
    return marked if surface is None else marked.written_as(surface, tag)


@lru_cache(maxsize=1)
def builtin() -> Vocabulary:
    """Return the vocabulary that comes with the package."""
    file = read_terms(BUILTIN_FILE, "builtin")
    single = [category for category, is_single in file.single.items() if is_single]
    return Vocabulary(file.terms, file.grammars, file.names, single)
