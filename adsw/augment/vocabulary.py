"""The vocabulary: what can be said of music, by category, and where a text says it.

Built from the terms that come with the package, a corpus's own tags, and a user's file. A term may have a
sense in several categories (*baroque* is an era and a genre). In running text it has one, by this rule: the
user's file before the corpus's tags before the built-in terms, a form as written before a spelling variant, a
term meant for text before one known only as a tag, then the order of the categories in the file. Every such
case is in `Vocabulary.conflicts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from adsw.augment.index import Claim, Hit, Trie, claims_of, term_key
from adsw.augment.kinship import Kinship
from adsw.augment.terms import MOST_WORDS, Grammar, Origin, Term, read_terms, tag_term
from adsw.augment.tokens import Key, Words
from adsw.errors import Faults, unknown

BUILTIN_FILE = Path(__file__).with_name("vocabulary.yaml")
OTHER = "other"
"""The category of tags that have none: they join no category and are never swapped."""
_REMEMBERED = 256


class Match(NamedTuple):
    """A term found in a text."""

    start: int
    end: int
    surface: str
    """As it stands in the text."""
    term: str
    """As the vocabulary calls it."""
    category: str


class Conflict(NamedTuple):
    """A form that more than one term claims."""

    surface: str
    chosen: str
    """``category:term`` that has it in running text."""
    others: tuple[str, ...]


class Reading(NamedTuple):
    """A text and the forms found in it: one pass serves any number of swaps."""

    text: str
    words: Words
    hits: list[Hit]


class Written(NamedTuple):
    """A term as it is written in a slot."""

    surface: str
    first: str
    last: str
    """Its first and last word, folded."""


class Pool(NamedTuple):
    """The terms of a category that have a form for some slots."""

    corpus: tuple[int, ...]
    """Those of the corpus."""
    all: tuple[int, ...]
    has_corpus: bool
    """Whether any term of the category is of the corpus, whatever its forms."""


class Vocabulary:
    """Terms by category, with the index that finds them. Immutable; `extended` makes another."""

    def __init__(
        self,
        terms: Iterable[Term],
        grammars: Mapping[str, Grammar],
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.terms = tuple(terms)
        self.grammars = dict(grammars)
        self.names = {name: tuple(meant) for name, meant in (names or {}).items()}
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
        self._pools: dict[tuple[str, tuple[str, ...]], Pool] = {}
        self._written: dict[tuple[int, str], Written] = {}
        self._forbidden: dict[tuple[str, ...], frozenset[int]] = {}

    # Asking

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, in the order that decides between them."""
        return tuple(self.grammars)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Forms as written that several terms claim, and which of them has it."""
        found: dict[Key, Conflict] = {}
        for key, claims in self._claims.items():
            written = [claim for claim in claims if not claim.rank[1]]
            if len(written) > 1:
                labels = tuple(self._label(claim) for claim in written)
                found[key] = Conflict(written[0].form.surface, labels[0], labels[1:])
        return tuple(found.values())

    def senses(self, term: str) -> tuple[str, ...]:
        """Every category in which a term or alias is known, the one that has it first."""
        return tuple(dict.fromkeys(self.terms[index].category for index in self._owners(term)))

    def category_of(self, term: str) -> str | None:
        """The category of a term or alias, by the rule of this module; None where it is not known."""
        return next(iter(self.senses(term)), None)

    def slot_of(self, tag: str, category: str) -> str | None:
        """The grammatical slot of a tag in a category; None where the category does not know it."""
        claims = self._claims.get(term_key(tag), ())
        return next((c.form.slot for c in claims if self.terms[c.form.term].category == category), None)

    def meaning_of(self, category: str, tag: str) -> str:
        """The category that a tag given under some category's name belongs to: *film* under ``mood/theme`` is
        a theme."""
        meant = self._meant_by(category)
        return next(
            (sense for sense in self.senses(tag) if sense in meant),
            category if category == OTHER else meant[0],
        )

    def given_by(self, tags: Iterable[str]) -> frozenset[int]:
        """Indices of the terms that tags state: every sense of each, and the terms inside it."""
        return frozenset(
            index for tag in tags for index in (*self._owners(tag), *(hit.form.term for hit in self.read(tag).hits))
        )

    def canonical(self, term: str) -> str | None:
        """What the vocabulary calls a term or alias; None where it is not known."""
        return next((self.terms[index].term for index in self._owners(term)), None)

    def aliases(self, term: str) -> tuple[str, ...]:
        """Every other form of a term or alias, in all its senses; empty where it is not known."""
        given = term_key(term)
        forms = (surface for index in self._owners(term) for surface in self.terms[index].surfaces)
        return tuple(dict.fromkeys(surface for surface in forms if term_key(surface) != given))

    def terms_in(self, category: str) -> tuple[str, ...]:
        """The terms of a category, in the order they were given."""
        return tuple(term.term for term in self.terms if term.category == category)

    def find(self, text: str) -> list[Match]:
        """The terms in a text, left to right, at each place the longest, without overlaps."""
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
        """Terms of the same category that a swap may put for a term.

        Args:
            term: a term, an alias, or a category's name (then all its terms).
            forbidden: tags and terms that must not become true: none of them, their aliases, or terms close to them.
        """
        owners = self._owners(term)
        category = self.terms[owners[0]].category if owners else term
        slots = tuple(self.terms[owners[0]].forms)[:1] if owners else ()
        banned = self.forbidden_by(forbidden) | (self.kinship.close[owners[0]] if owners else frozenset())
        return [self.terms[index].term for index in self.pool(category, slots).all if index not in banned]

    # What swaps and checks are made of

    def read(self, text: str) -> Reading:
        """The text with the forms found in it."""
        words = Words(text)
        return Reading(text, words, self._trie.scan(words))

    def forbidden_by(self, tags: Iterable[str]) -> frozenset[int]:
        """Indices of the terms that could be true of what has these tags: themselves, aliases, broader,
        narrower, near ones.

        A tag that is not known as a whole stands for the terms inside it.
        """
        key = tuple(tags)
        found = self._forbidden.get(key)
        if found is None:
            if len(self._forbidden) >= _REMEMBERED:
                self._forbidden.clear()
            named: set[int] = set()
            for tag in key:
                owners = self._owners(tag)
                named.update(owners or (hit.form.term for hit in self.read(tag).hits))
            found = self._forbidden[key] = self.kinship.forbidden_by(named)
        return found

    def pool(self, category: str, slots: tuple[str, ...]) -> Pool:
        """Indices of a category's terms that have a form for all of some slots; all its terms for no slots."""
        key = (category, slots)
        found = self._pools.get(key)
        if found is None:
            usable = [i for i, term in enumerate(self.terms) if term.category == category and not term.tag_only]
            members = tuple(i for i in usable if self.terms[i].forms.keys() >= set(slots))
            corpus = tuple(i for i in members if self.terms[i].in_corpus)
            has_corpus = any(self.terms[i].in_corpus for i in usable)
            found = self._pools[key] = Pool(corpus, members, has_corpus)
        return found

    def written(self, index: int, slot: str) -> Written:
        """A term as it is written in a slot, or as it is called where it has no such form."""
        key = (index, slot)
        found = self._written.get(key)
        if found is None:
            surface = self.terms[index].forms.get(slot, (self.terms[index].term,))[0]
            words = Words(surface).words
            found = self._written[key] = Written(surface, words[0], words[-1])
        return found

    # Making another

    def extended(self, tags: Mapping[str, Iterable[str]]) -> Vocabulary:
        """This vocabulary with a corpus's own tags.

        A tag of a known category joins it, or marks the term that it is an alias of; from then on the term is
        written as the corpus writes it. A tag of an unknown category founds it. Tags of the category
        ``other`` only mark what is known. A tag of more than `MOST_WORDS` words is a sentence and no term: it
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
        return Vocabulary(terms, grammars, self.names)

    def with_file(self, path: Path, origin: Origin = "user") -> Vocabulary:
        """This vocabulary with a user's file: its terms come first, and add to those known already.

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
        made = Vocabulary(terms, {**self.grammars, **file.grammars}, names)
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
        return [claim.form.term for claim in self._claims.get(term_key(term), ())]

    def _meant_by(self, category: str) -> tuple[str, ...]:
        """The categories that a name may mean; every known one for `other`."""
        if category == OTHER:
            return self.categories
        if category in self.grammars:
            return (category,)
        return self.names.get(category.strip().lower(), (category,))

    def _label(self, claim: Claim) -> str:
        term = self.terms[claim.form.term]
        return f"{term.category}:{term.term}"


def _as_written(term: Term, tag: str, key: Key) -> Term:
    """A known term marked as the corpus's; written like the tag where the tag is a true alias and no mere
    spelling."""
    surface = next((surface for surface in term.surfaces if term_key(surface) == key), None)
    marked = replace(term, in_corpus=True, tag_only=False)
    return marked if surface is None else marked.written_as(surface, tag)


@lru_cache(maxsize=1)
def builtin() -> Vocabulary:
    """The vocabulary that comes with the package."""
    file = read_terms(BUILTIN_FILE, "builtin")
    return Vocabulary(file.terms, file.grammars, file.names)
