"""Several runs side by side, as `sweep report A B` compares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

    from sweep.api.figures import Figures
    from sweep.report.compare.comparison import SweepComparison


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of runs with the first of them."""

    made: SweepComparison
    page: Path | None
    """Where its page was written."""

    @classmethod
    def of(cls, runs: Sequence[Path], page: Path | None) -> Comparison:
        """Compare run folders, and write the page if a place is given."""
        from sweep.report.compare.comparison import compare
        from sweep.report.compare.page import write_comparison
        from sweep.report.compare.sides import sides_of
        from sweep.report.data import read_run

        made = compare(sides_of([read_run(run) for run in runs]))
        if page is not None:
            write_comparison(made, page)
        return cls(made, page)

    @property
    def headline(self) -> str:
        """What came out, in a sentence."""
        return self.made.verdict.headline

    @property
    def tables(self) -> dict[str, DataFrame]:
        """Its tables by name: what differs, best and default of each, differences between them, equal budgets."""
        from sweep.api.frames import table_frame
        from sweep.report.compare.tables import comparison_tables

        return {table.name: table_frame(table) for table in comparison_tables(self.made)}

    @property
    def figures(self) -> Figures:
        """Its figures by name, as Plotly figures."""
        from sweep.api.figures import Figures
        from sweep.report.compare.page import comparison_figures

        return Figures(comparison_figures(self.made))

    def __repr__(self) -> str:
        """Return the headline."""
        return f"Comparison({' and '.join(self.made.names)}: {self.headline})"
