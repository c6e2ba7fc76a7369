"""report.html: whole, self-contained, small, and made of the run's own numbers."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import plotly.graph_objects as go
import pytest

from adsw.report.csv import table_csv
from adsw.report.format import kept_digits
from adsw.report.section import every_figure
from sweep.report.document import csv_tables, report_document, write_report
from sweep.report.leaderboard_table import leaderboard_table
from sweep.report.report import Report

from .simulated import METRIC, Simulation

MOST_BYTES = 2_500_000
VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Checks that elements close in order, and collects what tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.contents: dict[str, str] = {}
        self.words: list[str] = []
        self._current = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._current = dict(attrs).get("id") or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag
        self._current = ""

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.contents[self._current] = data
        elif not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, found, value in self.attributes if found == name]


@pytest.fixture(scope="module")
def page(large: tuple[Report, Path]) -> Page:
    return Page((large[1] / "report.html").read_text())


def test_every_element_is_closed(page: Page) -> None:
    assert page.open == []


def test_nothing_is_loaded_from_anywhere(large: tuple[Report, Path], page: Page) -> None:
    assert page.values("src") == []
    assert [tag for tag, _, _ in page.attributes if tag in ("link", "img", "iframe", "object")] == []
    links = page.values("href")
    assert all(link.startswith(("#", "data:text/csv")) for link in links)
    source = (large[1] / "report.html").read_text()
    style = source.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in source
    assert not re.search(r"https?://", source)


def test_the_file_is_small_and_holds_plotly_whole(large: tuple[Report, Path], page: Page) -> None:
    assert (large[1] / "report.html").stat().st_size < MOST_BYTES
    script = gzip.decompress(base64.b64decode(page.contents["plotly"]))
    assert script == (files("plotly") / "package_data" / "plotly.min.js").read_bytes()


def test_every_place_has_its_figure_and_a_label(large: tuple[Report, Path], page: Page) -> None:
    figures = json.loads(page.contents.get("figures", "{}"))
    assert sorted(page.values("data-figure")) == sorted(figures)
    assert {"test", "difference", "curves", "importance", "parallel", "schedule-0", "slice-0"} <= set(figures)
    assert len([label for label in page.values("aria-label") if label]) == len(figures) + 1
    assert figures == json.loads(json.dumps(every_figure(report_document(large[0]).sections)))


def test_plotly_accepts_every_figure(large: tuple[Report, Path], zero: tuple[Report, Path]) -> None:
    for report, _ in (large, zero):
        for figure in every_figure(report_document(report).sections).values():
            text = json.dumps(figure)
            plain = json.loads(re.sub(r"var\(--[\w-]+\)", "#123456", text))
            plain["layout"]["font"]["family"] = "Arial"
            go.Figure(plain)


def test_every_colour_is_one_of_the_pages(large: tuple[Report, Path]) -> None:
    style = (files("adsw.report") / "document.css").read_text()
    used = set(re.findall(r"var\((--[\w-]+)\)", json.dumps(every_figure(report_document(large[0]).sections)) + style))
    assert used <= set(re.findall(r"(--[\w-]+):", style.split("@media")[0]))
    dark = style.split("prefers-color-scheme: dark")[1].split("\n}\n")[0]
    assert used <= set(re.findall(r"(--[\w-]+):", dark))


def test_paper_is_white_and_nothing_is_folded_away() -> None:
    style = (files("adsw.report") / "document.css").read_text()
    assert (
        style.count("prefers-color-scheme: dark") == style.count("@media screen and (prefers-color-scheme: dark)") == 1
    )
    printed = style.rpartition("@media print")[2]
    assert "::details-content { content-visibility: visible;" in printed
    assert "break-after: avoid" in printed


def test_the_leaderboard_on_the_page_is_that_of_the_trials(large: tuple[Report, Path]) -> None:
    report, path = large
    source = (path / "report.html").read_text()
    truth = {
        line["number"]: line["metrics"].get(METRIC)
        for line in map(json.loads, (path / "trials.jsonl").read_text().splitlines())
    }
    board = source.split('<section id="leaderboard">')[1].split("</section>")[0]
    rows = re.findall(r'<tr(?: class="([^"]*)")?>.*?<td class="l first">(\d+).*?data-value="([^"]+)">([^<]+)<', board)
    assert len(rows) == len(report.board.rows)
    spans = {row.number: row.interval for row in report.board.rows}
    for _, number, exact, shown in rows:
        assert float(exact) == truth[int(number)]
        assert shown == f"{truth[int(number)]:.{kept_digits(spans[int(number)])}f}"
    assert [number for marks, number, _, _ in rows if "default" in marks] == ["0"]
    assert [marks for marks, *_ in rows].index("best") == 0


def test_it_can_be_read_without_scripts(page: Page) -> None:
    for said in (
        "Scripts are off",
        "Trial 5 beats the default",
        "all queries",
        "captions of some tags",
        "linear from 0 to 0.15 over 20 epochs",
        "Spearman",
        "store fingerprint",
        "text.view_dropout.rate:",
        "Ranks start at 1",
        "--store 'data/my store'",
    ):
        assert said in page.text


def test_every_csv_can_be_downloaded_once(large: tuple[Report, Path], page: Page) -> None:
    links = [value for value in page.values("href") if value.startswith("data:")]
    texts = [base64.b64decode(link.partition("base64,")[2]).decode() for link in links]
    assert table_csv(leaderboard_table(large[0].board, order=large[0].influence.order)) in texts
    assert sorted(texts) == sorted(csv_tables(large[0]).values())
    assert offered(page) == sorted(csv_tables(large[0]))


def offered(page: Page) -> list[str]:
    """Names of the tables that a page has buttons for."""
    return sorted(value.partition("-")[2].removesuffix(".csv") for value in page.values("download"))


def test_every_section_with_a_table_offers_one(large: tuple[Report, Path]) -> None:
    source = (large[1] / "report.html").read_text()
    sections = re.findall(r'<section id="(\w+)".*?</section>', source, re.DOTALL)
    bodies = re.split(r'<section id="\w+"', source)[1:]
    held = {name: "<table" in body for name, body in zip(sections, bodies, strict=True)}
    assert held["leaderboard"]
    assert held["hyperparameters"]
    assert [name for name, body in zip(sections, bodies, strict=True) if held[name] and "download=" not in body] == []


@pytest.mark.parametrize(
    "simulation",
    [
        Simulation(trials=1, failed=()),
        Simulation(trials=2, failed=(0, 1), tested=False),
        Simulation(trials=0, tested=False, status="interrupted"),
        Simulation(trials=3, failed=(), tested=False, status="interrupted", unfinished=(3,)),
        Simulation(trials=3, failed=(), default=False),
    ],
    ids=["one", "all failed", "none", "interrupted", "no default"],
)
def test_it_holds_whatever_there_is(
    report_of: Callable[[Simulation], tuple[Report, Path]], simulation: Simulation
) -> None:
    report, path = report_of(simulation)
    page = Page((path / "report.html").read_text())
    assert page.open == []
    assert sorted(page.values("data-figure")) == sorted(json.loads(page.contents.get("figures", "{}")))
    assert report.verdict.headline in page.text


def test_text_of_the_run_cannot_break_the_page(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    sweep = folder.read_sweep()
    nasty = "</script><script>alert('x')</script> & <b>bold</b>"
    folder.update_sweep(space={**sweep.space, "description": nasty})
    write_report(folder.path)
    source = folder.report.read_text()
    assert nasty not in source
    assert nasty in Page(source).text


def test_figures_cannot_end_their_script(tmp_path: Path) -> None:
    folder = Simulation(trials=2, failed=(), tested=False).write(tmp_path)
    sweep = folder.read_sweep()
    space = json.loads(json.dumps(sweep.space))
    space["space"]["text.swap.probability.kind"] = {"choice": ["linear", "</script>", "step", "cosine", "constant"]}
    folder.update_sweep(space=space)
    write_report(folder.path)
    page = Page(folder.report.read_text())
    assert page.open == []
    assert "</script>" in json.dumps(json.loads(page.contents.get("figures", "{}")))


def test_it_can_be_written_elsewhere(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    out = tmp_path / "page.html"
    write_report(folder.path, out)
    assert not folder.report.exists()
    assert out.read_text().startswith("<!doctype html>")
