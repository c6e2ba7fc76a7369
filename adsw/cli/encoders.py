"""`adsw encoders`: which encoders there are, and whether one of them can be relied on."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adsw.cli.run import Status, console, emit_json
from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, row
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from adsw.encoders.check.findings import CheckReport, Finding
    from adsw.encoders.check.heard import Heard
    from adsw.encoders.listing import Listed
    from adsw.encoders.weights import Reference

_COLOURS = {"ok": "green", "weak": "yellow", "refused": "bold red"}
_ENDS = {
    "ok": "Nothing speaks against it.",
    "weak": "It can be used, knowing what is marked weak.",
    "refused": "Refused: a store made with it would be worth nothing.",
}
_FOOTNOTE = "From twice to order: the largest distance between two embeddings of one input, as a share of their length."
_TONES = {"ok": "good", "weak": "warn", "refused": "bad"}


class Kind(StrEnum):
    """What an encoder embeds."""

    AUDIO = "audio"
    TEXT = "text"


def encoders(
    kind: Annotated[Kind | None, typer.Option("--kind", help="List these only.")] = None,
    check: Annotated[
        str | None, typer.Option("--check", help="Examine this one: NAME, NAME@REVISION or NAME=PLACE.")
    ] = None,
    audio: Annotated[
        list[str] | None, typer.Option("--audio", help="With --check: set KEY=VALUE of an audio encoder.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="With --check: set KEY=VALUE of a text encoder.")
    ] = None,
    hear: Annotated[
        list[Path] | None,
        typer.Option("--hear", help="With --check: also print the tags it gives to this file, or to a folder's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """List the encoders, or examine one.

    The list says what each gives, what can be set of it, and whether it can be used on this machine as it is.

    --check encodes known sounds or texts several times over: speed, whether the same input gives the same embedding
    alone, beside others and loaded anew, NaN, and how far different inputs lie apart. Near-constant embeddings, others
    each time, or NaN end with exit status 1. With --hear an encoder that was trained to tag music also says what it
    hears in files: what it says should make sense to whoever knows them.

    EXAMPLES

      adsw encoders --kind audio

      adsw encoders --check spectral

      adsw encoders --check mert=models/MERT-v1-95M --audio layer=7

      adsw encoders --check musicnn --hear my_music/
    """
    _check_options(kind, check, audio or [], text or [], hear or [])
    if check is not None:
        return _examine(check, {Kind.AUDIO: audio or [], Kind.TEXT: text or []}, hear or [], as_json)
    from adsw.encoders.listing import listed

    choice = listed(kind.value if kind else None)
    if as_json:
        emit_json([encoder.model_dump(mode="json") for encoder in choice])
    else:
        show_list(choice, _out())
    return Status.DONE


def _check_options(kind: Kind | None, check: str | None, audio: list[str], text: list[str], hear: list[Path]) -> None:
    """Check that no option is given that would have no effect.

    Raises:
        InputError: --kind beside --check, or settings without it.
    """
    from adsw.errors import Faults

    faults = Faults("These options do not go together")
    if check is not None and kind is not None:
        faults.add("--kind", "is for the list, not for --check", kind.value, "Leave it out.")
    for option, settings in (("--audio", audio), ("--text", text)):
        if settings and check is None:
            faults.add(option, "sets what --check examines", " ".join(settings), "Add --check NAME.")
    if hear and check is None:
        faults.add("--hear", "is for what --check examines", " ".join(map(str, hear)), "Add --check NAME.")
    faults.raise_if_any()


def _examine(asked: str, settings: dict[Kind, list[str]], hear: list[Path], as_json: bool) -> int:
    """Examine one encoder and print the report; return the exit status."""
    from adsw.cli.progress import stages
    from adsw.encoders import registry
    from adsw.encoders.check.heard import heard
    from adsw.encoders.check.run import check_encoder, device_name

    reference, kind = _asked_for(asked, settings)
    build = registry.audio_encoder if kind is Kind.AUDIO else registry.text_encoder
    make: Any = partial(build, reference)
    built = make()  # Before the progress bar, so that a wrong reference is reported at once.
    files = _files_to_hear(built, reference.name, hear)
    entry = registry.entry_of(reference.name)
    with stages(console(), {"check": f"Examining {reference.name}"}) as tell:
        report = check_encoder(make, device_name(entry is not None and entry.accelerated), partial(tell, "check"))
    return _tell(report, list(heard(built, files)), as_json)


def _files_to_hear(encoder: Any, name: str, places: list[Path]) -> list[Path]:
    """Return the files to hear.

    Raises:
        InputError: the encoder names no tags, or a place holds no audio.
    """
    from adsw.encoders.check.heard import files_in
    from adsw.errors import Fault, InputError

    if places and not hasattr(encoder, "tag_scores"):
        fault = Fault("--hear", "is for encoders that name tags", name, "Use musicnn or musicnn-msd.")
        raise InputError(f"{name} was not trained to name what it hears", [fault])
    return files_in(places)


def _asked_for(asked: str, settings: dict[Kind, list[str]]) -> tuple[Reference, Kind]:
    """Return the reference with its settings, and its kind.

    Raises:
        InputError: no such encoder, one given ready-made, settings of the other kind, or settings that are none.
    """
    from adsw.encoders import registry
    from adsw.encoders.weights import Reference
    from adsw.errors import Fault, InputError, unknown

    name = Reference.parse(asked, where="--check").name
    entry = registry.entry_of(name)
    if entry is None or name.endswith(":"):
        raise InputError("No such encoder", [unknown("--check", name, registry.names(), "encoder")])
    kind = Kind(entry.kind)
    other = Kind.TEXT if kind is Kind.AUDIO else Kind.AUDIO
    if settings[other]:
        fault = Fault(
            f"--{other}", f"{name} is of kind {kind}", " ".join(settings[other]), f"Set it with --{kind} KEY=VALUE."
        )
        raise InputError("Settings of the other kind", [fault])
    return Reference.parse(asked, settings[kind], "--check"), kind


def _tell(report: CheckReport, tags: list[Heard], as_json: bool) -> int:
    """Print a report and what was heard; return the exit status."""
    if as_json:
        said = {"heard": [file.model_dump(mode="json") for file in tags]} if tags else {}
        emit_json({"verdict": report.verdict, **report.model_dump(mode="json"), **said})
    else:
        show_check(report, _out())
        if tags:
            _out().print(terminal_table(heard_table(tags)))
    return Status.FAILED if report.verdict == "refused" else Status.DONE


def _out() -> Any:
    """Return a console on standard output: the list and the findings are the command's results."""
    from rich.console import Console

    return Console(highlight=False)


