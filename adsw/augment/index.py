"""From a term's forms to every token sequence it is recognised by, and the trie that finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from adsw.augment.terms import Term
from adsw.augment.tokens import Tokens, joins, words_of

Key = tuple[str, ...]

_AND = ("and", "&", "n")
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
    ("tranquility", "tranquillity"),
    ("color", "colour"),
)
_SPELT = {word: pair for pair in _SPELLINGS for word in pair}
_SHORTEST_SQUASHED = 5


class Form(NamedTuple):
    """One form of one term, as the trie gives it back."""

    term: int
    """Index of the term."""
    slot: str
    surface: str
    """As the vocabulary writes it."""
    unless_after: frozenset[str] = frozenset()
    unless_before: frozenset[str] = frozenset()


class Claim(NamedTuple):
    """A form's claim to a token sequence; the smallest claim has it."""

    rank: tuple[int, int, int, int, int]
    form: Form


class Hit(NamedTuple):
    """A form found in a text: tokens first to last, last excluded."""

    first: int
    last: int
    form: Form


class _Node:
    __slots__ = ("children", "form")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.form: Form | None = None


class Trie:
    """Token sequences and the form that each stands for."""

    def __init__(self, forms: Iterable[tuple[Key, Form]]) -> None:
        self._heads: dict[str, _Node] = {}
        self.pairs: set[tuple[str, str]] = set()
        """Neighbouring tokens of some form: text that keeps clear of them makes no new match at a seam."""
        for key, form in forms:
            self._add(key, form)

    def _add(self, key: Key, form: Form) -> None:
        node = self._heads.setdefault(key[0], _Node())
        for before, word in pairwise(key):
            self.pairs.add((before, word))
            node = node.children.setdefault(word, _Node())
        node.form = form

    def scan(self, tokens: Tokens) -> list[Hit]:
        """The forms in a text, from left to right, at each place the longest, without overlaps."""
        words, gaps, heads = tokens.words, tokens.gaps, self._heads
        hits: list[Hit] = []
        end = 0
        for place in [index for index, word in enumerate(words) if word in heads]:
            if place < end:
                continue
            node: _Node | None = heads[words[place]]
            reached, best, best_end = place + 1, None, place
            while node is not None:
                if node.form is not None and _is_meant(node.form, words, place, reached):
                    best, best_end = node.form, reached
                if not node.children or reached >= len(words) or not joins(gaps[reached]):
                    break
                node = node.children.get(words[reached])
                reached += 1
            if best is not None:
                hits.append(Hit(place, best_end, best))
                end = best_end
        return hits


def _is_meant(form: Form, words: list[str], first: int, last: int) -> bool:
    """Whether the words around a form leave it its musical meaning."""
    if form.unless_after and first and words[first - 1] in form.unless_after:
        return False
    return not (form.unless_before and last < len(words) and words[last] in form.unless_before)


def claims_of(terms: Sequence[Term], order: dict[str, int]) -> dict[Key, list[Claim]]:
    """Every token sequence and the forms that claim it, the one that has it first.

    The rule where several do: the user's file before the corpus's tags before the built-in terms; a form as
    it is written before a spelling variant of another; a term for running text before one known only as a
    tag; then the order of the categories, of the slots, of the terms.
    """
    claims: dict[Key, list[Claim]] = {}
    for index, term in enumerate(terms):
        origin = 0 if term.origin == "user" else 1 if term.in_corpus else 2
        after, before = frozenset(term.unless_after), frozenset(term.unless_before)
        for slot_place, (slot, surfaces) in enumerate(term.forms.items()):
            for surface in surfaces:
                written = words_of(surface)
                for key in variants(written):
                    form = Form(index, slot, surface, after, before)
                    rank = (origin, int(key != written), int(term.tag_only), order[term.category], slot_place)
                    claims.setdefault(key, []).append(Claim(rank, form))
    for key, found in claims.items():
        first: dict[int, Claim] = {}
        for claim in sorted(found, key=lambda claim: (claim.rank, claim.form.term)):
            first.setdefault(claim.form.term, claim)
        claims[key] = list(first.values())
    return claims


def variants(key: Key) -> list[Key]:
    """A token sequence and its other spellings, itself first: *drum and bass*, *drum & bass*, *drumnbass*,
    *drum n bass*.

    >>> variants(("hip", "hop"))
    [('hip', 'hop'), ('hiphop',)]
    """
    found = list(dict.fromkeys([key, *_spellings(key)]))
    squashed = [
        ("".join(words),)
        for words in found
        if len(words) > 1
        and "&" not in words
        and "/" not in words
        and sum(map(len, words)) >= _SHORTEST_SQUASHED
    ]
    return list(dict.fromkeys([*found, *squashed]))


def _spellings(key: Key) -> Iterator[Key]:
    choices: list[Sequence[str]] = []
    for word in key:
        if word in _AND and len(key) > 2:
            choices.append(_AND)
        else:
            choices.append(_SPELT.get(word) or _SPELT_PLURAL.get(word) or (word,))
    yield from product(*choices)


_SPELT_PLURAL = {word + "s": tuple(other + "s" for other in pair) for word, pair in _SPELT.items()}
