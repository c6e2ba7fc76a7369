"""From a term's forms to every key it is recognised by, and the trie that finds them in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

from adsw.augment.terms import Term
from adsw.augment.tokens import Key, Words, mark_of, words_of

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
_SPELT |= {word + "s": (one + "s", other + "s") for word, (one, other) in _SPELT.items()}
_SHORTEST_SQUASHED = 5


class Form(NamedTuple):
    """One form of one term, as the trie gives it back."""

    term: int
    """Index of the term."""
    slot: str
    surface: str
    """As the vocabulary writes it."""
    article: str = ""
    """An article that it begins with; it is no part of the key and may be missing in a text (*a cappella*)."""
    unless_after: frozenset[str] = frozenset()
    unless_before: frozenset[str] = frozenset()


class Claim(NamedTuple):
    """A form's claim to a key; the smallest claim has it."""

    rank: tuple[int, int, int, int, int]
    form: Form


@dataclass(slots=True)
class Hit:
    """A form found in a text. (Neither a tuple nor frozen: a text makes ten of them, and these are made in half the
    time.)"""

    start: int
    end: int
    """Place in the text, end excluded."""
    first: int
    last: int
    """Place among the words, last excluded."""
    form: Form


class _Node:
    __slots__ = ("children", "following", "form", "padded", "width")

    def __init__(self, word: str) -> None:
        self.padded = f" {word} "
        self.width = len(word)
        self.children: dict[str, _Node] = {}
        self.following: set[str] = set()
        self.form: Form | None = None


class Trie:
    """Keys and the form that each stands for."""

    def __init__(self, forms: Iterable[tuple[Key, Form]]) -> None:
        self._heads: dict[str, _Node] = {}
        self.pairs: set[tuple[str, str]] = set()
        """Neighbouring words of some form: a text that has none of them at a seam makes no new match there."""
        for key, form in forms:
            node = self._heads.setdefault(key[0], _Node(key[0]))
            for before, word in pairwise(key):
                self.pairs.add((before.lstrip(_MARKS), word.lstrip(_MARKS)))
                node.following.add(word.lstrip(_MARKS))
                node = node.children.setdefault(word, _Node(word))
            node.form = form

    def scan(self, words: Words) -> list[Hit]:
        """The forms in a text, from left to right, at each place the longest, without overlaps."""
        given, place_of, places = [*words.words, ""], words.padded.index, words.places
        hits: list[Hit] = []
        at = taken = 0
        for first, node in enumerate(map(self._heads.get, given)):
            if node is None or first < taken:
                continue
            # Between spaces a word begins at the same place as in the folded text.
            start = place_of(node.padded, at)
            form, last, at = node.form, first + 1, start + node.width
            if given[last] in node.following:
                form, last, at = _longest(node, words, given, first, at)
            elif form is not None and (form.unless_after or form.unless_before):
                form = form if _is_meant(form, given, first, last) else None
            if form is None:
                continue
            opening, begin, end = first, start, at
            if form.article and first > taken and given[first - 1] == form.article:
                opening, begin = first - 1, words.padded.rindex(f" {form.article} ", 0, start + 1)
            if places is not None:
                begin, end = places[begin], places[end]
            hits.append(Hit(begin, end, opening, last, form))
            taken = last
        return hits


def _longest(node: _Node, words: Words, given: Sequence[str], first: int, end: int) -> tuple[Form | None, int, int]:
    """The longest form that begins with a word: the form, the word after it, its end in the folded text; without a
    form the end of the first word.

    Args:
        node: of the word.
        words: the text.
        given: its words and an empty one.
        first: place of the word among them.
        end: its end in the folded text.
    """
    last = first + 1
    form = node.form if node.form is not None and _is_meant(node.form, given, first, last) else None
    best = (form, last, end)
    while given[last] in node.following:
        start, gap = words.next_word(end)
        mark = "" if gap == " " else mark_of(gap, given[last - 1])
        following = None if mark is None else node.children.get(mark + given[last])
        if following is None:
            break
        node, end, last = following, start + len(given[last]), last + 1
        if node.form is not None and _is_meant(node.form, given, first, last):
            best = (node.form, last, end)
    return best


def _is_meant(form: Form, words: Sequence[str], first: int, last: int) -> bool:
    """Whether the words around a form leave it its musical meaning; an empty word ends them."""
    if form.unless_after and first and words[first - 1] in form.unless_after:
        return False
    return words[last] not in form.unless_before


def claims_of(terms: Sequence[Term], order: dict[str, int]) -> dict[Key, list[Claim]]:
    """Every key and the forms that claim it, the one that has it first.

    The rule where several do: the user's file before the corpus's tags before the built-in terms; a form as it is
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
                form = Form(index, slot, surface, article, after, before)
                for key in variants(written):
                    rank = (origin, int(key != written), int(term.tag_only), order[term.category], slot_place)
                    claims.setdefault(key, []).append(Claim(rank, form))
    for key, found in claims.items():
        first: dict[int, Claim] = {}
        for claim in sorted(found, key=lambda claim: (claim.rank, claim.form.term)):
            first.setdefault(claim.form.term, claim)
        claims[key] = list(first.values())
    return claims


def term_key(text: str) -> Key:
    """The key by which a term is known: its words, without an article at the front."""
    return _without_article(words_of(text))[1]


def _without_article(key: Key) -> tuple[str, Key]:
    """The article that a key begins with, and the rest; a key of an article alone is left whole."""
    return (key[0], key[1:]) if len(key) > 1 and key[0] in _ARTICLES else ("", key)


def variants(key: Key) -> list[Key]:
    """A key and its other spellings, itself first.

    >>> variants(("hip", "hop"))
    [('hip', 'hop'), ('hiphop',)]
    >>> [" ".join(found) for found in variants(("drum", "and", "bass"))]
    ['drum and bass', 'drum n bass', 'drum &bass', 'drumandbass', 'drumnbass']
    """
    found = list(dict.fromkeys([key, *_spellings(key), *_with_ampersand(key)]))
    squashed = [
        ("".join(words),)
        for words in found
        if len(words) > 1 and not _is_marked(words) and sum(map(len, words)) >= _SHORTEST_SQUASHED
    ]
    return list(dict.fromkeys([*found, *squashed]))


def _is_marked(key: Key) -> bool:
    return any(word[0] in _MARKS for word in key)


def _spellings(key: Key) -> Iterator[Key]:
    """The words in other spellings, *and* as *n*, and an ampersand as a word."""
    spelt: list[str] = []
    for word in key:
        spelt += ["and", word[1:]] if word[0] == "&" else [word]
    choices = [_AND if word in _AND and len(spelt) > 2 else _SPELT.get(word, (word,)) for word in spelt]
    yield from product(*choices)


def _with_ampersand(key: Key) -> Iterator[Key]:
    """The key with its *and* as an ampersand, where it has one between two words."""
    for place in range(1, len(key) - 1):
        if key[place] in _AND:
            yield (*key[:place], "&" + key[place + 1], *key[place + 2 :])
