"""`adsw augment`: what augmentation makes of a text, a list of tags, or a track of a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adsw.cli.run import console, emit_json
from adsw.errors import Faults, unknown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from adsw.augment.vocabulary import Vocabulary

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")


def augment(
    text: Annotated[str | None, typer.Option("--text", help="A text: show its terms and swaps.")] = None,
    tags: Annotated[
        str | None,
        typer.Option("--tags", help="Tags such as instrument:flute,mode:minor: show views, captions, swaps."),
    ] = None,
    store: Annotated[Path | None, typer.Option("--store", help="A store; with --track.")] = None,
    track: Annotated[
        str | None, typer.Option("--track", help="The track of the store: show what its bank holds.")
    ] = None,
    count: Annotated[
        int, typer.Option("--n", help="How many swaps of a text, or views of tags, to show; 0: all views.")
    ] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Draws other views, captions and swaps.")] = 0,
    max_terms: Annotated[int, typer.Option("--max-terms", help="Terms replaced at most in one text.")] = 3,
    categories: Annotated[
        str | None, typer.Option("--categories", help="Replace only terms of these, with commas between.")
    ] = None,
    captioner: Annotated[str, typer.Option("--captioner", help="What words the views.")] = "template",
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", help="A YAML file of your own terms, by category.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Preview views, captions and swaps; what a swap changed is in colour."""
    from adsw.augment.preview import text_preview
    from adsw.augment.vocabulary import builtin

    _check_source(text, tags, store, track, count, max_terms)
    text, tags = _printable(text), _printable(tags)
    words = builtin().with_file(vocabulary) if vocabulary else builtin()
    only = _categories(categories, words)
    document: dict[str, Any] = {}
    if text is not None:
        document = text_preview(text, words, max(count, 1), seed, max_terms, only)
    elif tags is not None:
        document = _of_tags(tags, words, captioner, seed, max_terms)
    elif store is not None and track is not None:
        document = _of_track(store, track)
    if vocabulary:
        document["conflicts"] = [conflict._asdict() for conflict in words.conflicts]
    _trim(document, count)
    if as_json:
        emit_json(document)
        return
    from rich.console import Console

    out = Console(highlight=False)
    _show_text(document, words, out) if text is not None else _show_bank(document, out)
    _warn_of_conflicts(words, vocabulary)


def _check_source(
    text: str | None, tags: str | None, store: Path | None, track: str | None, count: int, max_terms: int
) -> None:
    faults = Faults("Nothing to augment")
    given = [name for name, value in (("--text", text), ("--tags", tags), ("--store", store)) if value is not None]
    if len(given) != 1:
        fix = "Give one of --text, --tags, or --store with --track."
        faults.add("adsw augment", "needs exactly one thing to work on", ", ".join(given) or None, fix)
    if (store is None) != (track is None):
        faults.add("--store, --track", "go together", None, "Give both.")
    if count < 0:
        faults.add("--n", "must not be negative", count, "Give a number, or 0 for all views.")
    if max_terms < 1:
        faults.add("--max-terms", "must be at least 1", max_terms, "Give a number from 1.")
    faults.raise_if_any()


def _printable(given: str | None) -> str | None:
    """An argument without the surrogates that stand for bytes which are no text."""
    return None if given is None else given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _categories(given: str | None, vocabulary: Vocabulary) -> list[str] | None:
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    faults = Faults("No such category")
    faults.extend(
        unknown("--categories", name, vocabulary.categories, "category")
        for name in names
        if name not in vocabulary.categories
    )
    faults.raise_if_any()
    return names


def _of_tags(given: str, vocabulary: Vocabulary, captioner: str, seed: int, max_terms: int) -> dict[str, Any]:
    """What the bank would hold of a track with these tags, in a corpus of its own."""
    from adsw.augment.bank import BankConfig, corpus_vocabulary, track_texts
    from adsw.augment.captions.registry import captioner_named
    from adsw.augment.preview import bank_preview, parse_tags
    from adsw.corpus.track import Track

    faults = Faults("The tags cannot be used")
    parsed = parse_tags(given, vocabulary, faults)
    if max_terms > 16:
        faults.add("--max-terms", "must be at most 16", max_terms, "Give a smaller number.")
    faults.raise_if_any()
    track = Track("tags", None, None, None, parsed, (), "", "", "")
    extended = corpus_vocabulary([track], vocabulary)
    bank = BankConfig(seed=seed, swap_max_terms=max_terms)
    texts = track_texts(track, bank, extended, captioner_named(captioner, extended))
    return {"tags": {category: list(names) for category, names in parsed.items()}, **bank_preview(texts)}


