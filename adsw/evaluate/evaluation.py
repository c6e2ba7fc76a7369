"""Retrieval evaluation of a pair of heads on a fixed set of queries, in both directions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.errors import Fault, InputError
from adsw.evaluate.conventions import conventions
from adsw.evaluate.direction import Direction
from adsw.evaluate.distinct import distinct_rows
from adsw.evaluate.placement import Array, place
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.retrieval import score
from adsw.evaluate.targets import Targets
from adsw.metrics import DIRECTIONS
from adsw.publish import publishing

_FORMAT = 1
_BLOCK = 512


class Heads(Protocol):
    """What can be evaluated: two projections into one space, compared by inner product (unit vectors:
    cosine)."""

    def audio(self, tokens: torch.Tensor, /) -> torch.Tensor:
        """Embed audio tokens [n, T_a, D_a] as [n, P]."""
        ...

    def text(self, tokens: torch.Tensor, /) -> torch.Tensor:
        """Embed text tokens [n, T_t, D_t] as [n, P]."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """Results on one set of queries.

    Attributes:
        name: the set's name, the first part of every metric's name.
        queries: `QuerySet.identity`; results are comparable query by query where it agrees.
        t2m: texts as queries, tracks as the pool.
        m2t: tracks as queries, the distinct texts as the pool.
    """

    name: str
    queries: str
    t2m: Direction
    m2t: Direction

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Every figure by its full name: ``valid/t2m/R@10``."""
        return {
            f"{self.name}/{way}/{metric}": value
            for way in DIRECTIONS
            for metric, value in self.direction(way).metrics.items()
        }

    @cached_property
    def chance(self) -> dict[str, float]:
        """The figures of a random ranking, by the same names."""
        return {
            f"{self.name}/{way}/{metric}": value
            for way in DIRECTIONS
            for metric, value in self.direction(way).chance.items()
        }

    @cached_property
    def slices(self) -> dict[str, dict[str, float]]:
        """Text-to-music metrics by the source of the query (`QUERY_SOURCES`), each against the whole pool."""
        return {source: part.metrics for source, part in self.t2m.by_source().items()}

    @property
    def conventions(self) -> tuple[str, ...]:
        """How the figures were counted, to be printed with them."""
        return conventions(len(self.t2m), self.t2m.pool, len(self.m2t))

    def direction(self, way: str) -> Direction:
        """The results of ``t2m`` or ``m2t``.

        Raises:
            KeyError: another name.
        """
        return {"t2m": self.t2m, "m2t": self.m2t}[way]

    def save(self, path: Path) -> None:
        """Write the per-query results to an .npz file, atomically."""
        header = json.dumps({"format": _FORMAT, "name": self.name, "queries": self.queries})
        with publishing(path) as temporary, temporary.open("wb") as stream:
            arrays = self.t2m.arrays("t2m") | self.m2t.arrays("m2t")
            np.savez_compressed(stream, header=np.asarray(header), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing, or is not such a file.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                header = json.loads(str(arrays["header"]))
                if header["format"] != _FORMAT:
                    raise ValueError(f"format {header['format']}, not {_FORMAT}")
                parts = {way: Direction.from_arrays(arrays, way) for way in DIRECTIONS}
                return cls(header["name"], header["queries"], **parts)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            reason = "no such file" if isinstance(error, FileNotFoundError) else f"not readable ({error})"
            fault = Fault(str(path), f"must be an evaluation's results: {reason}")
            raise InputError("Results cannot be read", [fault]) from error


def evaluate(heads: Heads, queries: QuerySet, name: str = "valid") -> Evaluation:
    """Evaluate heads on the queries of a set, in both directions.

    Args:
        heads: called without gradients, on blocks of at most 512 rows.
        queries: the set.
        name: the set's name, the first part of every metric's name.

    Raises:
        ValueError: an embedding is NaN or infinite; the message says whether of the audio or of the texts.
    """
    audio_NP = embed(heads.audio, queries.audio, "audio")
    texts_QP = embed(heads.text, queries.text_embeddings, "text")
    return Evaluation(
        name,
        queries.identity,
        text_to_music(texts_QP, audio_NP, queries.targets, queries.sources),
        music_to_text(audio_NP, texts_QP, queries.targets),
    )


def text_to_music(texts_QP: Array, audio_NP: Array, targets: Targets, sources: NDArray[np.uint8]) -> Direction:
    """Rank all tracks for every text.

    Args:
        texts_QP: the queries.
        audio_NP: the pool.
        targets: the tracks of every text.
        sources: [Q], see `Direction`.

    Raises:
        ValueError: as `place`.
    """
    scores = score(place(texts_QP, audio_NP, targets))
    return Direction(scores, targets.counts, targets.items[targets.starts[:-1]], sources, len(audio_NP))


def music_to_text(audio_NP: Array, texts_QP: Array, targets: Targets) -> Direction:
    """Rank all distinct texts for every track that has one; `targets` are the tracks of every text.

    A track without any text stands in the pool of the other direction but asks nothing here.

    Raises:
        ValueError: as `place`.
    """
    asking, of_tracks = targets.turned()
    index = torch.from_numpy(asking).to(audio_NP.device) if isinstance(audio_NP, torch.Tensor) else asking
    scores = score(place(audio_NP[index], texts_QP, of_tracks))
    return Direction(scores, of_tracks.counts, asking, np.zeros(len(asking), dtype=np.uint8), len(texts_QP))


def embed(head: Callable[[torch.Tensor], torch.Tensor], tokens: NDArray[np.float16], what: str) -> torch.Tensor:
    """Embed tokens [n, T, D] block by block as [n, P], without gradients; equal inputs as equal vectors.

    Raises:
        ValueError: an embedding holds NaN or infinity; `what` names it.
    """
    firsts, group = distinct_rows(tokens)
    with torch.inference_mode():
        blocks = [
            head(torch.from_numpy(tokens[firsts[first : first + _BLOCK]])) for first in range(0, len(firsts), _BLOCK)
        ]
        embedded = torch.cat(blocks)
        if not torch.isfinite(embedded).all():
            raise ValueError(f"{what}: the heads give NaN or infinity; such embeddings cannot be ranked")
        return embedded if len(firsts) == len(tokens) else embedded[torch.from_numpy(group).to(embedded.device)]
