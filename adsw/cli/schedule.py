"""`adsw schedule`: a schedule's values, in a table, a plot or a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from adsw.cli.run import emit_json
from adsw.console import console
from adsw.errors import Faults
from adsw.files import check_file, publish_text
from adsw.train.schedules import Adaptive
from adsw.train.schedules.describe import fastest, followed_path, known_path, schedule_words, simulated

if TYPE_CHECKING:
    from adsw.cli.schedule_input import Recording
    from adsw.train.schedules import AnySchedule, Signals
    from adsw.train.schedules import describe as paths

MOST_EPOCHS = 100_000


def schedule(
    text: Annotated[
        str | None,
        typer.Argument(metavar="[SCHEDULE]", help="A number or a mapping, as in a recipe.", show_default=False),
    ] = None,
    recipe: Annotated[Path | None, typer.Option("--recipe", help="YAML file of changes to the recipe.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Which of the recipe's schedules: text.swap.probability, for one.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Epochs to show; what it takes by default.")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw it.")] = False,
    signal: Annotated[
        str | None,
        typer.Option(
            "--signal", metavar="0.1,0.3,...", help="Adaptive: what it follows, epoch by epoch; the last one stays."
        ),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option("--curve", help="Adaptive: follow a recorded training: a run folder, or what adsw train wrote."),
    ] = None,
    trial: Annotated[int | None, typer.Option("--trial", help="Which trial of the run folder.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what a schedule comes to, epoch by epoch.

    Any of text.mix.*, text.view_dropout.rate, text.swap.probability, data.mix.*
    and optim.lr takes one. Kinds: constant (or a number), linear, cosine,
    exponential, step, piecewise, adaptive. The paper's p_cap is a mix of two
    sources: text.mix.caption: p with text.mix.tags: 1 - p.

    An adaptive schedule goes as the training goes. It is drawn under signals
    that speak for a raise after every epoch, the fastest it can go; under those
    of --signal; or under a recorded training's, --curve.

    Examples:

      adsw schedule '{kind: linear, start: 0, end: 0.15, epochs: 20}' --plot

      adsw schedule '{kind: adaptive, start: 0, end: 0.3}' --curve runs/first --trial 3

      adsw schedule --curve runs/first --trial 3 --name text.swap.probability

      adsw schedule --recipe mine.yaml --name optim.lr --html lr.html
    """
    from adsw.cli.schedule_input import read_recording, read_schedule

    _check(epochs, signal, curve, trial, html)
    # A curve given alone brings the recipe of its own trial along.
    alone = curve is not None and text is None and recipe is None
    recording = read_recording(curve, trial) if curve is not None and alone else None
    chosen = read_schedule(text, recipe, name, recording.recipe if recording else None)
    if chosen.schedule.kind != "adaptive":
        _refuse_signals(chosen.schedule.kind, signal, None if alone else curve)
        recording = None
    elif curve is not None and recording is None:
        recording = read_recording(curve, trial)
    path = _path(chosen.schedule, epochs or (None if recording else chosen.epochs), signal, recording)
    if html is not None:
        _write_page(html, path, name)
    if as_json:
        emit_json(_document(path, name))
        return
    _show(path, name, plot)


def _check(epochs: int | None, signal: str | None, curve: Path | None, trial: int | None, html: Path | None) -> None:
    """Check that options are in range and go together."""
    faults = Faults("The schedule cannot be shown")
    if epochs is not None and not 1 <= epochs <= MOST_EPOCHS:
        faults.add("--epochs", f"must lie between 1 and {MOST_EPOCHS:,}", epochs)
    if signal is not None and curve is not None:
        faults.add("--signal, --curve", "exclude each other", None, "Give one of them.")
    if trial is not None and curve is None:
        faults.add("--trial", "is of a recorded curve", trial, "Give --curve too.")
    check_file("--html", html, faults)
    faults.raise_if_any()


def _refuse_signals(kind: str, signal: str | None, curve: Path | None) -> None:
    """Refuse signals for a schedule that follows none."""
    faults = Faults("The schedule cannot be shown")
    for option, given in (("--signal", signal), ("--curve", curve)):
        if given is not None:
            fix = "Leave it out, or set kind: adaptive."
            faults.add(option, f"is for adaptive schedules: {kind} follows nothing", str(given), fix)
    faults.raise_if_any()


def _enough(schedule: AnySchedule) -> int:
    """Return the number of epochs until a schedule changes no more, and a few on top."""
    last = max(schedule.breakpoints)
    return min(MOST_EPOCHS, max(10, int(last * 1.15) + 1))


def _path(schedule: AnySchedule, epochs: int | None, signal: str | None, recording: Recording | None) -> paths.Path:
    """Return the path to show.

    Raises:
        InputError: signals that cannot be used.
    """

    if isinstance(schedule, Adaptive):
        try:
            return followed_path(schedule, *_signals(schedule, epochs, signal, recording))
        except ValueError as error:
            faults = Faults("The schedule cannot be shown")
            faults.add("--curve" if recording else "--signal", str(error), recording.words if recording else signal)
            faults.raise_if_any()
    return known_path(schedule, epochs or _enough(schedule))


def _signals(
    schedule: Adaptive, epochs: int | None, signal: str | None, recording: Recording | None
) -> tuple[Sequence[Signals], str]:
    """Return the signals that an adaptive schedule is shown to follow, and what they are in words.

    Raises:
        ValueError: a signal that is no number.
    """

    if recording is not None:
        return recording.signals[:epochs], recording.words
    count = epochs or _enough(schedule)
    if signal is None:
        return fastest(schedule, count), "simulated signals: every epoch speaks for a raise, the fastest it can go"
    figures = _figures(signal)
    listed = ", ".join(f"{figure:g}" for figure in figures[:8]) + (", ..." if len(figures) > 8 else "")
    under = f"simulated signals: {schedule.watches} of {listed}, the last one to the end"
    return simulated(schedule, figures, count), under


def _figures(signal: str) -> list[float]:
    """Read numbers with commas between.

    Raises:
        ValueError: something else.
    """
    try:
        return [float(figure) for figure in signal.split(",")]
    except ValueError:
        raise ValueError("must be numbers with commas between") from None


def _document(path: paths.Path, name: str | None) -> dict[str, Any]:
    """Return what --json prints."""

    return {
        "name": name,
        "schedule": path.schedule.model_dump(mode="json"),
        "words": schedule_words(path.schedule),
        "signals": path.under,
        "epochs": list(range(path.epochs + 1)),
        "values": list(path.values),
    }


def _write_page(html: Path, path: paths.Path, name: str | None) -> None:
    from adsw.cli.schedule_page import render

    publish_text(html, render(path, name))
    console().print(f"Page: {html}", soft_wrap=True, markup=False)


def _show(path: paths.Path, name: str | None, plot: bool) -> None:
    """Print the schedule in words, its plot and its table."""

    from adsw.cli.schedule_screen import print_plot, print_table

    out = Console(highlight=False)
    out.print(f"{name or 'Schedule'}: {schedule_words(path.schedule)}.", markup=False)
    if path.under is not None:
        out.print(f"Its path depends on the training. Here it follows {path.under}.", markup=False, style="yellow")
    out.print()
    if plot:
        print_plot(path, out)
    print_table(path, out)