def show_list(encoders: Sequence[Listed], out: Console) -> None:
    """Print what each encoder gives, then what can be set of it and where it comes from."""
    from rich.markup import escape

    for kind in ("audio", "text"):
        chosen = [encoder for encoder in encoders if encoder.kind == kind]
        if chosen:
            out.print(terminal_table(_figures(kind, chosen)))
            out.print(terminal_table(_settings(chosen)))
    out.print("[dim]An encoder is used as NAME, NAME@REVISION or NAME=PLACE (a folder, a file, or org/model).[/]")
    lacking = list(dict.fromkeys(command for encoder in encoders for command in encoder.install))
    for command in lacking:
        out.print(f"[dim]To install what is missing:[/] {escape(command)}", soft_wrap=True)
    if any(encoder.state == "fetch" for encoder in encoders):
        out.print("[dim]Weights to fetch come from the Hub at the first use.[/]")


def show_check(report: CheckReport, out: Console) -> None:
    """Print the encoder, the findings and the verdict."""
    from rich.markup import escape

    info = report.encoder
    out.print(f"[bold]{escape(info.name)}[/]  [dim]revision {escape(info.revision)}[/]", soft_wrap=True)
    if info.place:
        out.print(f"[dim]{escape(info.place)}[/]", soft_wrap=True)
    if info.settings:
        out.print(f"[dim]{escape(', '.join(f'{key}={value}' for key, value in info.settings.items()))}[/]")
    out.print(
        f"{info.tokens} × {info.features:,}, {_millions(info.parameters)} parameters, on {escape(report.device)}: "
        f"ready in {report.load_seconds:.1f} s, {_speed(report)}"
    )
    out.print(terminal_table(_findings(report)))
    out.print(f"[dim]{_FOOTNOTE}[/]")
    out.print(f"[{_COLOURS[report.verdict]}]{_ENDS[report.verdict]}[/]")


