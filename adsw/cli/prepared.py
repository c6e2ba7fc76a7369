"""What `adsw prepare` prints of a store: its splits, its stages, its captions, and all that looks wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from adsw.audio.bad_audio import REMARKS
from adsw.cli.progress import rate_text, seconds_text
from adsw.report.table import NOTHING, Cell, TableModel, head_columns, words
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from rich.console import Console

    from adsw.augment.captions.cache import CaptionSummary
    from adsw.store.prepare import Prepared
    from adsw.store.stages import StageReport
    from adsw.store.store import StoreInfo

STAGES = {
    "audio": "Encoding audio",
    "views": "Noting views",
    "captions": "Captioning views",
    "texts": "Writing texts",
    "embeddings": "Encoding texts",
    "shards": "Writing shards",
}
UNITS = {"captions": "views", "texts": "texts", "embeddings": "texts"}


def show_prepared(prepared: Prepared, out: Console) -> None:
    """Print the store, its stages, and all that was left out or looks wrong."""
    info, store = prepared.info, escape(str(prepared.store))
    if prepared.already:
        out.print(f"{store} holds this store already: {info.tracks:,} tracks. Nothing to do.", soft_wrap=True)
        return
    out.print(terminal_table(summary(info)))
    out.print(terminal_table(_stages(prepared)))
    texts, size = (sum(getattr(split, name) for split in info.splits.values()) for name in ("texts", "bytes"))
    out.print(
        f"{store}: {info.tracks:,} tracks, {texts:,} texts, {size / 1e6:,.1f} MB in {seconds_text(prepared.seconds)}, "
        f"fingerprint {info.fingerprint[:12]}",
        soft_wrap=True,
    )
    show_heard(prepared.store, out)
    for line in [*_left_out(prepared), *_remarks(prepared), *_warnings(prepared)]:
        out.print(line, soft_wrap=True)
    if info.captions is not None:
        out.print(caption_lines(info.captions), soft_wrap=True)


def show_heard(store: Path, out: Console) -> None:
    """Print what the audio encoder hears in the first few tracks of a store, if it names tags."""
    from adsw.cli.encoders import heard_table
    from adsw.encoders.check.heard import Heard
    from adsw.store.heard import HEARD_FILE, heard_in
    from adsw.store.prepare import SHOWN

    lines = heard_in(store, SHOWN)
    if lines:
        out.print(terminal_table(heard_table([Heard(file=line["audio"], tags=line["tags"]) for line in lines])))
        out.print(f"{escape(str(store / HEARD_FILE))} has the tags heard in all tracks.", soft_wrap=True)


def summary(info: StoreInfo) -> TableModel:
    """Return a table of what a store holds, split by split."""
    rows = []
    for name, split in info.splits.items():
        counts = (f"{split.tracks:,}", f"{split.texts:,}", f"{split.bytes / 1e6:,.1f}")
        rows.append(words(name, *counts, f"{split.shards:,}", f"{split.quarantined:,}"))
    heads = head_columns("split", "tracks", "texts", "MB", "shards", "quarantined")
    return TableModel("splits", "", "", heads, tuple(rows))


def caption_lines(captions: CaptionSummary) -> str:
    """Write how many captions were cached, asked for, taken at once or replaced, and what that took."""
    views = max(captions.views - captions.templated, 1)  # A store without views has shares of 0 %.

    def share(count: int) -> str:
        return f"{count:,} ({100 * count / views:.0f} %)"

    lines = [
        f"Captions: {captions.views:,} distinct views, {captions.from_cache:,} from the cache, "
        f"{captions.asked:,} asked"
        + (f", {captions.templated:,} left to the template." if captions.templated else "."),
        f"Taken at once {share(captions.accepted_first)}, after retries {share(captions.accepted_later)}, "
        f"replaced by the template {share(captions.replaced)}.",
    ]
    if captions.reasons:
        by_count = sorted(captions.reasons.items(), key=lambda item: -item[1])
        lines.append("Answers not taken: " + ", ".join(f"{reason} {count:,}" for reason, count in by_count) + ".")
    tokens = ""
    if captions.answer_tokens is not None:
        tokens = f", {captions.prompt_tokens or 0:,} tokens read and {captions.answer_tokens:,} written"
    lines.append(f"They took {captions.requests:,} requests{tokens}.")
    return "\n".join(lines)


def _stages(prepared: Prepared) -> TableModel:
    """Return a table of the stages' times and rates, without columns that are empty."""
    rows = [_stage_row(report) for report in prepared.stages]
    if prepared.start_seconds >= 0.5:
        nothing = (NOTHING,) * 3
        rows.insert(0, words("Starting Ray", *nothing, seconds_text(prepared.start_seconds), NOTHING))
    heads = head_columns("stage", "of", "done before", "reused", "time", "rate")
    return TableModel("stages", "", "", heads, tuple(rows)).filled()


def _stage_row(report: StageReport) -> tuple[Cell, ...]:
    """Return the table row of one stage."""
    rate = NOTHING if report.rate is None else rate_text(report.rate)
    units = f"{report.total:,} {UNITS.get(report.stage, 'tracks')}"
    counts = [f"{count:,}" if count else NOTHING for count in (report.before, report.reused)]
    return words(STAGES[report.stage], units, *counts, seconds_text(report.seconds), rate)


def _left_out(prepared: Prepared) -> list[str]:
    """Write how many tracks were left out, a line per reason."""
    info = prepared.info
    lines = []
    if prepared.quarantined_by_kind:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in prepared.quarantined_by_kind.items())
        where = escape(str(prepared.store / "quarantine.jsonl"))
        total = sum(prepared.quarantined_by_kind.values())
        lines.append(f"Left out: {_tracks(total)} for their audio ({kinds}); {where} says which and why.")
    for why, count in {
        "without audio": info.without_audio,
        "with neither tags nor captions": info.without_text,
    }.items():
        if count:
            lines.append(f"Left out: {_tracks(count)} {why}.")
    return lines


def _remarks(prepared: Prepared) -> list[str]:
    """Write how many tracks are heard in an unusual way, a line per way."""
    where = escape(str(prepared.store / "remarks.jsonl"))
    return [
        f"Heard otherwise: {_tracks(count)}, {REMARKS[kind]}; {where} says which."
        for kind, count in prepared.info.remarks.items()
    ]


def _tracks(count: int) -> str:
    return "1 track" if count == 1 else f"{count:,} tracks"


def _warnings(prepared: Prepared) -> list[str]:
    """Write a warning for recordings that stand twice, and for every side whose embeddings hardly differ."""
    duplicates = prepared.info.duplicates
    twice = [] if duplicates is None else duplicates.sentences()
    return [f"[bold red]Warning:[/] {escape(sentence)}" for sentence in twice] + [
        f"[bold red]Warning:[/] the {side} embeddings hardly differ (mean cosine {likeness.mean_cosine:.4f} over "
        f"{likeness.sampled:,} of them): nothing can be learnt of such. Look at the encoder with: "
        f"adsw encoders --check {escape(_encoder(prepared.info, side))}"
        for side, likeness in prepared.likeness.items()
        if likeness.is_constant
    ]


def _encoder(info: StoreInfo, side: str) -> str:
    return info.audio_encoder.name if side == "audio" else info.text_encoder.name
