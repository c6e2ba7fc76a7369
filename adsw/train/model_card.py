"""The model card of a checkpoint: README.md with the Hub's metadata in front.

The metadata are those of https://huggingface.co/docs/hub/model-cards; the figures are in its `model-index`,
the pool of every set beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from adsw.metrics import DIRECTIONS, RANKS, Metric, digits_of, set_of
from adsw.store.store import pretrained_in_words
from adsw.train.recipe import Recipe, dotted

if TYPE_CHECKING:
    from jinja2 import Template

    from adsw.train.checkpoint_info import CheckpointInfo

_PAPER = "2409.11498"


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of a card: an identifier that the Hub knows; for ``other`` a name and a link as well."""

    identifier: str = "unknown"
    name: str | None = None
    link: str | None = None

    def metadata(self) -> dict[str, str]:
        """Return the keys of the Hub's metadata."""
        fields = {"license": self.identifier, "license_name": self.name, "license_link": self.link}
        return {key: value for key, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A metric of a set in both directions, None if it was not measured."""

    metric: str
    t2m: float | None
    m2t: float | None


@dataclass(frozen=True, slots=True)
class FigureSet:
    """All figures of one evaluation set; `tracks` is its pool, None if the checkpoint does not know it."""

    name: str
    tracks: int | None
    lines: tuple[FigureLine, ...]


def card(info: CheckpointInfo, repository: str | None = None, licence: Licence | None = None) -> str:
    """Return the card as Markdown.

    Args:
        info: the checkpoint described.
        repository: its name on the Hub, ``namespace/name``; None for a checkpoint in a folder.
        licence: the terms of the heads; unknown by default, for it is the training data that decides.
    """
    licence = licence or Licence()
    title = repository or f"Music-text heads on {info.audio_encoder.name} and {info.text_encoder.name}"
    sets = tuple(figure_sets(info.metrics, info.tracks))
    text = _template().render(
        metadata=_yaml(_metadata(info, title, licence)),
        title=title,
        repository=repository,
        licence=licence,
        info=info,
        sets=sets,
        changed=changed_settings(info.recipe),
        encoders=(info.audio_encoder, info.text_encoder),
        pretrained=pretrained_in_words((info.audio_encoder, info.text_encoder), info.caption_model),
        share=info.parameters.trainable / max(info.parameters.total, 1),
    )
    return text.rstrip() + "\n"


def changed_settings(recipe: Recipe) -> dict[str, Any]:
    """Return the settings of a recipe that differ from the default's, by dotted name."""
    default = dotted(Recipe())
    return {name: value for name, value in dotted(recipe).items() if default.get(name) != value}


def figure_sets(metrics: Mapping[str, float], tracks: Mapping[str, int]) -> Iterator[FigureSet]:
    """Yield the figures by set, in the order recorded; names not of the form ``set/direction/metric`` are left out.

    Args:
        metrics: by full name, such as ``test/t2m/R@10``.
        tracks: tracks of each split of the store.
    """
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for full, value in metrics.items():
        if set_of(full) and (metric := Metric.parse(full)).way in DIRECTIONS:
            figures.setdefault(metric.dataset, {}).setdefault(metric.name, {})[metric.way] = value
    for name, by_metric in figures.items():
        lines = tuple(FigureLine(metric, ways.get("t2m"), ways.get("m2t")) for metric, ways in by_metric.items())
        yield FigureSet(name, tracks.get(name), lines)


def _metadata(info: CheckpointInfo, title: str, licence: Licence) -> dict[str, Any]:
    """Return the metadata in front of the card."""
    results = list(_results(info))
    metadata: dict[str, Any] = {
        **licence.metadata(),
        "library_name": "adsw",
        "pipeline_tag": "feature-extraction",
        "tags": ["music", "audio", "text-to-music-retrieval", "contrastive-learning", f"arxiv:{_PAPER}"],
    }
    if results:
        metadata["metrics"] = list(dict.fromkeys(metric["type"] for result in results for metric in result["metrics"]))
        metadata["model-index"] = [{"name": title, "results": results}]
    return metadata


def _results(info: CheckpointInfo) -> Iterator[dict[str, Any]]:
    """Yield the entries of `model-index`: one per set and direction."""
    for figures in figure_sets(info.metrics, info.tracks):
        pool = "" if figures.tracks is None else f", {figures.tracks} tracks"
        for way, words in DIRECTIONS.items():
            values = {line.metric: getattr(line, way) for line in figures.lines}
            measured = [
                {"type": _hub_type(name), "value": value, "name": name}
                for name, value in values.items()
                if value is not None
            ]
            if measured:
                yield {
                    "task": {"type": "retrieval", "name": f"{words} retrieval"},
                    "dataset": {
                        "type": f"adsw-store-{info.store_fingerprint[:12]}",
                        "name": f"{figures.name}{pool}",
                        "config": way,
                        "split": figures.name,
                    },
                    "metrics": measured,
                }


def _hub_type(metric: str) -> str:
    """Return the identifier of a metric on the Hub."""
    return RANKS[metric].replace(" ", "_") if metric in RANKS else metric.lower().replace("@", "_at_")


def _yaml(value: Mapping[str, Any]) -> str:

    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=120)


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters |= {"figure": _figure, "cell": _cell}
    return environment.from_string((files("adsw.train") / "model_card.md").read_text(encoding="utf-8"))


def _figure(value: float | None, metric: str) -> str:
    """Return a figure as text: ranks with one decimal, fractions with three, empty for None."""
    if value is None:
        return ""
    return f"{value:.{digits_of(metric, 3)}f}"


def _cell(value: object) -> str:
    """Return a value as text that cannot break its table."""
    return " ".join(str(value).split()).replace("|", r"\|")