def _findings(report: CheckReport) -> TableModel:
    """Return a table of the findings of a check."""
    rows = tuple(
        row(
            Cell(finding.verdict, strong=finding.verdict == "refused", tone=_TONES[finding.verdict]),
            finding.name,
            *_numbers(finding),
            finding.said,
        )
        for finding in report.findings
    )
    columns = (*head_columns("", "finding", "figure", "limit", left=2), Column("", left=True, long=True))
    return TableModel("findings", "", "", columns, rows)


def heard_table(files: list[Heard]) -> TableModel:
    """Return a table of the tags heard in files."""
    rows = []
    for file in files:
        tags = ", ".join(f"{tag} {score:.2f}" for tag, score in file.tags.items())
        rows.append(row(Path(file.file).name, Cell(file.why, tone="warn") if file.why else tags))
    columns = (Column("file", left=True), Column("what it hears, with the probability", left=True, long=True))
    return TableModel("heard", "Heard", "", columns, tuple(rows))


def _figures(kind: str, encoders: Sequence[Listed]) -> TableModel:
    """Return a table of what the encoders of a kind give."""
    rows = []
    for encoder in encoders:
        shape = "as the model" if encoder.features is None else f"{encoder.tokens} × {encoder.features:,}"
        size = "" if not encoder.parameters else _millions(encoder.parameters)
        rows.append(row(encoder.name, shape, _hears(encoder), size, _state(encoder)))
    columns = (*head_columns("name", "T × D", "hears", "parameters"), Column("here", left=True))
    # `filled` drops the empty columns: text encoders hear nothing.
    return TableModel(f"{kind}-encoders", f"{kind.capitalize()} encoders", "", columns, tuple(rows)).filled()


def _settings(encoders: Sequence[Listed]) -> TableModel:
    """Return a table of the encoders' settings, sources and licences."""
    rows = []
    for encoder in encoders:
        settings = [f"{setting.name}={_choices(setting.default, setting.takes)}" for setting in encoder.settings]
        source = f"{encoder.source}; {encoder.licence or 'licence as the model'}"
        rows.append(row(encoder.name, " ".join(settings), Cell(source, tone="faint")))
    heads = head_columns("name", "settings, the default first", "from, licence", left=3)
    return TableModel("encoder-settings", "", "", heads, tuple(rows))


def _choices(default: object, takes: str) -> str:
    """Write the values of a setting, the default first (``middle|chunks``, ``false|true``), or the default alone."""
    if isinstance(default, bool):
        return "true|false" if default else "false|true"
    values = takes.split("|")
    if str(default) in values:
        return "|".join([str(default), *(value for value in values if value != str(default))])
    return str(default)


def _hears(encoder: Listed) -> str:
    """Write how much audio an encoder takes and at what rate; a dash for text encoders."""
    if encoder.sample_rate is None:
        return NOTHING
    window = "all" if encoder.seconds is None else f"{encoder.seconds:g} s"
    return f"{window} at {encoder.sample_rate / 1000:g} kHz"


def _state(encoder: Listed) -> Cell:
    """Write whether an encoder can be used on this machine, or what it lacks."""
    size = "" if encoder.megabytes is None else f", {encoder.megabytes:,} MB"
    return {
        "ready": Cell("ready", tone="good"),
        "fetch": Cell(f"to fetch{size}", tone="warn"),
        "install": Cell("to install", tone="warn"),
        "name": Cell(f"{encoder.name}MODEL"),
    }[encoder.state]


def _millions(count: int) -> str:
    return "no" if count == 0 else f"{count / 1e6:.1f} M"


def _speed(report: CheckReport) -> str:
    """Write how many texts or clips are encoded a second."""
    if report.seconds_per_input is None:
        return f"{report.inputs_per_second:.3g} texts/s"
    times = report.inputs_per_second * report.seconds_per_input
    return f"{report.inputs_per_second:.3g} clips/s of {report.seconds_per_input:g} s ({times:.0f} times real time)"


def _numbers(finding: Finding) -> tuple[str, str]:
    """Write a finding's figure and its limit."""
    sign = "≤" if finding.bound == "most" else "≥"
    figure = "" if finding.figure is None else f"{finding.figure:.3g}"
    return figure, "" if finding.limit is None else f"{sign} {finding.limit:g}"
