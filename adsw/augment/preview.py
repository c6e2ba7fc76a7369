"""Previews of augmentation of a text, a list of tags or a track, as plain documents for people and for
--json."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from adsw.augment.bank import BankText
from adsw.augment.swap import swap
from adsw.augment.vocabulary import OTHER, Vocabulary
from adsw.draws import generator
from adsw.errors import Faults
from adsw.spelling import distinct, one_text

Document = dict[str, Any]
_PIECES = re.compile(r"\w+(?:[/&'\u2019-]\w+)*|\W")
"""Words (*3/4* and *hip-hop* among them) and the single characters between them."""
_SEPARATOR = re.compile(r"---|:")


def text_preview(
    text: str,
    vocabulary: Vocabulary,
    count: int,
    seed: int,
    max_terms: int = 3,
    categories: Collection[str] | None = None,
) -> Document:
    """Return the terms found in a text, and some swaps of it.

    Returns:
        ``text``; ``terms``: start, end, surface, term, category of each; ``swaps``: text, terms (from, to,
        category) and changes (start, end, new_start, new_end) of each, at most `count` different ones.
    """
    reading = vocabulary.read(text)
    rng = generator(seed, text, "preview")
    swaps: dict[str, Document] = {}
    for _ in range(count):
        made = swap(text, vocabulary, (), rng, max_terms, categories, reading)
        if made is not None:
            terms = [
                {"from": old, "to": new, "category": category}
                for (old, new), category in zip(made.terms, made.categories, strict=True)
            ]
            changes = [list(span[:4]) for span in made.spans]
            swaps.setdefault(made.text, {"text": made.text, "terms": terms, "changes": changes})
    return {
        "text": text,
        "terms": [match._asdict() for match in vocabulary.find(text)],
        "swaps": list(swaps.values()),
    }


def bank_preview(texts: Sequence[BankText]) -> Document:
    """Return the texts of a track as in its bank, each original with its swaps.

    Returns:
        ``views``: kept, weights and the two ``texts`` (tags and caption) of each; ``human``: the human
        captions. A text has ``source``, ``text`` and ``swaps``: text, terms (how many), categories and
        changes of each; a caption also what is known of it: captioner, attempts, coverage, added.
    """
    swaps: dict[int, list[Document]] = {}
    for text in texts:
        if text.swap_of >= 0:
            swaps.setdefault(text.swap_of, []).append(
                {
                    "text": text.text,
                    "terms": text.swap_terms,
                    "categories": list(text.swap_categories),
                    "changes": [list(change) for change in changes_between(texts[text.swap_of].text, text.text)],
                }
            )
    views: dict[int, Document] = {}
    human = []
    for index, text in enumerate(texts):
        if text.swap_of < 0:
            shown = {"source": text.source, "text": text.text, **_known_of(text), "swaps": swaps.get(index, [])}
            if text.view < 0:
                human.append(shown)
            else:
                empty = {
                    "kept": text.kept,
                    "weight_none": text.weight_none,
                    "weight_category": text.weight_category,
                    "texts": [],
                }
                views.setdefault(text.view, empty)["texts"].append(shown)
    return {"views": list(views.values()), "human": human}


def _known_of(text: BankText) -> Document:
    """Return the figures of how a caption was made and of what it states, those that are known."""
    figures = {name: getattr(text, name) for name in ("captioner", "attempts", "coverage", "added")}
    return {name: value for name, value in figures.items() if value is not None}


def changes_between(original: str, changed: str) -> list[tuple[int, int, int, int]]:
    """Return where two texts differ, word by word: start, end in the original, then in the changed one.

    >>> changes_between("a slow jig", "a fast jig")
    [(2, 6, 2, 6)]

    Changes with nothing but space between them are one.
    """
    old, new = _PIECES.findall(original), _PIECES.findall(changed)
    old_at, new_at = _places(old), _places(new)
    matcher = difflib.SequenceMatcher(None, old, new)
    changes: list[tuple[int, int, int, int]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        start, new_start = old_at[a], new_at[c]
        if changes and original[changes[-1][1] : start].isspace():  # "slow air" to "fast jig" is one change
            start, _, new_start, _ = changes.pop()
        changes.append((start, old_at[b], new_start, new_at[d]))
    return changes


def _places(pieces: Sequence[str]) -> list[int]:
    """Return where each piece begins in the joined text, and where the last one ends."""
    places = [0]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    return places


def parse_tags(given: str, vocabulary: Vocabulary, faults: Faults) -> dict[str, tuple[str, ...]]:
    """Parse the tags of a command line: ``instrument:flute,mode:minor``.

    A tag without a category gets the one it is known in.

    Faults found are added to `faults`.
    """
    tags: dict[str, list[str]] = {}
    for item in given.split(","):
        parts = [one_text(part) for part in _SEPARATOR.split(item, maxsplit=1)]
        if not all(parts):
            faults.add("--tags", "must be category:tag pairs with commas between", item, "Write instrument:flute.")
            continue
        category = parts[0] if len(parts) == 2 else vocabulary.category_of(parts[0]) or OTHER
        tags.setdefault(category, []).append(parts[-1])
    return {category: distinct(names) for category, names in tags.items()}


def evenly(items: Sequence[Document], count: int) -> list[Document]:
    """Return at most `count` of the items, evenly spread, the first and the last among them; all for 0."""
    if not count or count >= len(items):
        return list(items)
    if count == 1:
        return [items[-1]]
    return [items[round(place * (len(items) - 1) / (count - 1))] for place in range(count)]


def stored_texts(rows: Sequence[Mapping[str, Any]]) -> list[BankText]:
    """Return the texts of a store's row."""
    return [BankText(**_with_tuples(row)) for row in rows]


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored text with tuples for lists."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return values | {"swap_categories": values["swap_categories"] or ()}
