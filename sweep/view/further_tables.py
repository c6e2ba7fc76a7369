"""Tables as plain data of what only some reports have: fronts, sets, captions, fresh seeds, looks, tuning."""

from __future__ import annotations

from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, words
from sweep.view.caption_tables import caption_lines
from sweep.view.captioners import FIGURES, Captioners
from sweep.view.confirmation import Confirmation
from sweep.view.confirmation_words import seed_lines
from sweep.view.front import Front
from sweep.view.front_tables import front_lines
from sweep.view.set_agreement import AgreementOfSets
from sweep.view.set_tables import pair_lines, picking_table
from sweep.view.tables import Gap

FRONT, SETS, CAPTIONS = "Several objectives", "Do the evaluation sets agree", "Caption quality and retrieval"


def front_table(found: Front, name: str) -> TableModel:
    """Trials on the front and near it."""
    heads = [column for one in found.objectives for column in (Column(one.metric), Column("to default"))]
    rows = []
    for trial, cells, gaps, share, ahead in front_lines(found):
        mark = " (default)" if trial.is_default else " (front)" if trial.on_front else ""
        pairs = zip(cells, gaps, strict=True)
        figures = [one for cell, gap in pairs for one in (Cell(*cell), _gap(gap))]
        rows.append((Cell(f"{trial.number}{mark}"), *figures, *words(share, ahead)))
    return TableModel(
        name="front",
        section=FRONT,
        title="The front",
        caption=(
            f"Trials of {name} that no other completed trial beats on every objective, the default, and those near "
            "the front. 95 % intervals over tracks; the share says in how many resamples of the tracks a trial is on "
            "the front."
        ),
        columns=(Column("trial", left=True), *heads, Column("on the front"), Column("ahead of the default on all")),
        rows=tuple(rows),
    )


def set_tables(found: AgreementOfSets, name: str) -> list[TableModel]:
    """How alike evaluation sets order trials, and what picking by one costs on another."""
    return [
        TableModel(
            name="set-agreement",
            section=SETS,
            title="Order of trials",
            caption=f"How alike evaluation sets order the {found.noun}s of {name}, with 95 % intervals over them.",
            columns=head_columns("sets", "trials", "Kendall tau-b", "Spearman"),
            rows=tuple(
                (*words(sets, trials), Cell(tau, _span(tau_span)), Cell(rho, _span(rho_span)))
                for sets, trials, tau, tau_span, rho, rho_span in pair_lines(found)
            ),
        ),
        TableModel(
            name="set-picking",
            section=SETS,
            title="What picking by one set costs on another",
            caption=(
                f"Picking the best of {name} by one set and using it on another: {found.measure} lost against that "
                "set's own best, with 95 % intervals paired over its tracks."
            ),
            columns=head_columns("picked by", "used on", "the pick", "its place there", "best there", "lost", left=3),
            rows=tuple((*words(*line[:5]), Cell(lost, _span(span))) for *line, lost, span in picking_table(found)),
        ),
    ]


def caption_table(found: Captioners, name: str) -> TableModel:
    """The stores' captions and what was reached on them."""
    heads = ("arm", "captioner", found.metric, *(what for _, what in FIGURES))
    return TableModel(
        name="captions",
        section=CAPTIONS,
        title="Captions of each store",
        caption=f"Captioners of {name}: what was reached on each store, and figures of its captions.",
        columns=head_columns(*heads, left=2),
        rows=tuple(
            (*words(arm, captioner), *(Cell(*cell) for cell in cells)) for arm, captioner, cells in caption_lines(found)
        ),
    )


def seed_table(found: Confirmation, section: str, name: str) -> TableModel:
    """Winner and default on fresh seeds."""
    return TableModel(
        name="fresh-seeds",
        section=section,
        title="Winner and default on fresh seeds",
        caption=f"Winner and default of {name}, trained again with seeds that played no part in picking the winner.",
        columns=head_columns("set", "seed", "winner", "default", "winner - default"),
        rows=tuple(words(*line) for line in seed_lines(found)),
    )


def _gap(gap: Gap | None) -> Cell:
    return Cell(NOTHING) if gap is None else Cell(gap.text, gap.interval, side=gap.side)


def _span(text: str) -> str:
    return "" if text == NOTHING else text
