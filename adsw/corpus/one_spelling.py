"""One spelling for every text, tag, category and data set of a corpus, whatever its files write.

Ids and groups keep their spelling; they are compared by `adsw.spelling.folded`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

from adsw.corpus.track import Track
from adsw.spelling import commonest, distinct, folded, one_text


class _Described(Protocol):
    """What has tags and captions: a track, or a row about one."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def tags(self) -> dict[str, tuple[str, ...]]: ...

    @property
    def captions(self) -> tuple[str, ...]: ...


Described = TypeVar("Described", bound=_Described)

_SHOWN = 3
"""Names in a remark that are shown with their spellings."""


def in_one_spelling(rows: Sequence[Described], remarks: list[str]) -> list[Described]:
    """Return tracks whose texts are clean, and whose tags and categories have one spelling each.

    Captions and tags become `adsw.spelling.one_text`. Tags that differ in case are one tag, in the spelling that is
    commonest in the corpus; so are categories. A tag stands once in a category.

    Args:
        rows: tracks, or rows about them.
        remarks: what was changed is told here, counted.
    """
    unclean = sum(caption != one_text(caption) for row in rows for caption in row.captions)
    if unclean:
        count = "1 caption" if unclean == 1 else f"{unclean:,} captions"
        remarks.append(f"{count}: Unicode form and blanks made plain (NFC, single spaces).")
    tags = _Spellings("tag", "tags", (tag for row in rows for given in row.tags.values() for tag in given))
    categories = _Spellings("category", "categories", (category for row in rows for category in row.tags))
    remarks += [remark for names in (tags, categories) for remark in names.remarks()]
    return [
        replace(
            row,
            tags=_united(row.tags, tags.of, categories.of),
            captions=tuple(map(one_text, row.captions)),
        )
        for row in rows
    ]


def datasets_in_one_spelling(tracks: Sequence[Track], remarks: list[str]) -> list[Track]:
    """Return tracks whose data sets have one spelling each, the commonest; what was changed is added to the remarks."""
    names = _Spellings("data set", "data sets", (track.dataset for track in tracks))
    remarks += names.remarks()
    return [replace(track, dataset=names.of(track.dataset)) for track in tracks]


def _united(
    tags: Mapping[str, Iterable[str]], tag: Callable[[str], str], category: Callable[[str], str]
) -> dict[str, tuple[str, ...]]:
    """Return tags in their spellings, each once in its category."""
    united: dict[str, tuple[str, ...]] = {}
    for name, given in tags.items():
        united[category(name)] = distinct([*united.get(category(name), ()), *map(tag, given)])
    return united


class _Spellings:
    """The spellings of some names, and which of them is used."""

    def __init__(self, one: str, many: str, names: Iterable[str]) -> None:
        self._one, self._many = one, many
        self._given = Counter(names)
        self._counts: dict[str, Counter[str]] = {}
        for name, count in self._given.items():
            self._counts.setdefault(folded(name), Counter())[one_text(name)] += count
        self._used = {name: commonest(self._counts[folded(name)]) for name in self._given}

    def of(self, name: str) -> str:
        """Return the spelling that is used for a name."""
        return self._used[name]

    def remarks(self) -> Iterable[str]:
        """Yield how many names had several spellings, with the first of them; nothing if none had."""
        several: dict[str, Counter[str]] = {}
        for name, count in self._given.items():
            several.setdefault(self._used[name], Counter())[name] += count
        changed = {used: spellings for used, spellings in several.items() if set(spellings) != {used}}
        if not changed:
            return
        shown = "; ".join(
            f"{used!r} for {', '.join(ascii(name) for name in sorted(spellings) if name != used)}"
            for used, spellings in sorted(changed.items())[:_SHOWN]
        )
        more = f"; and {len(changed) - _SHOWN:,} more" if len(changed) > _SHOWN else ""
        which = f"1 {self._one}" if len(changed) == 1 else f"{len(changed):,} {self._many}"
        yield f"{which} with other spellings, read as one: {shown}{more}."
