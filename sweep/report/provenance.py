"""A run's costs, its failures, and the origin of its results; the sections on them."""

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
from sweep.report.data import RunData
from sweep.run.records import TrialRecord, TrialState
from sweep.run.sweep_record import CodeRecord

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
    """Time and epochs of a run; the seconds of a trial are those that its cell worked for it."""

    facts: NamedValues
    per_trial: tuple[tuple[int, str, int, float], ...]
    """Number, state, epochs and seconds of every trial that trained."""


def failures(run: RunData) -> tuple[Failure, ...]:
    """Return the failed trials, whatever they were for."""
    return tuple(
        Failure(record.number, record.epochs, record.why or "no reason was recorded", record.params)
        for record in run.every_record
        if record.state is TrialState.FAILED
    )


def cost(run: RunData) -> Cost:
    """Count the time and the epochs that the run took."""
    trained = [record for record in run.every_record if record.epochs and record.state is not TrialState.DUPLICATE]
    worked = sum(record.seconds for record in trained)
    epochs = sum(record.epochs for record in trained)
    wall, startup = run.sweep.seconds, run.sweep.startup_seconds
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
    # Start-up trains nothing: the rate is over the time that cells could work in.
    if wall is not None and startup is not None and wall > startup and epochs:
        facts.append(("epochs per second, all cells", f"{epochs / (wall - startup):.2f}"))
    saved = _saved(run)
    if saved:
        facts.append(("epochs saved by stopping early", saved))
    return Cost(tuple(facts), tuple((r.number, str(r.state), r.epochs, r.seconds) for r in trained))


def provenance(run: RunData) -> NamedValues:
    """Return command, times, code, versions, store and seeds; what is not known is left out."""
    sweep = run.sweep
    seeds = sorted({record.seed for record in run.every_record})
    facts = [
        ("command", shlex.join(sweep.command)),
        ("began", _moment(sweep.created)),
        ("ended", _moment(sweep.ended)),
        ("status", run.status),
        ("code revision", _revision(sweep.code)),
        ("store", sweep.store.path),
        ("store fingerprint", sweep.store.fingerprint),
        ("audio encoder", _encoder(sweep.store.audio_encoder)),
        ("text encoder", _encoder(sweep.store.text_encoder)),
        ("captions by", _encoder(sweep.store.captioner)),
        *((f"weights of {name}", said) for name, said in sweep.store.weights.items()),
        ("tracks", _splits(sweep.store.splits)),
        ("searcher", short(sweep.searcher or {"seed": run.space.searcher.seed})),
        ("seeds of training", ", ".join(map(str, seeds)) if seeds else None),
        ("versions", ", ".join(f"{name} {version}" for name, version in sweep.versions.items())),
        ("hosts that could not train", "; ".join(f"{one['host']}: {one['why']}" for one in sweep.refused_hosts)),
    ]
    return tuple((name, str(value)) for name, value in facts if value not in (None, ""))


def space_yaml(run: RunData) -> str:
    """Return the resolved space as YAML that a sweep can be run from again."""
    return yaml.safe_dump(run.space.document(), sort_keys=False, allow_unicode=True, width=100)


def _cells(run: RunData) -> str:
    count, slots = run.sweep.cell_count, run.sweep.slots
    if count is None:
        return "–"
    return f"{count}" if slots in (None, 1) else f"{count} of {plural(slots, 'slot')}"


def _full_length(trained: list[TrialRecord]) -> list[float]:
    return [record.seconds for record in trained if record.state is TrialState.COMPLETED]


def _saved(run: RunData) -> str:
    """Return the epochs that stopped trials did not train, with their share of what all would have taken, as text."""
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


def _revision(code: CodeRecord) -> str | None:
    return f"{code.revision}{', with changes not committed' if code.dirty else ''}" if code.revision else None


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
        f"{name} {short(split.get('tracks') if isinstance(split, Mapping) else split)}"
        for name, split in splits.items()
    )


def cost_section(spent: Cost) -> Section:
    """Return the section on cost, with the seconds of every trial folded away."""
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
            for number, state, epochs, seconds in spent.per_trial
        ),
        place=PAGE,
    )
    fold = (Fold("Seconds of every trial", (table,)),) if spent.per_trial else ()
    return Section("cost", "Cost", (Facts(spent.facts), *fold))


def failures_section(failed: Sequence[Failure]) -> Section:
    """Return the section on the failed trials: why each failed and the values it tried."""
    if not failed:
        return Section("failures", "Failures", (Paragraph("No trial failed."),))
    names = short_names(name for failure in failed for name in failure.params)
    lines = tuple(
        f"Trial {failure.number} after {plural(failure.epochs, 'epoch')}: {failure.why}" for failure in failed
    )
    tried = tuple(
        ", ".join(f"{names[name]} {short(value)}" for name, value in failure.params.items()) for failure in failed
    )
    table = file_table(
        "failures", ("trial", "epochs", "why"), [(failure.number, failure.epochs, failure.why) for failure in failed]
    )
    intro = f"{plural(len(failed), 'trial')} failed. None of them is ranked."
    return Section("failures", "Failures", (Notes(lines, tried), table), intro)


def provenance_section(facts: NamedValues, space: str) -> Section:
    """Return the section on where the results come from, with the resolved space folded away."""
    return Section("provenance", "Provenance", (Facts(facts), Fold("The search space, resolved", (Code(space),))))
