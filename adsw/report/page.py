"""A page in one file: text, tables and figures, drawing library included; no connection is ever made.

Plotly's script is embedded compressed and inflated by the browser itself (`DecompressionStream`). Figures name the
page's colours as ``var(--name)``; the page fills them in, light or dark. Without scripts, tables and captions say it
all.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from adsw.report.csv import csv_files, tables_by_file
from adsw.report.section import Document, every_figure, every_table
from adsw.report.statement import LABELS
from adsw.report.table import Cell, TableModel
from adsw.stats.interval import Interval

Figure = dict[str, Any]
"""A figure as Plotly's JSON: ``data`` and ``layout``, whose ``height`` is set."""


def render(
    source: str,
    figures: Mapping[str, Figure],
    styles: Sequence[tuple[str, str]],
    filters: Mapping[str, Callable[..., Any]] | None = None,
    sound: bool = False,
    **context: Any,
) -> str:
    """Render a template, which may import the macros of `section.html`.

    Args:
        source: the template. It puts ``head`` (policy and style) into its head beside the title and ``drawing`` at
            its end, and shows a figure by an element with ``data-figure`` and at least its height.
        figures: figures by the names that the template uses.
        styles: each a package and its file, in the order in which they apply.
        filters: further filters of the template, by name.
        sound: whether the page may play what is inside of it, and the files that it links to.
        context: what else the template names.

    Raises:
        jinja2.UndefinedError: the template names what is not given.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: asset("adsw.report", name)),
    )
    environment.filters |= {"measure": measure, **(filters or {})}
    environment.tests["measured"] = lambda cell: measure(cell) is not None
    style = Markup("".join(asset(*file) for file in styles))
    head = environment.from_string(asset("adsw.report", "head.html")).render(style=style, sound=sound)
    page: str = environment.from_string(source).render(
        head=Markup(head.rstrip("\n")),
        style=style,
        drawing=_drawing(figures),
        **context,
    )
    return page.lstrip() + "\n"


def measure(cell: Cell) -> float | None:
    """Return the figure that a cell holds, with full precision, or None for counts and words."""
    exact = cell.exact.value if isinstance(cell.exact, Interval) else cell.exact
    return exact if isinstance(exact, float) else None


def _drawing(figures: Mapping[str, Figure]) -> Markup:
    """Return the elements that draw the figures; empty if there are none."""
    if not figures:
        return Markup("")
    parts = (
        f'<script type="application/json" id="figures">{_script_json(figures)}</script>',
        f'<script type="text/plain" id="plotly">{_plotly_packed()}</script>',
        f"<script>{asset('adsw.report', 'draw.js')}</script>",
    )
    return Markup("\n".join(parts))


@lru_cache(maxsize=1)
def _plotly_packed() -> str:
    """Return Plotly's script, compressed, in base64."""
    # mtime=0 keeps pages of the same run the same to the byte.
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(script, 9, mtime=0)).decode()


def _script_json(value: Any) -> str:
    """Return JSON for a script element: nothing in it can end the element."""
    # "</script>" ends the element even within a string; U+2028 and U+2029 end a line in older JavaScript.
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def asset(package: str, name: str) -> str:
    """Return the text of a file that comes with a package."""
    return (files(package) / name).read_text(encoding="utf-8")


def render_document(document: Document, styles: Sequence[tuple[str, str]] = (), downloads: bool = True) -> str:
    """Return the whole page, made of `document.html` and `section.html`.

    Args:
        document: what it shows.
        styles: further style sheets, each a package and its file.
        downloads: whether every table can be had as a file.
    """
    tables = every_table(document.sections) if downloads else ()
    return render(
        asset("adsw.report", "document.html"),
        every_figure(document.sections),
        styles=[("adsw.report", "document.css"), *styles],
        sound=document.sound,
        document=document,
        labels=LABELS,
        links=_Links(tables, document.prefix or document.title),
        behaviour=Markup(f"<script>{asset('adsw.report', 'page.js')}</script>"),
    )


class _Links:
    """The files to download, as links with the data in them."""

    def __init__(self, tables: Sequence[TableModel], prefix: str) -> None:
        """Encode the file of every table that has one."""
        files = csv_files(tables)
        # Tables that share a file carry one link, below the last of them.
        last = {name: sharing[-1] for name, sharing in tables_by_file(tables).items()}
        # By identity: tables are compared by value and several may be equal.
        self._links = {
            id(table): (
                f"{prefix}-{name}.csv",
                Markup(f"data:text/csv;charset=utf-8;base64,{base64.b64encode(files[name].encode()).decode()}"),
            )
            for name, table in last.items()
            if name in files
        }

    def of(self, table: TableModel) -> tuple[str, Markup] | None:
        """Return the name and the address of a table's file, if it is linked here."""
        return self._links.get(id(table))
