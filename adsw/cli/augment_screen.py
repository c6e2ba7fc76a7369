"""What `adsw augment` shows on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from adsw.augment.vocabulary import Vocabulary

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
