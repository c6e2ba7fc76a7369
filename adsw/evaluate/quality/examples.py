"""Example captions: some drawn at random, and those with extreme figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.evaluate.quality.groups import Group
from adsw.evaluate.quality.sample import QualitySample
from adsw.evaluate.quality.stated import Stated
from adsw.evaluate.quality.values import Values

SHOWN = 5
"""Examples of each kind per group."""


@dataclass(frozen=True, slots=True)
class Example:
    """One caption with its tags."""

    group: str
    kind: str
    """``random``, ``states least``, ``adds most``, ``on most tracks``, ``least like its human captions``."""
    track_id: str
    text: str
    tags: tuple[str, ...]
    """The tags that it should state."""
    added: tuple[str, ...]
    """The terms that it states beyond them."""
    figure: float | None
    """The figure that makes it stand out; None for a random one."""

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {
            "group": self.group,
            "kind": self.kind,
            "track_id": self.track_id,
            "text": self.text,
            "tags": list(self.tags),
            "added": list(self.added),
            "figure": self.figure,
        }


_KINDS = (
    ("states least", "coverage", False, 1.0),
    ("adds most", "added", True, 0.0),
    ("on most tracks", "other_tracks", True, 0.0),
    ("least like its human captions", "human_margin", False, np.inf),
)
"""Kind, column, whether the largest values stand out (else the smallest), and the value that does not."""


def examples_of(
    sample: QualitySample, groups: Sequence[Group], values: Values, said: Stated, seed: int = 0
) -> list[Example]:
    """Choose up to `SHOWN` captions of every kind from every group of captions, each string once per kind.

    If captions are grouped by captioner, the group of all captions has no examples.
    """
    examples: list[Example] = []
    told_apart = any(group.captioner for group in groups)
    for group in groups:
        if group.source != "caption" or (told_apart and group.captioner is None):
            continue
        members = generator(seed, "quality examples").permutation(group.members)
        for place in _different(sample, members):
            examples.append(_example(sample, said, group, "random", place, None))
        # Members in random order: of equal figures a random one is shown.
        for kind, column, largest, usual in _KINDS:
            figures = values.columns[column]
            for place in _different(sample, _outstanding(members, figures, largest, usual)):
                examples.append(_example(sample, said, group, kind, place, float(figures[place])))
    return examples


def _outstanding(members: Ints, figures: Floats, largest: bool, usual: float) -> Ints:
    """Return the members with a figure other than the usual one, the most extreme first."""
    known = members[np.isfinite(figures[members]) & (figures[members] != usual)]
    order = np.argsort(-figures[known] if largest else figures[known], kind="stable")
    chosen: Ints = known[order]
    return chosen


def _different(sample: QualitySample, places: Ints) -> list[int]:
    """Return the first `SHOWN` rows with different strings."""
    chosen: dict[str, int] = {}
    for place in places.tolist():
        chosen.setdefault(sample.texts[place], place)
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())


def _example(sample: QualitySample, said: Stated, group: Group, kind: str, place: int, figure: float | None) -> Example:
    """Build the example of the text at a row of the sample."""
    return Example(
        group=group.name,
        kind=kind,
        track_id=sample.track_ids[int(sample.track[place])],
        text=sample.texts[place],
        tags=sample.words_for[place],
        added=said.added[place],
        figure=figure,
    )
