"""`adsw.search`: tracks by texts, by other tracks, by audio files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.api.arguments import Place, listed, path_of
from adsw.console import console
from adsw.errors import Fault, Faults, InputError, unknown
from adsw.files import check_file, publish_text

if TYPE_CHECKING:
    from pandas import DataFrame

    from adsw.search.library import Found, Hit, Library

PLAYS = ("embed", "link", "none")


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, best first."""

    found: Found
    library: Library
    """What was searched, to be searched again without being opened anew."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The tracks found."""
        return self.found.hits

    @property
    def frame(self) -> DataFrame:
        """A row per track found."""
        import pandas as pd

        return pd.DataFrame([asdict(hit) for hit in self.hits]).set_index("rank")

    def document(self) -> dict[str, Any]:
        """Return what ``adsw search --json`` prints."""
        return document(self.found, self.library)

    def _repr_html_(self) -> str:
        """Return the tracks found as a table, for notebooks."""
        return str(self.frame[["score", "track_id", "split", "tags"]]._repr_html_())


def search(
    target: Place,
    text: str | None = None,
    *,
    store: Place | None = None,
    count: int = 5,
    like: str | Iterable[str] | None = None,
    not_: str | Iterable[str] | None = None,
    audio: Place | Iterable[Place] | None = None,
    split: str = "all",
    html: Place | None = None,
    play: str = "embed",
) -> Searched:
    """Find tracks by their sound; arguments and defaults are those of ``adsw search --help``.

    Raises:
        InputError: everything that is wrong with the arguments, or an audio file that cannot be read.
    """
    from adsw.search.query import Query

    page = path_of(html)
    _check(play, page)
    query = Query(
        texts=() if text is None else (text,),
        like=tuple(listed(like)),
        audio=tuple(listed(audio)),
        unwanted=tuple(listed(not_)),
    )
    with console().status("Searching"):
        library = open_library(Path(target), path_of(store))
        found = library.find(query, count, None if split == "all" else [split])
    if page is not None:
        _write_page(found, library, page, play)
    return Searched(found, library)


def open_library(target: Path, store: Path | None) -> Library:
    """Open what is searched: an index, or the store's tracks under a checkpoint.

    Raises:
        InputError: the target is neither, the store is missing, or it is not the index's.
    """
    from adsw.search.index import INDEX_FILE, open_index
    from adsw.search.library import Library
    from adsw.train.checkpoint import RECIPE_FILE

    if (target / INDEX_FILE).is_file():
        library, _ = open_index(target)
        if store is not None:
            _check_store(library, store)
        return library
    title = "Nothing can be searched so"
    if not (target / RECIPE_FILE).is_file():
        rule = "must be an index (adsw index writes one) or a checkpoint (adsw train writes one)"
        raise InputError(title, [Fault(str(target), rule)])
    if store is None:
        fix = "Add --store, or make an index with: adsw index"
        raise InputError(title, [Fault("--store", "is required with a checkpoint", None, fix)])
    return Library.of_store(target, store)


def document(found: Found, library: Library) -> dict[str, Any]:
    """Return what --json prints of a search."""

    query = found.query
    return {
        "text": query.texts[0] if query.texts else None,
        "like": list(query.like),
        "audio": list(query.audio),
        "not": list(query.unwanted),
        "tracks": found.searched,
        "splits": list(found.splits),
        "wanted": found.wanted,
        "exact": found.recall is None,
        "recall": None if found.recall is None else found.recall.model_dump(),
        "model_sha256": library.checkpoint.info.model_sha256,
        "store_fingerprint": library.store_fingerprint,
        "hits": [asdict(hit) for hit in found.hits],
    }


def _check(play: str, html: Path | None) -> None:
    """Check the way to play, and that the page can be written."""
    faults = Faults("Nothing can be searched so")
    if play not in PLAYS:
        faults.extend([unknown("--play", play, PLAYS, "way to play")])
    check_file("--html", html, faults)
    faults.raise_if_any()


def _check_store(library: Library, store: Path) -> None:
    """Check that a store is the one that an index was made of.

    Raises:
        InputError: it is another.
    """
    from adsw.store.store import Store

    given = Store.open(store).info.fingerprint
    if given != library.store_fingerprint:
        rule = f"must be the index's own store, {library.store_fingerprint[:12]}"
        raise InputError(
            "The index cannot be used so", [Fault("--store", rule, given[:12], "Leave it out: an index needs none.")]
        )


def _write_page(found: Found, library: Library, html: Path, play: Any) -> None:
    from adsw.search.page import render

    publish_text(html, render(found, library, html, play))
