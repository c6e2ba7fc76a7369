r"""Tables as LaTeX: booktabs, a caption and a label each, figures in mathematics, the best in bold.

A document needs ``\usepackage{booktabs}`` and ``\usepackage{graphicx}``. A table that is wider than the line is
scaled to it; what a page cannot hold (`Column.detail`) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from adsw.report.table import Cell, Column, TableModel

PACKAGES = "% Needs \\usepackage{booktabs} and \\usepackage{graphicx}."
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "\N{MINUS SIGN}": r"$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{EN DASH}": "--",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
    "\N{NO-BREAK SPACE}": "~",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_NUMBER = r"[<>]? ?[+\-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
# No number within a name, a path or a metric such as R@10.
_FIGURE = re.compile(rf"(?<![\w.@/\-]){_NUMBER}(?![\w@])")
_SPAN = re.compile(rf"({_NUMBER}) to ({_NUMBER})( %)?")


def latex_escaped(text: str) -> str:
    r"""Return text in which LaTeX shows every sign literally.

    >>> latex_escaped("text.view_dropout.rate at 50 %")
    'text.view\\_dropout.rate at 50 \\%'
    """
    return _safe(" ".join(text.split()))


def latex_table(table: TableModel, prefix: str) -> str:
    r"""Return a table as a float.

    Args:
        table: what to write.
        prefix: beginning of the label, so that tables of several runs can stand in one document: ``tab:PREFIX-NAME``.
    """
    narrow = table.narrow()
    lines = [
        r"\begin{table}[t]",
        r"  \centering",
        rf"  \caption{{{latex_escaped(table.caption)}}}",
        rf"  \label{{tab:{_label(prefix)}-{table.name}}}",
        r"  \smallskip",
        r"  \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"  \begin{{tabular}}{{{''.join('l' if column.left else 'r' for column in narrow.columns)}}}",
        r"    \toprule",
        _row(latex_escaped(column.head) for column in narrow.columns),
        r"    \midrule",
        *(_row(_cell(cell, column) for cell, column in zip(row, narrow.columns, strict=True)) for row in narrow.rows),
        r"    \bottomrule",
        r"  \end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def latex_files(tables: Iterable[TableModel], prefix: str) -> dict[str, str]:
    """Return a file per table, by its name without the ending."""
    return {table.name: f"{PACKAGES}\n{latex_table(table, prefix)}" for table in tables}


def latex_document(tables: Iterable[TableModel], prefix: str) -> str:
    """Return all tables in one text, to be read into a document at once."""
    return "\n".join([PACKAGES, *(latex_table(table, prefix) for table in tables)])


def _row(fields: Iterable[str]) -> str:
    """Return a line of a table."""
    return f"    {' & '.join(fields)} \\\\"


def _cell(cell: Cell, column: Column) -> str:
    """Return a field: words as text, figures as mathematics."""
    if column.left:
        name = latex_escaped(cell.text)
        text = rf"\textbf{{{name}}}" if cell.strong else name
    else:
        text = _span(cell.text) if _SPAN.fullmatch(cell.text) else _figures(cell.text, cell.strong)
    return rf"{text} {{\footnotesize {_span(cell.span)}}}" if cell.span else text


def _span(text: str) -> str:
    """Return an interval as mathematics, or other text in brackets."""
    ends = _SPAN.fullmatch(text)
    if ends is None:
        return f"({_figures(text)})"
    low, high, unit = ends.groups()
    return f"$[{_digits(low)}, {_digits(high)}]$" + (r"\,\%" if unit else "")


def _figures(text: str, strong: bool = False) -> str:
    """Return text with its numbers as mathematics."""
    parts, end = [], 0
    for match in _FIGURE.finditer(text):
        number = _digits(match.group())
        parts += [_safe(text[end : match.start()]), rf"$\mathbf{{{number}}}$" if strong else f"${number}$"]
        end = match.end()
    return "".join([*parts, _safe(text[end:])])


def _safe(text: str) -> str:
    """Escape text as `latex_escaped` does, with all spaces kept."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def _digits(text: str) -> str:
    r"""Return a number as mathematics.

    >>> _digits("−7.3e-05"), _digits("1,024")
    ('-7.3 \\times 10^{-5}', '1{,}024')
    """
    # Braces keep LaTeX from setting space after the comma, as in a list.
    mantissa, _, power = text.replace("\N{MINUS SIGN}", "-").replace(",", "{,}").partition("e")
    return rf"{mantissa} \times 10^{{{int(power)}}}" if power else mantissa


def _label(text: str) -> str:
    """Return a run's name as part of a label."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", text)
