"""Speed and coverage of text augmentation on one core.

    python benchmarks/augment.py [--data DIR] [--json]

DIR may hold, as their authors publish them, ``musiccaps/musiccaps-public.csv``, ``sdd/song_describer.csv`` and
``mtg_jamendo/split-0/autotagging-validation.tsv``; what is there is used. Without any, captions of the template are.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from adsw.augment.bank import BankConfig, corpus_vocabulary, track_texts
from adsw.augment.captions.protocol import TagView
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.swap import swap
from adsw.augment.views import views_of
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.corpus.track import Track
from adsw.draws import generator

Item = TypeVar("Item")

BLOCK = 500
RUNS = 5
SWAPS_PER_TEXT = 4
"""Swaps of one text that share one reading of it, as in a bank with so many swaps per text."""


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder with public data sets")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--tracks", type=int, default=2000, help="tracks whose bank is made")
    given = parser.parse_args()
    results = measure(given.data, given.tracks)
    if given.json:
        print(json.dumps(results, indent=2))
    else:
        show(results)


def measure(data: Path | None, tracks: int) -> dict[str, Any]:
    """All figures; the sets that are not there are left out."""
    started = time.perf_counter()
    vocabulary = builtin()
    results: dict[str, Any] = {
        "vocabulary": {
            "terms": len(vocabulary.terms),
            "forms": sum(len(term.surfaces) for term in vocabulary.terms),
            "seconds_to_load": time.perf_counter() - started,
        }
    }
    sets = {
        "MusicCaps": captions_of(data, "musiccaps/musiccaps-public.csv"),
        "Song Describer": captions_of(data, "sdd/song_describer.csv"),
    }
    jamendo = jamendo_tracks(data)
    made = jamendo or synthetic_tracks(vocabulary)
    sets = {name: captions for name, captions in sets.items() if captions} or {
        "template captions": template_captions(made[:2000])
    }
    results["swaps"] = {name: swaps_of(captions, vocabulary) for name, captions in sets.items()}
    if jamendo:
        results["jamendo_tags"] = category_figures(jamendo, vocabulary)
    results["bank"] = bank_figures(made[:tracks])
    return results


def captions_of(data: Path | None, name: str) -> list[str]:
    """The column ``caption`` of a CSV file; none where the file is not there."""
    if data is None or not (data / name).is_file():
        return []
    with (data / name).open(newline="", encoding="utf-8") as stream:
        return [row["caption"] for row in csv.DictReader(stream)]


def jamendo_tracks(data: Path | None) -> list[Track]:
    """Tracks with their tags by category; none where the file is not there."""
    path = None if data is None else data / "mtg_jamendo/split-0/autotagging-validation.tsv"
    if path is None or not path.is_file():
        return []
    tracks = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        (
            track_id,
            *_,
        ) = fields = line.split("\t")
        tags: dict[str, list[str]] = {}
        for field in fields[5:]:
            category, _, tag = field.partition("---")
            tags.setdefault(category, []).append(tag)
        tracks.append(track_of(track_id, {category: tuple(found) for category, found in tags.items()}))
    return tracks


def synthetic_tracks(vocabulary: Vocabulary, count: int = 5000) -> list[Track]:
    """Tracks with tags drawn from the vocabulary, four to nine of them."""
    rng = generator("benchmark", "tracks")
    pools = {
        category: vocabulary.terms_in(category)
        for category in ("genre", "instrument", "mood", "tempo", "era", "region", "mode", "metre", "form")
    }
    tracks = []
    for index in range(count):
        chosen = rng.permutation(list(pools))[: int(rng.integers(4, 10))]
        tags: dict[str, tuple[str, ...]] = {}
        for name in map(str, chosen):
            tags[name] = (pools[name][int(rng.integers(len(pools[name])))],)
        tracks.append(track_of(f"track-{index}", tags))
    return tracks


def track_of(track_id: str, tags: dict[str, tuple[str, ...]]) -> Track:
    """A track of which only the tags matter."""
    return Track(track_id, None, None, None, tags, (), "train", track_id, "benchmark")


def template_captions(tracks: list[Track]) -> list[str]:
    """One caption of all tags of each track."""
    views: list[TagView] = [track.tags for track in tracks]
    return [made.text for made in TemplateCaptioner().caption(views, [track.track_id for track in tracks])]


def swaps_of(captions: list[str], vocabulary: Vocabulary) -> dict[str, Any]:
    """Swaps per second, and how many captions have something to swap."""
    rng = generator("benchmark", "swaps")
    found = sum(swap(caption, vocabulary, (), rng) is not None for caption in captions)

    def one(caption: str) -> None:
        swap(caption, vocabulary, (), rng)

    def several(caption: str) -> None:
        reading = vocabulary.read(caption)
        for _ in range(SWAPS_PER_TEXT):
            swap(caption, vocabulary, (), rng, reading=reading)

    return {
        "captions": len(captions),
        "words_per_caption": sum(len(caption.split()) for caption in captions) / len(captions),
        "terms_per_caption": sum(len(vocabulary.find(caption)) for caption in captions) / len(captions),
        "with_something_to_swap": found / len(captions),
        "swaps_per_second": len(captions) / seconds(one, captions),
        f"swaps_per_second_{SWAPS_PER_TEXT}_per_text": SWAPS_PER_TEXT * len(captions) / seconds(several, captions),
    }


def category_figures(tracks: list[Track], vocabulary: Vocabulary) -> dict[str, int]:
    """How many of the tags are known, and fall in the category that the data set gives them."""
    given = {(category, tag) for track in tracks for category, tags in track.tags.items() for tag in tags}
    extended = corpus_vocabulary(tracks)
    allowed = {"mood/theme": {"mood", "theme"}}
    rows = [(allowed.get(category, {category}), tag) for category, tag in given]
    return {
        "tags": len(rows),
        "known": sum(vocabulary.category_of(tag) is not None for _, tag in rows),
        "true_category_among_senses": sum(not right.isdisjoint(vocabulary.senses(tag)) for right, tag in rows),
        "true_category_first": sum(vocabulary.category_of(tag) in right for right, tag in rows),
        "true_category_first_once_extended": sum(extended.category_of(tag) in right for right, tag in rows),
    }


def bank_figures(tracks: list[Track]) -> dict[str, Any]:
    """Views and bank texts per second, and the memory they leave behind."""

    def views_in(config: BankConfig, track: Track) -> int:
        bounds = (config.levels, config.most_views)
        return len(views_of(track.tags, config.views_per_count, generator(track.track_id), *bounds))

    kinds = {"two_per_count": BankConfig(), "paper": BankConfig.paper()}
    views = {
        f"views_per_second_{name}": sum(views_in(config, track) for track in tracks)
        / seconds(partial(views_in, config), tracks)
        for name, config in kinds.items()
    }
    vocabulary = corpus_vocabulary(tracks)
    captioner = TemplateCaptioner(vocabulary)
    texts = 0
    peaks = []
    started = time.process_time()
    for part in quarters(tracks):
        texts += sum(len(track_texts(track, BankConfig(), vocabulary, captioner)) for track in part)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    spent = time.process_time() - started
    return {
        "tracks": len(tracks),
        "tags_per_track": sum(len(tags) for track in tracks for tags in track.tags.values()) / len(tracks),
        **views,
        "texts_per_track": texts / len(tracks),
        "texts_per_second": texts / spent,
        "minutes_for_100000_tracks": 100_000 * spent / len(tracks) / 60,
        "peak_memory_mb_after_a_quarter": peaks[0],
        "peak_memory_mb_after_all": peaks[-1],
    }


def quarters(items: list[Track]) -> Iterator[list[Track]]:
    """The items in four parts."""
    size = max(1, -(-len(items) // 4))
    for first in range(0, len(items), size):
        yield items[first : first + size]


def seconds(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Processor seconds for all items: the fastest of several runs of each block of them, added up.

    Other work on the machine only ever slows a run down: the fastest is the nearest to what the code costs.
    """
    total = 0.0
    for first in range(0, len(items), BLOCK):
        spent = []
        for _ in range(RUNS):
            started = time.process_time()
            for item in items[first : first + BLOCK]:
                work(item)
            spent.append(time.process_time() - started)
        total += min(spent)
    return total


def show(results: dict[str, Any]) -> None:
    """Print the figures as tables."""
    out = Console()
    table = Table("swaps", title="One core, processor time", title_justify="left")
    for name in results["swaps"]:
        table.add_column(name, justify="right")
    for figure in next(iter(results["swaps"].values())):
        table.add_row(figure.replace("_", " "), *(shown(figure, found[figure]) for found in results["swaps"].values()))
    out.print(table)
    for part in ("jamendo_tags", "bank", "vocabulary"):
        if part in results:
            table = Table(part.replace("_", " "), "")
            table.columns[1].justify = "right"
            for figure, value in results[part].items():
                table.add_row(figure.replace("_", " "), shown(figure, value))
            out.print(table)


def shown(figure: str, value: float) -> str:
    """A figure for people."""
    if figure.startswith("with_"):
        return f"{value:.1%}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


if __name__ == "__main__":
    main()