def _of_track(store: Path, track: str) -> dict[str, Any]:
    """What the bank of a store holds of a track."""
    from adsw.augment.preview import bank_preview, stored_texts
    from adsw.cli.inspect import one_track
    from adsw.encode.store import Store

    row = one_track(Store.open(store), track)
    return {"track_id": row["track_id"], "tags": row["tags"], **bank_preview(stored_texts(row["texts"]))}


def _trim(document: dict[str, Any], count: int) -> None:
    """Keep `count` of the views, and say how many there are."""
    from adsw.augment.preview import evenly

    if "views" in document:
        document["views_in_all"] = len(document["views"])
        document["views"] = evenly(document["views"], count)


def _show_text(document: dict[str, Any], vocabulary: Vocabulary, out: Console) -> None:
    from rich.text import Text

    shown = Text(document["text"])
    for term in document["terms"]:
        shown.stylize(f"bold {_colour(term['category'], vocabulary)}", term["start"], term["end"])
    out.print(shown, soft_wrap=True)
    used = dict.fromkeys(term["category"] for term in document["terms"])
    legend = Text("  ").join(Text(name, style=_colour(name, vocabulary)) for name in used)
    out.print(legend if used else Text("No term of the vocabulary stands in it.", style="dim"))
    for swapped in document["swaps"]:
        line = Text("swap  ", style="dim") + _changed(document["text"], swapped)
        out.print(line, soft_wrap=True)
    if not document["swaps"]:
        out.print("[dim]Nothing in it can be swapped.[/]")


def _show_bank(document: dict[str, Any], out: Console) -> None:
    from rich.text import Text

    for category, names in document["tags"].items():
        out.print(Text(f"{category}: ", style="dim").append(", ".join(names), style="not dim bold"), soft_wrap=True)
    for view in document["views"]:
        weights = f"weights {view['weight_none']:.3f} none, {view['weight_category']:.3f} category"
        out.print(Text(f"\n{view['kept']} kept", style="bold").append(f"  {weights}", style="not bold dim"))
        _show_texts(view["texts"], out)
    if document["human"]:
        out.print(Text("\nhuman captions", style="bold"))
        _show_texts(document["human"], out)
    left = document["views_in_all"] - len(document["views"])
    if left:
        out.print(f"[dim]{left} more views; all of them: --n 0[/]")


def _show_texts(texts: list[dict[str, Any]], out: Console) -> None:
    from rich.text import Text

    for text in texts:
        out.print(Text(f"  {text['source']:<9}", style="dim").append(text["text"], style="not dim"), soft_wrap=True)
        for swapped in text["swaps"]:
            out.print(Text("  swap     ", style="dim") + _changed(text["text"], swapped), soft_wrap=True)


def _changed(original: str, swapped: dict[str, Any]) -> Text:
    """A swapped text with what was there struck through, an arrow, and what came in its place."""
    from rich.text import Text

    shown, read = Text(), 0
    for start, end, new_start, new_end in swapped["changes"]:
        shown.append(original[read:start], style="not dim")
        shown.append(original[start:end], style="not dim strike red")
        shown.append("→", style="not dim")
        shown.append(swapped["text"][new_start:new_end], style="not dim bold green")
        read = end
    return shown.append(original[read:], style="not dim")


def _colour(category: str, vocabulary: Vocabulary) -> str:
    return _COLOURS[vocabulary.categories.index(category) % len(_COLOURS)]


def _warn_of_conflicts(vocabulary: Vocabulary, file: Path | None) -> None:
    """Say where a term of the user's file has a sense elsewhere, and which of them counts."""
    if file is None:
        return
    from rich.markup import escape

    from adsw.augment.vocabulary import builtin

    known = set(builtin().conflicts)
    out = console()
    for conflict in vocabulary.conflicts:
        if conflict not in known:
            others = ", ".join(conflict.others)
            line = f"[yellow]{escape(conflict.surface)}[/] is {escape(conflict.chosen)}, not {escape(others)}"
            out.print(line, soft_wrap=True)
