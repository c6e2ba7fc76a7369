"""What `adsw shift` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from adsw.evaluate.shift.agreement import Agreement, best_predictors
from adsw.evaluate.shift.comparison import Comparison, conventions
from adsw.report.format import number

if TYPE_CHECKING:
    from rich.console import Console

    from adsw.evaluate.shift.wording import Overlap
    from adsw.stats.interval import Interval

_SHIFTED, _ALIKE = "bold yellow", "green"


def print_comparison(one: Comparison, out: Console) -> None:
    """All of two sets."""
    out.print(Text(f"{one.first} ({one.tracks[0]:,} tracks) and {one.second} ({one.tracks[1]:,} tracks)", "bold"))
    if one.embeddings:
        out.print(_distances(one))
    if one.words:
        out.print(_words("text source", "words", one.words, one))
        out.print(_styles(one))
    out.print(_words("category", "tags", one.tags, one))
    for remark in one.remarks:
        out.print(Text(f"! {remark}", "yellow"))
    for convention in conventions():
        out.print(Text(convention, "dim"))


def print_agreements(found: Sequence[Agreement], checkpoints: int, out: Console) -> None:
    """For every metric, what predicts it best."""
    title = f"What goes best with each metric, over {checkpoints} checkpoints (Spearman, 95 % interval)"
    table = Table("metric", "best predicted by", title=title, title_justify="left")
    table.add_column("rank correlation", justify="right")
    for one in best_predictors(found):
        if one.rho is not None:
            sure = _SHIFTED if one.rho.low <= 0 else _ALIKE
            table.add_row(one.target, one.predictor, Text(_span(one.rho, 2), sure))
    out.print(table)
    unvarying = sorted({one.target for one in found if one.rho is None})
    if unvarying:
        out.print(
            Text(f"Without a correlation, being the same for all or for a partner: {', '.join(unvarying)}", "dim")
        )
    out.print(Text("Lower-is-better metrics are turned round: 1 means the better here, the better there.", "dim"))
    out.print(Text("Each is the best of several predictors, so its correlation is seen at its most favourable.", "dim"))


def _distances(one: Comparison) -> Table:
    table = Table("what", title="How far apart", title_justify="left")
    for name in ("Frechet", "within", "kernel", "within", "told apart (AUC)", "p"):
        table.add_column(name, justify="right")
    for what, compared in one.embeddings.items():
        cells = []
        for distance in (compared.frechet, compared.kernel):
            shifted = distance.between.low > max(distance.within.value, 0.0)
            cells += [Text(_span(distance.between), _SHIFTED if shifted else ""), Text(_span(distance.within), "dim")]
        classifier = compared.classifier
        told = Text(_span(classifier.auc, 2), _SHIFTED if classifier.auc.low > 0.5 else _ALIKE)
        table.add_row(what, *cells, told, f"{classifier.p:.2g}")
    return table


def _words(first: str, what: str, overlaps: dict[str, Overlap], one: Comparison) -> Table:
    table = Table(first, title=f"{what.capitalize()} that {one.second} has and {one.first} lacks", title_justify="left")
    for name in ("distinct", "shared", "distinct lacking", "uses lacking"):
        table.add_column(name, justify="right")
    table.add_column("such as", overflow="fold", ratio=1)
    for name, found in overlaps.items():
        uses = f"{found.unknown_uses:.1%}"
        if found.unknown is not None:
            uses += f"\n{found.unknown.low:.1%} to {found.unknown.high:.1%} a text"
        sizes = f"{found.sizes[0]:,} | {found.sizes[1]:,}"
        table.add_row(name, sizes, f"{found.shared:.0%}", f"{found.unknown_types:.0%}", uses, ", ".join(found.examples))
    return table


def _styles(one: Comparison) -> Table:
    table = Table("text source", "per text", title="Length and style", title_justify="left")
    for name in (one.first, one.second, "difference", "effect d", "KS"):
        table.add_column(name, justify="right", overflow="fold")
    for source, some in one.style.items():
        for style in some:
            apart = style.difference.low > 0 or style.difference.high < 0
            difference = Text(_span(style.difference), _SHIFTED if apart else "")
            means = (f"{mean:.2f}" for mean in style.means)
            table.add_row(source, style.name, *means, difference, f"{style.effect:+.2f}", f"{style.ks:.2f}")
    return table


def _span(interval: Interval, digits: int = 3) -> str:
    value, low, high = (number(end, digits, minus="-") for end in (interval.value, interval.low, interval.high))
    return f"{value}\n{low} to {high}"
