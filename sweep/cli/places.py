"""Where a report goes beside its page: CSV, Markdown and LaTeX, and which of them take standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adsw.report.table import TableModel

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything goes."""

    page: Path | None = None
    csv: Path | None = None
    markdown: str | None = None
    latex: Path | None = None
    as_json: bool = False

    def require(self, page: Path) -> None:
        """Ask that everything can be written.

        Raises:
            InputError: a place cannot be written to, or two documents would share standard output.
        """
        from adsw.errors import Fault, InputError

        faults = [
            Fault(option, "must be a file", str(place), "Give a file in a folder that exists.")
            for option, place in self._files(page)
            if place.is_dir() or not place.parent.is_dir()
        ]
        faults += [
            Fault(option, "must be a folder", str(place), "Give a folder, or a new one in a folder that exists.")
            for option, place in self._folders()
            if not place.is_dir() and (place.exists() or not place.parent.is_dir())
        ]
        if self.markdown == STANDARD_OUTPUT and self.as_json:
            faults.append(Fault("--markdown", "shares standard output with --json", None, "Give --markdown a file."))
        if faults:
            raise InputError("The report cannot be written", faults)

    def _files(self, page: Path) -> list[tuple[str, Path]]:
        found = [("--out", page)]
        if self.markdown is not None and self.markdown != STANDARD_OUTPUT:
            found.append(("--markdown", Path(self.markdown)))
        if self.latex is not None and _is_one_file(self.latex):
            found.append(("--latex", self.latex))
        return found

    def _folders(self) -> list[tuple[str, Path]]:
        found = [("--csv", self.csv)] if self.csv is not None else []
        if self.latex is not None and not _is_one_file(self.latex):
            found.append(("--latex", self.latex))
        return found

    def write(
        self,
        csv_tables: Callable[[], Mapping[str, str]],
        text: Callable[[], str],
        tables: Callable[[], tuple[TableModel, ...]],
        prefix: str,
    ) -> None:
        """Write what was asked for beside the page: CSV, Markdown, LaTeX. Each is made only if it is wanted."""
        from adsw.publish import publish_text
        from adsw.report.latex import latex_document, latex_files

        if self.csv is not None:
            _write_files(self.csv, csv_tables(), ".csv")
        if self.markdown == STANDARD_OUTPUT:
            sys.stdout.write(text())
        elif self.markdown is not None:
            publish_text(Path(self.markdown), text())
        if self.latex is not None and _is_one_file(self.latex):
            publish_text(self.latex, latex_document(tables(), prefix))
        elif self.latex is not None:
            _write_files(self.latex, latex_files(tables(), prefix), ".tex")

    @property
    def is_quiet(self) -> bool:
        """Whether standard output holds a document, and so nothing else."""
        return self.as_json or self.markdown == STANDARD_OUTPUT


def _is_one_file(place: Path) -> bool:
    return place.suffix == ".tex" and not place.is_dir()


def _write_files(folder: Path, texts: Mapping[str, str], ending: str) -> None:
    from adsw.publish import publish_text

    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        publish_text(folder / f"{name}{ending}", text)
