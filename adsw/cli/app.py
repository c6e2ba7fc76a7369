"""The `adsw` command and its subcommands, a module each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from adsw.cli.group import LazyGroup, Listed, make_app
from adsw.cli.run import run_app

STORE = ("store",)


class AdswGroup(LazyGroup):
    """The commands of `adsw`."""

    listed: ClassVar[Mapping[str, Listed]] = {
        "init": Listed("adsw.cli.init", "Write a starter folder: a manifest to fill in, a space, a README, adsw.toml."),
        "quickstart": Listed(
            "adsw.cli.quickstart",
            "Render real scores with recorded instruments, tag them truly, and prepare their store.",
        ),
        "import": Listed("adsw.cli.import_", "Turn the files of a public data set into a manifest."),
        "prepare": Listed(
            "adsw.cli.prepare", "Encode all that a trial can need of a corpus, once: its audio, its texts, their swaps."
        ),
        "augment": Listed("adsw.cli.augment", "Preview views, captions and swaps; what a swap changed is in colour."),
        "inspect": Listed(
            "adsw.cli.inspect", "Show what a store holds; with --track one track's tags, views, captions and swaps."
        ),
        "quality": Listed(
            "adsw.cli.quality",
            "Measure a store's texts by source and captioner: what they state and invent, how varied, "
            "generic and like human captions they are.",
        ),
        "schedule": Listed("adsw.cli.schedule", "Show what a schedule comes to, epoch by epoch."),
        "train": Listed(
            "adsw.cli.train", "Train the heads by one recipe: the paper's, but for what you change.", STORE
        ),
        "evaluate": Listed(
            "adsw.cli.evaluate",
            "Evaluate retrieval in both directions: figures with 95 % intervals, beside chance and simpler rankings.",
            STORE,
        ),
        "index": Listed(
            "adsw.cli.index",
            'Embed a store\'s tracks once, to search them often and anywhere: [bold]adsw search OUT "text"[/].',
            STORE,
        ),
        "search": Listed(
            "adsw.cli.search", "Find tracks by their sound: near a text, near other tracks, near an audio file."
        ),
        "export": Listed(
            "adsw.cli.export",
            "Write a checkpoint as a folder that the Hugging Face Hub accepts: heads, recipe and a model card.",
        ),
        "shift": Listed(
            "adsw.cli.shift",
            "Compare sets: distances of audio and texts, words and tags one lacks, style; with "
            "checkpoints, which metric on one set predicts which on another.",
        ),
        "encoders": Listed("adsw.cli.encoders", "List the encoders, or examine one."),
        "doctor": Listed("adsw.cli.doctor", "Look at everything that has to work, and say how to mend what does not."),
    }


app = make_app("adsw", "Music-text representation learning after [bold]Augment, Drop & Swap[/].", AdswGroup)


def main() -> None:
    """Run the `adsw` command; its entry point."""
    run_app(app, "adsw")
