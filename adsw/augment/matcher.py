"""Keys by which the forms of terms are recognised, and the trie that finds them in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from adsw.augment.english import Key, Words, case_of, mark_of, words_of
from adsw.augment.terms import Term
from adsw.spelling import folded

_AND = ("and", "n")
_MARKS = "&/"
_ARTICLES = frozenset({"a", "an", "the"})
_SPELLINGS = (
    ("synthesizer", "synthesiser"),
    ("synthesized", "synthesised"),
    ("vocalization", "vocalisation"),
    ("meter", "metre"),
    ("theater", "theatre"),
    ("harmonized", "harmonised"),
    ("harmonizing", "harmonising"),
    ("mesmerizing", "mesmerising"),
    ("energizing", "energising"),
    ("color", "colour"),
)
_SPELT = {word: pair for pair in _SPELLINGS for word in pair}
_SPELT |= {word + "s": (american + "s", british + "s") for word, (american, british) in _SPELT.items()}
_SHORTEST_SQUASHED = 5


class Form(NamedTuple):
    """One form of one term, as stored in the trie."""

    term: int
    """Index of the term."""
    slot: str
    surface: str
    """As the vocabulary writes it."""
    article: str = ""
    """An article that it begins with; it is not part of the key and may be missing in a text (*a cappella*)."""
    unless_after: frozenset[str] = frozenset()
    unless_before: frozenset[str] = frozenset()
    category: str = ""
    """Of the term."""
    case: str = "lower"
    """Of the surface (`adsw.augment.english.case_of`)."""


class Claim(NamedTuple):
    """A form's claim to a key; the smallest claim gets it."""

    rank: tuple[int, int, int, int, int]
    form: Form


@dataclass(slots=True)
class Hit:
    """A form found in a text."""

    # Neither a tuple nor frozen: a text makes ten of them, and plain objects are made in half the time.

    start: int
    end: int
    """Place in the text, end excluded."""
    first: int
    last: int
    """Index among the words, last excluded."""
    form: Form


class _Node:
    """A word of the trie, with the words that may follow it and the form that ends here."""

    __slots__ = ("children", "following", "form", "padded", "width")

    def __init__(self, word: str) -> None:
        self.padded = f" {word} "
        self.width = len(word)
        self.children: dict[str, _Node] = {}
        self.following: set[str] = set()
        self.form: Form | None = None


class Trie:
    """Index from keys to forms, which finds the forms in a text."""

    def __init__(self, forms: Iterable[tuple[Key, Form]]) -> None:
        self._heads: dict[str, _Node] = {}
        self.pairs: set[tuple[str, str]] = set()
        """Neighbouring words of some form: two words put side by side can only make a match if they are such a pair."""
        for key, form in forms:
            node = self._heads.setdefault(key[0], _Node(key[0]))
            for before, word in pairwise(key):
                self.pairs.add((before.lstrip(_MARKS), word.lstrip(_MARKS)))
                node.following.add(word.lstrip(_MARKS))
                node = node.children.setdefault(word, _Node(word))
            node.form = form

    def scan(self, words: Words) -> list[Hit]:
        """Return the forms in a text, from left to right, at each place the longest, without overlaps."""
        # The empty word stands after the last, so that every word has a next one.
        given, place_of, places = [*words.words, ""], words.padded.index, words.places
        hits: list[Hit] = []
        at = taken = 0
        for first, node in enumerate(map(self._heads.get, given)):
            if node is None or first < taken:
                continue
            # Between spaces a word begins at the same place as in the folded text.
            start = place_of(node.padded, at)
            form, last, at = node.form, first + 1, start + node.width
            # Most words begin one form of one word: that is settled here, without a call.
            if given[last] in node.following:
                form, last, at = _longest(node, words, given, first, at)
            elif form is not None and (form.unless_after or form.unless_before):
                form = form if _is_meant(form, given, first, last) else None
            if form is None:
                continue
            opening, begin, end = first, start, at
            # An article that is part of the form (*a cappella*) is replaced with it, unless a form before took it.
            if form.article and first > taken and given[first - 1] == form.article:
                opening, begin = first - 1, words.padded.rindex(f" {form.article} ", 0, start + 1)
            if places is not None:
                begin, end = places[begin], places[end]
            hits.append(Hit(begin, end, opening, last, form))
            taken = last
        return hits


