"""What a run cost, what failed in it, and where its results come from; the sections on them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from adsw.report.format import duration, plural, short, short_names
from adsw.report.section import Code, Facts, Fold, Notes, Paragraph, Section
from adsw.report.table import PAGE, Cell, Column, TableModel, exact_cell, file_table
from sweep.state import TrialRecord, TrialState
from sweep.view.run_data import RunData

NamedValues = tuple[tuple[str, str], ...]
"""Names and values, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed trial."""

    number: int
    epochs: int
    why: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """Time and epochs. Seconds of a trial are those its cell worked for it."""

    facts: NamedValues
    per_trial: tuple[tuple[int, str, int, float], ...]
    """Number, state, epochs and seconds of every trial that trained."""


def failures(run: RunData) -> tuple[Failure, ...]:
    """The failed trials."""
    return tuple(
        Failure(record.number, record.epochs, record.why or "no reason was recorded", record.params)
        for record in run.every_record
        if record.state is TrialState.FAILED
    )


def cost(run: RunData) -> Cost:
    """What the run took."""
    trained = [record for record in run.every_record if record.epochs and record.state is not TrialState.DUPLICATE]
    worked = sum(record.seconds for record in trained)
    epochs = sum(record.epochs for record in trained)
    wall, startup = run.sweep.get("seconds"), run.sweep.get("startup_seconds")
    facts = [
        ("trials that trained", str(len(trained))),
        ("epochs trained", f"{epochs:,}"),
        ("whole sweep", duration(wall)),
        ("start-up, before the first epoch", duration(startup)),
        ("cells", _cells(run)),
    ]
    if worked:
        facts.append(("epochs per second and cell", f"{epochs / worked:.2f}"))
        facts.append(("seconds per trial (mean)", duration(worked / len(trained))))
    full = _full_length(trained)
    if full:
        facts.append(("seconds per completed trial (mean)", duration(sum(full) / len(full))))
    if wall is not None and startup is not None and wall > startup and epochs:
        facts.append(("epochs per second, all cells", f"{epochs / (wall - startup):.2f}"))
    saved = _saved(run)
    if saved:
        facts.append(("epochs saved by stopping early", saved))
    return Cost(tuple(facts), tuple((r.number, str(r.state), r.epochs, r.seconds) for r in trained))


def provenance(run: RunData) -> NamedValues:
    """Command, times, code, versions, store and seeds."""
    sweep = run.sweep
    store: Mapping[str, Any] = sweep.get("store") or {}
    code: Mapping[str, Any] = sweep.get("code") or {}
    seeds = sorted({record.seed for record in run.every_record})
    facts = [
        ("command", _command(sweep.get("command"))),
        ("began", _moment(sweep.get("created"))),
        ("ended", _moment(sweep.get("ended"))),
        ("status", run.status),
        ("code revision", _revision(code)),
        ("store", store.get("path")),
        ("store fingerprint", store.get("fingerprint")),
        ("audio encoder", _encoder(store.get("audio_encoder"))),
        ("text encoder", _encoder(store.get("text_encoder"))),
        ("captions by", _encoder(store.get("captioner"))),
        ("tracks", _splits(store.get("splits"))),
        ("searcher", short(sweep.get("searcher") or {"seed": run.space.searcher.seed})),
        ("seeds of training", ", ".join(map(str, seeds)) if seeds else None),
        ("versions", ", ".join(f"{name} {found}" for name, found in (sweep.get("versions") or {}).items())),
    ]
    return tuple((name, str(value)) for name, value in facts if value not in (None, ""))


def space_yaml(run: RunData) -> str:
    """The resolved space, as a file that runs again."""
    return yaml.safe_dump(run.space.document(), sort_keys=False, allow_unicode=True, width=100)


def _cells(run: RunData) -> str:
    cells, slots = run.sweep.get("cells"), run.sweep.get("slots")
    count = len(cells) if isinstance(cells, list) else cells
    if count is None:
        return "–"
    return f"{count}" if slots in (None, 1) else f"{count} of {plural(int(slots), 'slot')}"


def _full_length(trained: list[TrialRecord]) -> list[float]:
    return [record.seconds for record in trained if record.state is TrialState.COMPLETED]


def _saved(run: RunData) -> str:
    """Epochs that stopped trials did not train, against what all would have taken."""
    stopped = [record for record in run.records if record.state is TrialState.STOPPED]
    planned = {record.number: int(record.recipe.get("epochs", record.epochs)) for record in stopped}
    left = sum(planned[record.number] - record.epochs for record in stopped)
    done = sum(record.epochs for record in run.every_record if record.state is not TrialState.DUPLICATE)
    return f"{left:,} of {left + done:,} ({left / (left + done):.0%})" if left > 0 else ""


def _moment(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    except ValueError:
        return text


def _revision(code: Mapping[str, Any]) -> str | None:
    revision = code.get("revision")
    return f"{revision}{', with changes not committed' if code.get('dirty') else ''}" if revision else None


def _command(value: Any) -> str | None:
    return shlex.join(map(str, value)) if isinstance(value, list) else value


def _encoder(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None if value is None else str(value)
    name = " ".join(str(value[key]) for key in ("name", "version", "revision") if value.get(key))
    shape = [f"{value['tokens']} tokens of {value['features']}"] if {"tokens", "features"} <= value.keys() else []
    return ", ".join([name, *shape])


def _splits(splits: Any) -> str | None:
    if not isinstance(splits, Mapping):
        return None
    return ", ".join(
        f"{name} {short(found.get('tracks') if isinstance(found, Mapping) else found)}"
        for name, found in splits.items()
    )


def cost_section(found: Cost) -> Section:
    """Return what the run took, with the seconds of every trial folded away."""
    table = TableModel(
        name="cost",
        title="Seconds of every trial",
        caption="Seconds that cells worked for each trial.",
        columns=(
            *(Column(head, left=True) for head in ("trial", "state")),
            Column("epochs"),
            Column("seconds of its cell", field="seconds"),
        ),
        rows=tuple(
            (*map(exact_cell, (number, state, epochs)), Cell(f"{seconds:.1f}", exact=seconds))
            for number, state, epochs, seconds in found.per_trial
        ),
        place=PAGE,
    )
    fold = (Fold("Seconds of every trial", (table,)),) if found.per_trial else ()
    return Section("cost", "Cost", (Facts(found.facts), *fold))


def failures_section(found: Sequence[Failure]) -> Section:
    """Return the failed trials with why they failed and what they tried."""
    if not found:
        return Section("failures", "Failures", (Paragraph("No trial failed."),))
    names = short_names(name for failure in found for name in failure.params)
    lines = tuple(f"Trial {one.number} after {plural(one.epochs, 'epoch')}: {one.why}" for one in found)
    tried = tuple(", ".join(f"{names[name]} {short(value)}" for name, value in one.params.items()) for one in found)
    table = file_table("failures", ("trial", "epochs", "why"), [(one.number, one.epochs, one.why) for one in found])
    intro = f"{plural(len(found), 'trial')} failed. None of them is ranked."
    return Section("failures", "Failures", (Notes(lines, tried), table), intro)


def provenance_section(facts: NamedValues, space: str) -> Section:
    """Return where the results come from, with the resolved space folded away."""
    return Section("provenance", "Provenance", (Facts(facts), Fold("The search space, resolved", (Code(space),))))
