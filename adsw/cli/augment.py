"""`adsw augment`: what augmentation makes of a text, a list of tags, or a track of a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from adsw.api.caption_options import bank_settings, tell_conflicts
from adsw.augment.vocabulary import builtin
from adsw.cli.run import emit_json
from adsw.errors import Faults, unknown
from adsw.spelling import one_text

if TYPE_CHECKING:
    from adsw.augment.bank import BankConfig
    from adsw.augment.vocabulary import Vocabulary

MOST_TERMS = 16
"""Replaced terms of a bank's swap at most."""


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
    views: Annotated[
        str, typer.Option("--views", help="Of tags: views at every kept count, or paper: about 10 in all.")
    ] = "2",
    levels: Annotated[
        int | None, typer.Option("--levels", help="Of tags: kept counts at most, evenly spread; all by default.")
    ] = None,
    captioner: Annotated[
        str, typer.Option("--captioner", help="Of tags: what words the views, as in adsw prepare.")
    ] = "template",
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", help="A YAML file of your own terms, by category.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Preview views, captions and swaps; what a swap changed is in colour.

    Of a caption is shown what share of the tags it states, and how many terms
    of the vocabulary it adds.

      adsw augment --text "A slow Irish jig on the flute" --n 5

      adsw augment --tags instrument:flute,mode:minor,slow --views paper --seed 3

      adsw augment --store stores/mine --track t42 --n 0 --json
    """
    from adsw.augment.preview import text_preview

    _check_source(text, tags, store, track, count, max_terms)
    text, tags = _printable(text), _printable(tags)
    words = builtin().with_file(vocabulary) if vocabulary else builtin()
    only = _categories(categories, words)
    document: dict[str, Any] = {}
    if text is not None:
        document = text_preview(text, words, max(count, 1), seed, max_terms, only)
    elif tags is not None:
        bank = bank_settings(views, levels, 1, seed).model_copy(update={"swap_max_terms": max_terms})
        document = _of_tags(tags, words, captioner, bank)
    elif store is not None and track is not None:
        document = _of_track(store, track)
    if vocabulary:
        document["conflicts"] = [conflict._asdict() for conflict in words.conflicts]
    _trim(document, count)
    if as_json:
        emit_json(document)
        return

    out = Console(highlight=False)
    show_text(document, words, out) if text is not None else show_bank(document, out)
    if vocabulary:
        tell_conflicts(words)


def _check_source(
    text: str | None, tags: str | None, store: Path | None, track: str | None, count: int, max_terms: int
) -> None:
    """Check that exactly one source is given, and numbers in range.

    Raises:
        InputError: every fault.
    """
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
    if tags is not None and max_terms > MOST_TERMS:
        faults.add("--max-terms", f"must be at most {MOST_TERMS}", max_terms, "Give a smaller number.")
    faults.raise_if_any()


def _printable(given: str | None) -> str | None:
    """Return an argument as one text, with a replacement character for each byte that is not UTF-8."""
    # Python keeps such bytes of an argument as surrogates, which cannot be printed.
    return None if given is None else one_text(given.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _categories(given: str | None, vocabulary: Vocabulary) -> list[str] | None:
    """Read --categories; return None for all.

    Raises:
        InputError: unknown categories.
    """
    if given is None:
        return None
    names = [one_text(name) for name in given.split(",")]
    faults = Faults("No such category")
    faults.extend(
        unknown("--categories", name, vocabulary.categories, "category")
        for name in names
        if name not in vocabulary.categories
    )
    faults.raise_if_any()
    return names


def _of_tags(given: str, vocabulary: Vocabulary, captioner: str, bank: BankConfig) -> dict[str, Any]:
    """Return the bank of texts of a track with these tags, as if it were the whole corpus."""
    from adsw.augment.bank import corpus_vocabulary, track_texts
    from adsw.augment.captions.captioner import captioner_named
    from adsw.augment.preview import bank_preview, parse_tags
    from adsw.corpus.track import Track

    faults = Faults("The tags cannot be used")
    parsed = parse_tags(given, vocabulary, faults)
    faults.raise_if_any()
    track = Track("tags", None, None, None, parsed, (), "", "", "")
    extended = corpus_vocabulary([track], vocabulary)
    texts = track_texts(track, bank, extended, captioner_named(captioner, extended))
    return {"tags": {category: list(names) for category, names in parsed.items()}, **bank_preview(texts)}


def _of_track(store: Path, track: str) -> dict[str, Any]:
    """Return what the bank of a store holds of a track."""
    from adsw.augment.preview import bank_preview, stored_texts
    from adsw.cli.inspect import one_track
    from adsw.store.store import Store

    row = one_track(Store.open(store), track)
    return {"track_id": row["track_id"], "tags": row["tags"], **bank_preview(stored_texts(row["texts"]))}


def _trim(document: dict[str, Any], count: int) -> None:
    """Keep `count` of the views in a document, evenly spread, and add how many there were."""
    from adsw.augment.preview import evenly

    if "views" in document:
        document["views_in_all"] = len(document["views"])
        document["views"] = evenly(document["views"], count)


_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")


def show_text(document: dict[str, Any], vocabulary: Vocabulary, out: Console) -> None:
    """Print a text with its terms in the colours of their categories, and its swaps."""
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


def show_bank(document: dict[str, Any], out: Console) -> None:
    """Print tags, and the texts of every view with their swaps."""
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
    for text in texts:
        line = Text(f"  {text['source']:<9}", style="dim").append(text["text"], style="not dim")
        out.print(line.append(_stated(text)), soft_wrap=True)
        for swapped in text["swaps"]:
            out.print(Text("  swap     ", style="dim") + _changed(text["text"], swapped), soft_wrap=True)


def _stated(text: dict[str, Any]) -> Text:
    """Write what share of the tags a caption states, how many terms it adds, and how often it was asked for."""
    if "coverage" not in text:
        return Text()
    whole, added, attempts = text["coverage"] == 1, text["added"], text.get("attempts", 1)
    shown = Text(
        "  states all tags" if whole else f"  states {text['coverage']:.0%} of the tags", "dim" if whole else "yellow"
    )
    if added:
        shown.append(f", adds {added} term{'s' if added > 1 else ''}", style="yellow")
    return shown.append(f", attempt {attempts}", style="dim") if attempts > 1 else shown


def _changed(original: str, swapped: dict[str, Any]) -> Text:
    """Return a swapped text, each replaced part struck through before an arrow and its replacement."""
    shown, read = Text(), 0
    for start, end, new_start, new_end in swapped["changes"]:
        shown.append(original[read:start], style="not dim")
        shown.append(original[start:end], style="not dim strike red")
        shown.append("→", style="not dim")
        shown.append(swapped["text"][new_start:new_end], style="not dim bold green")
        read = end
    return shown.append(original[read:], style="not dim")


def _colour(category: str, vocabulary: Vocabulary) -> str:
    """Return the colour of a category; past the eighth they repeat."""
    return _COLOURS[vocabulary.categories.index(category) % len(_COLOURS)]