def _longest(node: _Node, words: Words, given: Sequence[str], first: int, end: int) -> tuple[Form | None, int, int]:
    """Return the longest form that begins with a word, the index after its last word, and its end in the folded text.

    Without a form the end is that of the first word.

    Args:
        node: the trie's node of the word.
        words: the text.
        given: its words and an empty one.
        first: index of the word among them.
        end: end of the word in the folded text.
    """
    last = first + 1
    form = node.form if node.form is not None and _is_meant(node.form, given, first, last) else None
    best = (form, last, end)
    while given[last] in node.following:
        start, gap = words.next_word(end)
        mark = "" if gap == " " else mark_of(gap, given[last - 1])  # a single space is by far the commonest
        following = None if mark is None else node.children.get(mark + given[last])
        if following is None:
            break
        node, end, last = following, start + len(given[last]), last + 1
        if node.form is not None and _is_meant(node.form, given, first, last):
            best = (node.form, last, end)
    return best


def _is_meant(form: Form, words: Sequence[str], first: int, last: int) -> bool:
    """Return whether the words around a form leave it its musical meaning; an empty word ends them."""
    if form.unless_after and first and words[first - 1] in form.unless_after:
        return False
    return words[last] not in form.unless_before


def claims_of(terms: Sequence[Term], order: dict[str, int]) -> dict[Key, list[Claim]]:
    """Return every key with the forms that claim it, the one that gets it first.

    The order of the claims: the user's file before the corpus's tags before the built-in terms; a form as
    written before a spelling variant of another; a term for running text before one known only as a tag; then the
    order of the categories, of the slots, of the terms.
    """
    claims: dict[Key, list[Claim]] = {}
    for index, term in enumerate(terms):
        origin = 0 if term.origin == "user" else 1 if term.in_corpus else 2
        after, before = frozenset(term.unless_after), frozenset(term.unless_before)
        for slot_place, (slot, surfaces) in enumerate(term.forms.items()):
            for surface in surfaces:
                article, written = _without_article(words_of(surface))
                form = Form(index, slot, surface, article, after, before, term.category, case_of(surface))
                for key in variants(written):
                    rank = (origin, int(key != written), int(term.tag_only), order[term.category], slot_place)
                    claims.setdefault(key, []).append(Claim(rank, form))
    for key, rivals in claims.items():
        first: dict[int, Claim] = {}
        for claim in sorted(rivals, key=lambda claim: (claim.rank, claim.form.term)):
            first.setdefault(claim.form.term, claim)
        claims[key] = list(first.values())
    return claims


def term_key(text: str) -> Key:
    """Return the key by which a term is known: its words, without an article at the front."""
    return _without_article(words_of(text))[1]


@lru_cache(maxsize=1 << 16)
def term_name(text: str) -> str:
    """Return the name of a term, one for all its spellings: its key as a string, or itself folded if it has no words.

    >>> term_name("The Hip-Hop"), term_name("R & B"), term_name("!")
    ('hip hop', 'r&b', '!')
    """
    name = folded(text)
    return " ".join(term_key(name)).replace(" &", "&").replace(" /", "/") or name


def _without_article(key: Key) -> tuple[str, Key]:
    """Return the article that a key begins with, and the rest; a key of an article alone is left whole."""
    return (key[0], key[1:]) if len(key) > 1 and key[0] in _ARTICLES else ("", key)


def variants(key: Key) -> list[Key]:
    """Return a key and its other spellings, the key first.

    >>> variants(("hip", "hop"))
    [('hip', 'hop'), ('hiphop',)]
    >>> [" ".join(key) for key in variants(("drum", "and", "bass"))]
    ['drum and bass', 'drum n bass', 'drum &bass', 'drumandbass', 'drumnbass']
    """
    spellings = list(dict.fromkeys([key, *_spellings(key), *_with_ampersand(key)]))
    squashed = [
        ("".join(words),)
        for words in spellings
        if len(words) > 1 and not _is_marked(words) and sum(map(len, words)) >= _SHORTEST_SQUASHED
    ]
    return list(dict.fromkeys([*spellings, *squashed]))


def _is_marked(key: Key) -> bool:
    """Return whether a word of the key carries an ampersand or a slash."""
    return any(word[0] in _MARKS for word in key)


def _spellings(key: Key) -> Iterator[Key]:
    """Yield the key with its words in other spellings, *and* as *n*, and an ampersand as a word."""
    spelt: list[str] = []
    for word in key:
        spelt += ["and", word[1:]] if word[0] == "&" else [word]
    # Not in a key of two words: *n jazz* would be *and jazz*.
    choices = [_AND if word in _AND and len(spelt) > 2 else _SPELT.get(word, (word,)) for word in spelt]
    yield from product(*choices)


def _with_ampersand(key: Key) -> Iterator[Key]:
    """Yield the key with an *and* between two words written as an ampersand."""
    for place in range(1, len(key) - 1):
        if key[place] in _AND:
            yield (*key[:place], "&" + key[place + 1], *key[place + 2 :])
