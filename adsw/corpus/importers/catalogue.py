"""The sets that can be imported, and which of them a file looks like."""

from __future__ import annotations

from collections.abc import Mapping

from adsw.corpus.importers import mtg_jamendo, musiccaps, song_describer, yt8m_mtc
from adsw.corpus.importers.public_set import PublicSet

SETS: Mapping[str, PublicSet] = {
    public_set.name: public_set for public_set in (musiccaps.SET, mtg_jamendo.SET, song_describer.SET, yt8m_mtc.SET)
}
"""Name -> set."""


def looks_like(header: str) -> PublicSet | None:
    """Return the set whose files begin with such a header line, or None if no set's do."""
    return next((public_set for public_set in SETS.values() if not public_set.form.missing(header)), None)
