"""Output files of a report beside its page: CSV, Markdown and LaTeX, of which some may use standard output."""

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
    """Output files and folders of a report; None for those that are not wanted."""

    page: Path | None = None
    csv: Path | None = None
    markdown: str | None = None
    latex: Path | None = None
    as_json: bool = False

    def require(self, page: Path) -> None:
        """Check that everything can be written.

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
        """Return the files to be written, each after its option."""
        files = [("--out", page)]
        if self.markdown is not None and self.markdown != STANDARD_OUTPUT:
            files.append(("--markdown", Path(self.markdown)))
        if self.latex is not None and _is_one_file(self.latex):
            files.append(("--latex", self.latex))
        return files

    def _folders(self) -> list[tuple[str, Path]]:
        """Return the folders to be written to, each after its option."""
        folders = [("--csv", self.csv)] if self.csv is not None else []
        if self.latex is not None and not _is_one_file(self.latex):
            folders.append(("--latex", self.latex))
        return folders

    def write(
        self,
        csv_tables: Callable[[], Mapping[str, str]],
        text: Callable[[], str],
        tables: Callable[[], tuple[TableModel, ...]],
        prefix: str,
    ) -> None:
        """Write the outputs that are wanted beside the page.

        Args:
            csv_tables: makes the tables as CSV, by name.
            text: makes the report as Markdown.
            tables: makes the tables, for LaTeX.
            prefix: prefix of the labels in LaTeX.
        """
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
        """Whether standard output is taken by a document, so that nothing else may be printed."""
        return self.as_json or self.markdown == STANDARD_OUTPUT


def _is_one_file(place: Path) -> bool:
    """Check whether LaTeX goes to one file, and not to a folder."""
    return place.suffix == ".tex" and not place.is_dir()


def _write_files(folder: Path, texts: Mapping[str, str], ending: str) -> None:
    """Write a file for each text, named by its key."""
    from adsw.publish import publish_text

    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        publish_text(folder / f"{name}{ending}", text)
