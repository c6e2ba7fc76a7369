"""Prompts of tags, embedded, and the scores of tracks for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.augment.english import article_for
from adsw.augment.vocabulary import Vocabulary
from adsw.encoders.protocol import TextEncoder
from adsw.errors import Fault, Faults
from adsw.fingerprint import fingerprint
from adsw.retrieval.evaluation import Heads, embed
from adsw.retrieval.nearest import distinct_rows
from adsw.spelling import one_text
from adsw.yaml_file import read_yaml

Tag = tuple[str, str]
"""Category and tag."""

TagLists = Mapping[str, Sequence[str]]
"""The tags of one track by category."""


@dataclass(frozen=True)
class Labels:
    """K tags of N tracks.

    Attributes:
        tags: the K tags, by category and then by name.
        truth: bool [N, K], whether the track has the tag.
        labelled: bool [N, K], whether the track has any tag of that tag's category, be it one of `tags` or not. Of a
            track without one it is not known whether the tag fits, so it counts neither for nor against.
    """

    tags: tuple[Tag, ...]
    truth: NDArray[np.bool_]
    labelled: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Sequence[TagLists], tags: Iterable[Tag] | None = None) -> Labels:
        """Build the matrices from the tags of every track.

        Args:
            tracks: the tags of each of N tracks, by category.
            tags: the tags wanted; None for all that occur.
        """
        given = [{(category, tag) for category, names in track.items() for tag in names} for track in tracks]
        wanted = tuple(sorted(set().union(*given) if tags is None else set(tags)))
        place = {tag: column for column, tag in enumerate(wanted)}
        columns: dict[str, list[int]] = {}
        for (category, _), column in place.items():
            columns.setdefault(category, []).append(column)
        truth = np.zeros((len(tracks), len(wanted)), dtype=bool)
        labelled = np.zeros_like(truth)
        for row, track_tags in enumerate(given):
            truth[row, [place[tag] for tag in track_tags if tag in place]] = True
            for category in {category for category, _ in track_tags} & columns.keys():
                labelled[row, columns[category]] = True
        return cls(wanted, truth, labelled)

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.truth)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories of the tags, sorted."""
        return tuple(dict.fromkeys(category for category, _ in self.tags))

    @cached_property
    def positives(self) -> NDArray[np.int64]:
        """Number of tracks that have the tag, int64 [K]."""
        counts: NDArray[np.int64] = self.truth.sum(axis=0)
        return counts

    @cached_property
    def negatives(self) -> NDArray[np.int64]:
        """Number of tracks labelled in the tag's category that do not have it, int64 [K]."""
        counts: NDArray[np.int64] = (self.labelled & ~self.truth).sum(axis=0)
        return counts

    @property
    def decidable(self) -> NDArray[np.bool_]:
        """Whether a tag has positives and negatives, so that an area is defined, bool [K]."""
        return (self.positives > 0) & (self.negatives > 0)

    def where(self, chosen: NDArray[np.bool_]) -> Labels:
        """Return the labels of the tags chosen by a mask, bool [K], for all tracks."""
        tags = tuple(tag for tag, keep in zip(self.tags, chosen, strict=True) if keep)
        return Labels(tags, self.truth[:, chosen], self.labelled[:, chosen])

    def of_category(self, category: str) -> NDArray[np.bool_]:
        """Return which of the tags are of a category, bool [K]."""
        return np.array([name == category for name, _ in self.tags], dtype=bool)

    def closed(self) -> Labels:
        """Return the same labels with every track labelled in every category: a tag that is not given is false."""
        return Labels(self.tags, self.truth, np.ones_like(self.labelled))


def tags_of(table: pa.Table) -> list[dict[str, list[str]]]:
    """Return the tags of every row of a store's table, by category, without empty categories."""
    given = (json.loads(tags) for tags in table.column("tags").to_pylist())
    return [{category: names for category, names in tags.items() if names} for tags in given]


def exclusive_categories(tracks: Sequence[TagLists]) -> frozenset[str]:
    """Return the categories in which every track that has a tag has exactly one."""
    categories = {category for track in tracks for category in track}
    several = {category for track in tracks for category, names in track.items() if len(set(names)) > 1}
    return frozenset(categories - several)


def names_of(tags: Collection[Tag]) -> tuple[str, ...]:
    """Return tags as ``category: tag``, sorted."""
    return tuple(f"{category}: {tag}" for category, tag in sorted(tags))


BUILTIN_FILE = Path(__file__).with_name("templates.yaml")

DEFAULT = "default"
"""Name of the templates for categories that have none."""

PLACEHOLDERS = ("tag", "a_tag")
"""What a template may hold: the tag, and the tag with *a* or *an* before it."""


