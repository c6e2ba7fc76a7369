"""The epochs of `adsw train` as they end: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from adsw.trainer import EpochResult

_SHOWN = 12
"""Epochs in view at once, so that the table fits a small screen."""


class TrainScreen:
    """Shows epochs as they end: a live table on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, out: Console, epochs: int, quiet: bool) -> None:
        self._out = out
        self._epochs = epochs
        self._quiet = quiet
        self._rows: list[EpochResult] = []
        self._live = Live(console=out, refresh_per_second=4) if out.is_terminal and not quiet else None

    def __enter__(self) -> TrainScreen:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, result: EpochResult) -> None:
        """Show one more epoch."""
        self._rows.append(result)
        if self._live:
            self._live.update(self._table())
        elif not self._quiet:
            self._out.print(_line(result, self._epochs))
        if result.log.collapsed and not self._quiet:
            where = f"epoch {result.log.epoch}"
            self._out.print(f"[yellow]{where}: the loss is stuck at ln(batch size): nothing is being learnt.[/]")

    def encoding(self, done: int, total: int) -> None:
        """Show how far the texts of an epoch are encoded, if texts are drawn online."""
        if self._live:
            self._live.update(self._table(f"encoding {total} texts, {done / total:.0%} done"))

    def _table(self, caption: str | None = None) -> Table:
        left = sum(row.seconds for row in self._rows) / max(len(self._rows), 1) * (self._epochs - len(self._rows))
        time_left = f", {left:.0f} s left" if self._rows else ""
        title = f"epoch {len(self._rows)} of {self._epochs}{time_left}"
        table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
        for name in ("epoch", "loss", "mAP@10", "R@1", "R@10", "in batch", "swaps", "lr", "s"):
            table.add_column(name, justify="right")
        for row in self._rows[-_SHOWN:]:
            table.add_row(*_cells(row))
        return table


def _cells(result: EpochResult) -> list[str]:
    """Write the figures of an epoch, in the order of the table's columns."""
    log, metrics = result.log, result.metrics
    return [
        str(log.epoch),
        f"{log.loss:.3f}",
        *(f"{metrics[f'valid/t2m/{name}']:.3f}" for name in ("mAP@10", "R@1", "R@10")),
        f"{log.audio_accuracy:.2f}",
        f"{log.swap_share:.0%}",
        f"{log.schedules['optim.lr']:.1e}",
        f"{result.seconds:.1f}",
    ]


def _line(result: EpochResult, epochs: int) -> str:
    """Write an epoch as one line."""
    epoch, loss, precision, _, recall, *_ = _cells(result)
    figures = f"loss {loss}, valid mAP@10 {precision}, R@10 {recall}"
    return f"epoch {epoch}/{epochs}: {figures}, {result.seconds:.1f} s"
