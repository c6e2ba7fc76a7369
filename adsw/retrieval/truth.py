"""Which texts of a set are true of which of its tracks, by what they claim and what is true of the tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.arrays import Ints
from adsw.train.block import Block
from adsw.train.claimed import Claimed, Names


def claims_of(block: Block, rows: Ints) -> list[list[str] | None]:
    """Return the names that some texts of a block claim, None where that is not known."""
    claims = pc.struct_field(pc.list_flatten(block.table["texts"]), "claims")
    return list(claims.take(pa.array(rows)).to_pylist())


@dataclass(frozen=True)
class Truth:
    """Tells which of Q texts are true of which of N tracks (`adsw.train.claimed`).

    Attributes:
        claimed: of the tracks and at least these texts.
        texts: int64 [Q], their numbers there.
        tracks: N.
    """

    claimed: Claimed
    texts: Ints
    tracks: int

    @classmethod
    def of(cls, claims: Sequence[Iterable[str] | None], truths: Sequence[Iterable[str] | None]) -> Truth | None:
        """Number the names.

        Args:
            claims: what each of the Q texts claims; None where that is not known.
            truths: what is true of each of the N tracks; None where that is not known.

        Returns:
            None if there is nothing to tell: no claims, or no truths, are known.
        """
        if any(all(names is None for names in sets) for sets in (claims, truths)):
            return None
        numbers: dict[str, int] = {}
        claimed = Claimed(Names.of_sets(claims, numbers), Names.of_sets(truths, numbers))
        return cls(claimed, np.arange(len(claims)), len(truths))

    def where(self, chosen: Ints) -> Truth:
        """Return the same for some of the texts, by their rows."""
        return replace(self, texts=self.texts[chosen])

    def of_texts(self, rows: Ints) -> NDArray[np.bool_]:
        """Return which tracks some texts are known to be true of, bool [n, N]."""
        return self.claimed.true_of(self.texts[rows], np.arange(self.tracks))

    def of_tracks(self, rows: Ints) -> NDArray[np.bool_]:
        """Return which texts are known to be true of some tracks, bool [n, Q]."""
        # Laid out by track, as the scores are.
        return np.ascontiguousarray(self.claimed.true_of(self.texts, rows).T)