@dataclass(frozen=True)
class Templates:
    """Templates by category; those under `DEFAULT` serve every category without any."""

    by_category: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path = BUILTIN_FILE) -> Templates:
        """Read a file of templates, by default the one that comes with the package.

        Raises:
            InputError: with every fault of the file.
        """
        content = read_yaml(path).content
        faults = Faults(f"The prompt templates {path} cannot be used")
        if not isinstance(content, Mapping):
            faults.add(
                path.name, "must map categories to lists of templates", content, "Write `genre: ['{tag} music']`."
            )
            faults.raise_if_any()
        for category, templates in content.items():
            faults.extend(_faults_in(f"{path.name}: {category}", templates))
        if DEFAULT not in content:
            faults.add(path.name, f"must have templates under {DEFAULT!r}", None, "They serve categories not named.")
        faults.raise_if_any()
        return cls({one_text(str(name)): tuple(map(one_text, templates)) for name, templates in content.items()})

    @cached_property
    def identity(self) -> str:
        """Fingerprint of the templates."""
        return fingerprint({category: list(templates) for category, templates in self.by_category.items()})

    def category_for(self, tag: Tag, vocabulary: Vocabulary) -> str:
        """Return the category whose templates a tag takes.

        That is the tag's category if it has templates, else the category that the vocabulary knows the tag by (*film*
        under ``mood/theme`` is a theme) if that has some, else `DEFAULT`.
        """
        category, name = tag
        if category in self.by_category:
            return category
        meant = vocabulary.meaning_of(category, name)
        return meant if meant in self.by_category else DEFAULT


def filled(template: str, tag: str) -> str:
    """Return the prompt that a template makes of a tag.

    >>> filled("This is {a_tag} song.", "indie")
    'This is an indie song.'
    """
    return template.format(tag=tag, a_tag=f"{article_for(tag)} {tag}")


def _faults_in(where: str, templates: Any) -> Iterator[Fault]:
    """Yield the faults of the templates of one category."""
    if not isinstance(templates, list) or not templates:
        yield Fault(where, "must be a list of at least one template", templates, "Write ['{tag} music'].")
        return
    for number, template in enumerate(templates, start=1):
        place = f"{where}, template {number}"
        if not isinstance(template, str):
            yield Fault(place, "must be text", template, "Quote it.")
            continue
        problem = _problem(template)
        if problem:
            yield Fault(place, problem, template, "Write {tag}, or {a_tag} for it with a or an.")
        if templates.index(template) < number - 1:
            yield Fault(place, "must not stand twice", template, "Remove it.")


def _problem(template: str) -> str:
    """Return what is wrong with a template's placeholders, or an empty text."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        return f"is no template: {error}"
    names = [name for _, name, _, _ in parsed if name is not None]
    plain = all(not spec and not conversion for _, name, spec, conversion in parsed if name is not None)
    if not names or not set(names) <= set(PLACEHOLDERS) or not plain:
        return "must hold {tag} or {a_tag}, and no other placeholder"
    return ""


@dataclass(frozen=True)
class Prompts:
    """The prompts of K tags, each embedded by the frozen encoder.

    Attributes:
        categories: the category, of each of K tags, whose templates it takes.
        templates: templates by category, for the categories in use.
        places: for each of K tags, int64 rows of its prompts in `tokens`, in the order of its category's templates.
        tokens: float16 [prompts, T_t, D_t], one per distinct prompt.
        identity: fingerprint of the templates.
    """

    categories: tuple[str, ...]
    templates: dict[str, tuple[str, ...]]
    places: tuple[NDArray[np.int64], ...]
    tokens: NDArray[np.float16]
    identity: str

    @classmethod
    def of(cls, tags: Sequence[Tag], templates: Templates, vocabulary: Vocabulary, encoder: TextEncoder) -> Prompts:
        """Fill in the templates for some tags and encode the prompts; equal prompts are encoded once."""
        categories = tuple(templates.category_for(tag, vocabulary) for tag in tags)
        number: dict[str, int] = {}
        places = []
        for (_, name), category in zip(tags, categories, strict=True):
            texts = [filled(template, name) for template in templates.by_category[category]]
            places.append(np.array([number.setdefault(text, len(number)) for text in texts], dtype=np.int64))
        # As in the store: the heads were trained on half-precision inputs.
        tokens = encoder.encode(list(number)).astype(np.float16)
        used = {category: templates.by_category[category] for category in categories}
        return cls(categories, used, tuple(places), tokens, templates.identity)


def cosines(rows_NP: torch.Tensor, columns_KP: torch.Tensor) -> Floats:
    """Return the inner products of all pairs of two sets of vectors [N, P] and [K, P], float64 [N, K].

    Equal vectors have equal scores, to the bit, so that they tie.
    """
    left, right = (part.detach().to("cpu", torch.float64).numpy() for part in (rows_NP, columns_KP))
    (rows, row), (columns, column) = distinct_rows(left), distinct_rows(right)
    products: Floats = (left[rows] @ right[columns].T)[row][:, column]
    return products


def prompt_scores(heads: Heads, audio_NTD: NDArray[np.float16], prompts: Prompts) -> tuple[Floats, Floats]:
    """Score all tracks for all tags and for all prompts.

    A tag is the mean of its prompts' unit vectors, scaled to length 1.

    Args:
        heads: the trained pair.
        audio_NTD: audio tokens of the tracks.
        prompts: of K tags.

    Returns:
        Cosines with the tags, float64 [N, K], and with the distinct prompts, float64 [N, prompts].

    Raises:
        ValueError: an embedding is NaN or infinite.
    """
    audio_NP = embed(heads.audio, audio_NTD, "audio")
    prompts_QP = embed(heads.text, prompts.tokens, "text")
    means = torch.stack([prompts_QP[torch.from_numpy(places)].mean(dim=0) for places in prompts.places])
    return cosines(audio_NP, torch.nn.functional.normalize(means, dim=-1)), cosines(audio_NP, prompts_QP)
